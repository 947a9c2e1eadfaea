"""The HPARAMS tab, as Tensorboard's own plugin reads it from the event files of several runs."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

from tensorboard.backend.event_processing.data_provider import MultiplexerDataProvider
from tensorboard.backend.event_processing.plugin_event_multiplexer import EventMultiplexer
from tensorboard.context import RequestContext
from tensorboard.plugins.base_plugin import TBContext
from tensorboard.plugins.hparams import api_pb2, backend_context, list_session_groups

from disentcli.runs.loggers.collection import LoggerCollection, log_results
from disentcli.runs.loggers.hparams import FILE
from disentcli.runs.loggers.tensorboard import TensorBoard
from disentcli.runs.results import write_results
from disentcli.runs.run import Run

from ...training import tiny_world as tiny

SCORES = ("metrics-standard/mig", "eval-val/losses.kl", "train/loss")


def table(root: Path) -> dict[str, Any]:
    """What the tab shows: each run's hparams, scores and status."""
    multiplexer = EventMultiplexer().AddRunsFromDirectory(str(root))
    multiplexer.Reload()
    provider = MultiplexerDataProvider(multiplexer, str(root))
    context = backend_context.Context(TBContext(data_provider=provider, logdir=str(root)))
    request = api_pb2.ListSessionGroupsRequest(
        slice_size=100,
        allowed_statuses=list(api_pb2.Status.values()),
        col_params=[{"metric": {"group": "", "tag": tag}} for tag in SCORES],
    )
    found = list_session_groups.Handler(RequestContext(), context, "", request).run()
    shown = {}
    for group in found.session_groups:
        (session,) = group.sessions
        scores = {value.name.tag: (value.training_step, value.value) for value in session.metric_values}
        hparams = {key: value.number_value for key, value in group.hparams.items()}
        shown[group.name] = (hparams, scores, api_pb2.Status.Name(session.status))
    return shown


def test_the_hparams_tab_compares_runs_with_their_final_scores(tmp_path: Path) -> None:
    runs = [tiny.start(tmp_path, budget=14, seed=seed)[0] for seed in (0, 1)]
    for place, run in enumerate(runs):
        write_results(run, "metrics-standard", {"mig": {"mig": 0.25 + place}}, settings={"step": 14})
        log_results(run, "metrics-standard")
    write_results(runs[0], "eval-val", {"losses": {"kl": 3.0, "x": None}}, settings={"step": 14})
    log_results(runs[0], "eval-val")
    shown = table(tmp_path)
    assert shown.keys() == {run.name for run in runs}
    for place, run in enumerate(runs):
        hparams, scores, status = shown[run.name]
        assert hparams["seed"] == run.config()["seed"]
        assert scores["metrics-standard/mig"] == (14, 0.25 + place)
        assert scores["train/loss"][0] == 14
        assert status == "STATUS_SUCCESS"
    assert shown[runs[0].name][1]["eval-val/losses.kl"] == (14, 3.0)


def test_a_run_at_work_is_there_and_an_interrupted_one_is_no_success(tmp_path: Path) -> None:
    run = Run.create(tmp_path, "one", {"seed": 3, "model": {"_type": "vae", "beta": 4.0}})
    board = TensorBoard()
    board.on_start(run, 0)
    board.scalars(1, {"train/loss": 2.0})
    board.flush(1)
    hparams, scores, status = table(tmp_path)[run.name]
    assert (hparams["model.beta"], scores["train/loss"], status) == (4.0, (1, 2.0), "STATUS_UNKNOWN")
    board.on_end(run, "interrupted")
    assert table(tmp_path)[run.name][2] == "STATUS_FAILURE"


def test_the_tab_follows_a_run_that_is_resumed(tmp_path: Path) -> None:
    run, _ = tiny.start(tmp_path, budget=14)
    time.sleep(1.1)  # event files are read in the order of their names, which begin with the second
    assert (
        tiny.resume(run, budget=28, loggers=LoggerCollection({"tensorboard": TensorBoard()})).status
        == "completed"
    )
    _, scores, status = table(tmp_path)[run.name]
    assert (scores["train/loss"][0], status) == (28, "STATUS_SUCCESS")
    assert sorted(path.name for path in run.records.glob("events*"))[0] == FILE
