"""A run as Tensorboard's HPARAMS tab compares it: its config, its status, the scores of its evaluations.

They are in one small event file, written anew whenever they change. Its name puts it before those of the
training, which Tensorboard follows as they grow. Tensorboard's own writers do not serve: that of the plugin
needs TensorFlow, and PyTorch's `add_hparams` writes a run that has ended well, in a folder of its own.
"""

from __future__ import annotations

import io
import time
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

from tensorboard.compat.proto.event_pb2 import Event
from tensorboard.compat.proto.summary_pb2 import Summary
from tensorboard.plugins.hparams import metadata
from tensorboard.plugins.hparams.api_pb2 import STATUS_FAILURE, STATUS_SUCCESS
from tensorboard.plugins.hparams.plugin_data_pb2 import HParamsPluginData, SessionEndInfo, SessionStartInfo
from tensorboard.summary.writer.record_writer import RecordWriter

from ...atomic_io import write_atomic
from ..config_lookup import dotted_values, format_value
from ..results import idents, read_results
from ..run import Run

FILE = "events.out.tfevents.0.hparams"


def write_hparams(run: Run, status: str) -> Path:
    """Write the file as the run is now; `status` is running, completed, interrupted or failed."""
    content = io.BytesIO()
    records = RecordWriter(content)
    for event in _events(run, status):
        records.write(event.SerializeToString())
    run.records.mkdir(exist_ok=True)
    path = run.records / FILE
    write_atomic(path, content.getvalue())
    return path


def _events(run: Run, status: str) -> Iterator[Event]:
    """The session's start, every score, and the session's end unless it is still running."""
    now, step = time.time(), int(run.info().get("step", 0))
    yield Event(wall_time=now, file_version="brain.Event:2")
    start = SessionStartInfo(group_name=run.name, start_time_secs=_created(run))
    for path, value in dotted_values(run.config()):
        if isinstance(value, bool):
            start.hparams[path].bool_value = value
        elif isinstance(value, (int, float)):
            start.hparams[path].number_value = value
        elif value is not None:
            start.hparams[path].string_value = format_value(value)
    yield _session(now, metadata.SESSION_START_INFO_TAG, HParamsPluginData(session_start_info=start))
    for at, tag, value in _scores(run, step):
        summary = Summary(value=[Summary.Value(tag=tag, simple_value=value)])
        yield Event(wall_time=now, step=at, summary=summary)
    if status != "running":
        ended = STATUS_SUCCESS if status == "completed" else STATUS_FAILURE
        end = SessionEndInfo(status=ended, end_time_secs=now)
        yield _session(now, metadata.SESSION_END_INFO_TAG, HParamsPluginData(session_end_info=end))


def _session(now: float, tag: str, data: HParamsPluginData) -> Event:
    """What the HPARAMS tab reads: its own data, with an empty summary."""
    value = Summary.Value(tag=tag, metadata=metadata.create_summary_metadata(data))
    return Event(wall_time=now, summary=Summary(value=[value]))


def _created(run: Run) -> float:
    return datetime.fromisoformat(run.info()["created"]).timestamp()


def _scores(run: Run, step: int) -> Iterator[tuple[int, str, float]]:
    """Each score with the step of its checkpoint, called "<ident>/<metric>.<score>"."""
    for ident in idents(run):
        results = read_results(run, ident)
        for name, value in results.flat().items():
            yield int(results.settings.get("step", step)), f"{ident}/{name}", value
