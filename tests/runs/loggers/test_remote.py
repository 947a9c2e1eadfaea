"""MLflow and W&B as installed by `pip install -e '.[mlflow,wandb]'`, offline; their files are read back."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from disentcli.runs.loggers.collection import log_results, make_loggers
from disentcli.runs.loggers.logger import load_remote_id
from disentcli.runs.records import read_scalars
from disentcli.runs.results import write_results
from disentcli.runs.run import Run

from ...training import tiny_world as tiny

pytestmark = pytest.mark.slow


def finished(root: Path, logger: dict[str, Any] | str) -> Run:
    """A run stopped at step 14 that is continued to 28, evaluated, and the uninterrupted one beside it."""
    run, _ = tiny.start(root, budget=14, loggers=make_loggers(logger))
    run.write_config({**run.config(), "logger": logger})
    assert tiny.resume(run, budget=28, loggers=make_loggers(logger)).status == "completed"
    write_results(run, "metrics-standard", {"mig": {"mig": 0.25, "ceiling": None}}, settings={"step": 28})
    log_results(run, "metrics-standard")
    whole, _ = tiny.start(root, budget=28)
    assert tiny.same(tiny.weights(run), tiny.weights(whole))
    return run


def test_mlflow_has_one_run_with_every_scalar_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    mlflow = pytest.importorskip("mlflow")
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)
    run = finished(tmp_path, "mlflow")
    client = mlflow.MlflowClient(tracking_uri=(tmp_path / "mlruns").as_uri())
    experiment = client.get_experiment_by_name("disentcli")
    (there,) = client.search_runs([experiment.experiment_id])
    assert there.info.run_id == load_remote_id(run, "mlflow")["run"]
    assert (there.info.run_name, there.info.status) == (run.name, "FINISHED")
    assert there.data.params["seed"] == "0"
    history = client.get_metric_history(there.info.run_id, "train/loss")
    recorded = [
        (line["step"], line["train/loss"]) for line in read_scalars(run.records) if "train/loss" in line
    ]
    assert sorted((one.step, one.value) for one in history) == recorded
    assert there.data.metrics["metrics-standard/mig"] == 0.25


def test_mlflow_does_not_hear_twice_what_a_killed_run_had_sent(tmp_path: Path) -> None:
    mlflow = pytest.importorskip("mlflow")
    (logger,) = make_loggers("mlflow")._all.values()
    run = Run.create(tmp_path, "one", {"seed": 0})
    for steps in ((7, 14, 21), (14, 21, 28)):  # killed after 21, continued from a checkpoint of 7
        logger.on_start(run, steps[0])
        for step in steps:
            logger.scalars(step, {"train/loss": float(step)})
            logger.flush(step)
    logger.on_end(run, "interrupted")
    client = mlflow.MlflowClient(tracking_uri=(tmp_path / "mlruns").as_uri())
    history = client.get_metric_history(load_remote_id(run, "mlflow")["run"], "train/loss")
    assert sorted(one.step for one in history) == [7, 14, 21, 28]
    assert client.get_run(load_remote_id(run, "mlflow")["run"]).info.status == "KILLED"


def test_a_server_that_is_down_does_not_stop_a_training(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("mlflow")
    monkeypatch.setenv("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "0")
    loggers = make_loggers({"_type": "mlflow", "uri": "http://127.0.0.1:9"})
    assert tiny.start(tmp_path, budget=7, loggers=loggers)[1].status == "completed"
    assert caplog.text.count("logger mlflow fails") == 1


def test_wandb_keeps_scalars_status_and_scores_of_one_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("wandb")
    monkeypatch.setenv("WANDB_MODE", "offline")
    run = finished(tmp_path, "wandb")
    there = load_remote_id(run, "wandb")["run"]
    kept = sorted((run.records / "wandb").glob(f"offline-run-*-{there}/run-{there}.wandb"))
    assert len(kept) == 3  # two calls of the training, one evaluation: `wandb sync` makes one run of them
    history, summary, codes = {}, {}, []
    for path in kept:
        for kind, record in records_of(path):
            if kind == "history":
                row = decoded(record.history.item)
                if "train/loss" in row:
                    history[row["_step"]] = row["train/loss"]
            elif kind == "summary":
                summary |= decoded(record.summary.update)
            elif kind == "exit":
                codes.append(record.exit.exit_code)
    assert history == recorded(run)
    assert (summary["status"], summary["metrics-standard/mig"], codes) == ("completed", 0.25, [0, 0, 0])


def recorded(run: Run) -> dict[int, float]:
    """The training loss by step, from our own file."""
    return {line["step"]: line["train/loss"] for line in read_scalars(run.records) if "train/loss" in line}


def decoded(items: Any) -> dict[str, Any]:
    """Items of a history or a summary."""
    return {item.key or ".".join(item.nested_key): json.loads(item.value_json) for item in items}


def records_of(path: Path) -> Any:
    """The records of an offline file: blocks of 32 KiB, as in LevelDB's log, 7 bytes before each record."""
    from wandb.proto import wandb_internal_pb2

    content, at, parts = path.read_bytes(), 7, b""  # the file begins with 7 bytes of its own
    while at + 7 <= len(content):
        if 32768 - at % 32768 < 7:
            at += 32768 - at % 32768
            continue
        length, kind = int.from_bytes(content[at + 4 : at + 6], "little"), content[at + 6]
        parts += content[at + 7 : at + 7 + length]
        at += 7 + length
        if kind in (1, 4):  # a whole record, or the last part of one
            record = wandb_internal_pb2.Record.FromString(parts)
            yield record.WhichOneof("record_type"), record
            parts = b""
