"""MLflow and W&B: stand-ins here, and as `pip install -e '.[mlflow,wandb]'` installs them, read back."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import pytest
import torch

from disentcli.errors import CallError
from disentcli.runs.loggers.collection import log_results, make_loggers
from disentcli.runs.loggers.logger import load_remote_id
from disentcli.runs.records import read_scalars
from disentcli.runs.results import write_results
from disentcli.runs.run import Run

from ...training import tiny_world as tiny
from .stand_ins import mlflow_stand_in, wandb_stand_in

INSTALLED = pytest.param("installed", marks=pytest.mark.slow)


@pytest.fixture(params=["stand-in", INSTALLED])
def mlflow(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Any:
    """MLflow, with nothing in the environment that steers it."""
    for variable in ("MLFLOW_TRACKING_URI", "MLFLOW_EXPERIMENT_NAME", "MLFLOW_ALLOW_FILE_STORE"):
        monkeypatch.delenv(variable, raising=False)
    if request.param == "installed":
        return pytest.importorskip("mlflow")
    module = mlflow_stand_in()
    monkeypatch.setitem(sys.modules, "mlflow", module)
    monkeypatch.setitem(sys.modules, "sqlalchemy", module)
    return module


@pytest.fixture
def wandb(monkeypatch: pytest.MonkeyPatch) -> Any:
    """A stand-in of W&B."""
    for variable in ("WANDB_MODE", "WANDB_PROJECT"):
        monkeypatch.delenv(variable, raising=False)
    module = wandb_stand_in()
    monkeypatch.setitem(sys.modules, "wandb", module)
    return module


def store_of(runs: Path) -> str:
    """What a plain client, or `mlflow ui`, is told."""
    return f"sqlite:///{runs / 'mlflow.db'}"


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


def test_a_plain_client_finds_one_run_with_every_scalar_once(tmp_path: Path, mlflow: Any) -> None:
    run = finished(tmp_path, "mlflow")
    client = mlflow.MlflowClient(tracking_uri=store_of(tmp_path))
    experiment = client.get_experiment_by_name("disentcli")
    assert experiment.artifact_location == (tmp_path / "mlartifacts").as_uri()
    (there,) = client.search_runs([experiment.experiment_id])
    assert there.info.run_id == load_remote_id(run, "mlflow")["run"]
    assert (there.info.run_name, there.info.status) == (run.name, "FINISHED")
    assert there.data.params["seed"] == "0"
    history = client.get_metric_history(there.info.run_id, "train/loss")
    assert {one.step: one.value for one in history} == pytest.approx(recorded(run))
    assert len(history) == len(recorded(run))
    assert there.data.metrics["metrics-standard/mig"] == 0.25


def test_mlflow_does_not_hear_twice_what_a_killed_run_had_sent(tmp_path: Path, mlflow: Any) -> None:
    (logger,) = make_loggers("mlflow")._all.values()
    run = Run.create(tmp_path, "one", {"seed": 0})
    for steps in ((7, 14, 21), (14, 21, 28)):  # killed after 21, continued from a checkpoint of 7
        logger.on_start(run, steps[0])
        for step in steps:
            logger.scalars(step, {"train/loss": float(step)})
            logger.flush(step)
    logger.on_end(run, "interrupted")
    client = mlflow.MlflowClient(tracking_uri=store_of(tmp_path))
    history = client.get_metric_history(load_remote_id(run, "mlflow")["run"], "train/loss")
    assert sorted(one.step for one in history) == [7, 14, 21, 28]
    assert client.get_run(load_remote_id(run, "mlflow")["run"]).info.status == "KILLED"


def test_an_experiment_that_another_call_has_just_made_is_taken(tmp_path: Path, mlflow: Any) -> None:
    (logger,) = make_loggers({"_type": "mlflow", "experiment": "mine"})._all.values()
    run = Run.create(tmp_path, "one", {"seed": 0})
    client = logger._client = logger._connect(run, store_of(tmp_path))
    made = client.create_experiment("mine")
    there, answers = client.get_experiment_by_name("mine"), iter([None])
    client.get_experiment_by_name = lambda name: next(answers, there)
    assert logger._experiment_id(run) == made


def test_a_run_that_was_logged_elsewhere_is_not_continued_here(
    tmp_path: Path, mlflow: Any, caplog: pytest.LogCaptureFixture
) -> None:
    (logger,) = make_loggers("mlflow")._all.values()
    run = Run.create(tmp_path, "one", {"seed": 0})
    run.update(loggers={"mlflow": {"run": "a1", "uri": "file:///old/mlruns"}})
    logger.on_start(run, 0)
    assert "was logged to file:///old/mlruns; go on there with MLFLOW_TRACKING_URI" in caplog.text
    assert load_remote_id(run, "mlflow")["uri"] == store_of(tmp_path)


def test_mlflow_without_its_database_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)
    monkeypatch.setitem(sys.modules, "mlflow", mlflow_stand_in())
    monkeypatch.setitem(sys.modules, "sqlalchemy", None)
    with pytest.raises(CallError, match=r"pip install 'disentcli\[mlflow\]'"):
        make_loggers("mlflow")
    assert make_loggers({"_type": "mlflow", "uri": "http://127.0.0.1:9"})._all.keys() == {"mlflow"}


@pytest.mark.slow
def test_a_server_that_is_down_does_not_stop_a_training(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("mlflow")
    monkeypatch.setenv("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "0")
    loggers = make_loggers({"_type": "mlflow", "uri": "http://127.0.0.1:9"})
    assert tiny.start(tmp_path, budget=7, loggers=loggers)[1].status == "completed"
    assert caplog.text.count("logger mlflow fails") == 1


def test_wandb_goes_on_in_one_run_from_start_to_scores(tmp_path: Path, wandb: Any) -> None:
    run = finished(tmp_path, {"_type": "wandb", "project": "mine"})
    first, resumed, scored = wandb.opened
    for one in wandb.opened:
        assert one.given["id"] == load_remote_id(run, "wandb")["run"]
        assert (one.given["project"], one.given["name"]) == ("mine", run.name)
        assert (one.given["mode"], one.given["resume"]) == ("offline", "allow")
        assert one.given["dir"] == str(run.records)
        assert one.exit_code == 0
    assert resumed.given["config"] == run.config()
    rows = {**first.rows, **resumed.rows}
    assert {step: row["train/loss"] for step, row in rows.items() if "train/loss" in row} == recorded(run)
    assert (resumed.summary, scored.summary) == ({"status": "completed"}, {"metrics-standard/mig": 0.25})


@pytest.mark.parametrize(("status", "code"), [("completed", 0), ("interrupted", 1), ("failed", 1)])
def test_wandb_hears_pictures_and_how_a_training_ended(
    tmp_path: Path, wandb: Any, status: str, code: int
) -> None:
    (logger,) = make_loggers({"_type": "wandb", "mode": "online"})._all.values()
    run = Run.create(tmp_path, "one", {"seed": 0})
    logger.on_start(run, 0)
    logger.image(3, "samples", torch.tensor([-1.0, 0.5, 2.0]).expand(1, 2, 3))
    logger.flush(3)
    logger.on_end(run, status)
    (opened,) = wandb.opened
    assert opened.rows[3]["samples"][..., 0].tolist() == [[0, 0.5, 1]] * 2
    assert (opened.given["mode"], opened.summary["status"], opened.exit_code) == ("online", status, code)


def test_scores_of_a_run_that_wandb_never_saw_are_not_sent(tmp_path: Path, wandb: Any) -> None:
    run = Run.create(tmp_path, "one", {"seed": 0})
    make_loggers("wandb").results(run, "eval-val", 1, {"mig": 0.5})
    assert wandb.opened == []


@pytest.mark.slow
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
