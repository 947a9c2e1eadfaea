"""A LoggerCollection calls its loggers in order; one that fails does not stop the others."""

from __future__ import annotations

import json
import logging
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from disentcli.errors import CallError, DisentError
from disentcli.runs.loggers.collection import LoggerCollection, log_results, make_loggers
from disentcli.runs.loggers.logger import Logger, load_remote_id, require_package, save_remote_id
from disentcli.runs.records import read_scalars
from disentcli.runs.results import write_results
from disentcli.runs.run import Run

from ...training import tiny_world as tiny


@pytest.fixture(autouse=True)
def _propagate(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is logged reaches `caplog`, once, also after a command of another test has changed that."""
    monkeypatch.setattr(logging.getLogger("disentcli"), "propagate", True)


class Heard(Logger):
    """Records its calls; fails from the moment `failing` on."""

    def __init__(self, failing: str = "") -> None:
        self.received: list[Any] = []
        self.failing = failing

    def _hear(self, what: str, *more: Any) -> None:
        if what == self.failing:
            raise ConnectionError("no server\nat all")
        self.received.append((what, *more))

    def on_start(self, run: Run, step: int) -> None:
        self._hear("begin", step)

    def scalars(self, step: int, values: Mapping[str, float]) -> None:
        self._hear("scalars", step, sorted(values))

    def flush(self, step: int) -> None:
        self._hear("flush", step)

    def on_end(self, run: Run, status: str) -> None:
        self._hear("end", status)


def test_a_training_tells_its_beginning_records_and_end(tmp_path: Path) -> None:
    heard = Heard()
    tiny.start(tmp_path, budget=7, loggers=LoggerCollection({"heard": heard}))
    assert heard.received[0] == ("begin", 0)
    assert ("scalars", 7, ["train/kl", "train/loss", "train/reconstruction"]) in heard.received
    assert heard.received[-1] == ("end", "completed")


@pytest.mark.parametrize("moment", ["begin", "scalars", "flush", "end"])
def test_a_logger_that_fails_is_told_once_and_the_training_is_the_same(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, moment: str
) -> None:
    calm, broken = Heard(), Heard(failing=moment)
    run, outcome = tiny.start(tmp_path, budget=20, loggers=LoggerCollection({"broken": broken, "calm": calm}))
    whole, _ = tiny.start(tmp_path, budget=20, loggers=LoggerCollection({}))
    assert outcome.status == "completed"
    assert tiny.same(tiny.weights(run), tiny.weights(whole))
    assert read_scalars(run.records) == read_scalars(whole.records)
    messages = [record.getMessage() for record in caplog.records if "logger broken" in record.getMessage()]
    assert messages == ["logger broken fails (ConnectionError: no server); the run goes on without"]
    assert calm.received[-1] == ("end", "completed")


def test_a_training_that_fails_says_so(tmp_path: Path) -> None:
    heard = Heard()
    beginning = tiny.state()
    beginning.step_batch = lambda *batch: 1 / 0  # type: ignore[method-assign,assignment,return-value]
    run = tiny.new_run(tmp_path, beginning)
    with pytest.raises(ZeroDivisionError):
        tiny.go_on(run, beginning, 10, loggers=LoggerCollection({"heard": heard}))
    assert heard.received == [("begin", 0), ("end", "failed")]
    assert run.status() == "failed"


def test_loggers_are_made_from_names_nodes_and_lists() -> None:
    for given in ("tensorboard", ["tensorboard"], {"_type": "tensorboard"}, [{"_type": "tensorboard"}]):
        assert list(make_loggers(given)._all) == ["tensorboard"]
    assert make_loggers("none")._all == make_loggers(None)._all == {}


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ("tensorbord", "unknown logger 'tensorbord'; did you mean tensorboard?"),
        (3, "expected names, as in --logger tensorboard,mlflow; not 3"),
        ([None], r"expected names, as in --logger tensorboard,mlflow; not \[None\]"),
        ({"_type": "mlflow", "urii": 1}, "the logger 'mlflow' has no such argument; did you mean uri?"),
    ],
)
def test_what_is_no_logger_is_refused(given: Any, message: str) -> None:
    with pytest.raises(CallError, match=message):
        make_loggers(given)


def test_a_missing_package_is_refused_with_the_way_to_get_it() -> None:
    with pytest.raises(CallError, match=r"pip install 'disentcli\[no_such_package\]'"):
        require_package("no_such_package")


def test_what_a_logger_notes_stays_in_run_json(tmp_path: Path) -> None:
    run = Run.create(tmp_path, "one", {})
    save_remote_id(run, "mlflow", {"run": "a"})
    save_remote_id(run, "wandb", {"run": "b"})
    assert json.loads((run.path / "run.json").read_text())["loggers"] == {
        "mlflow": {"run": "a"},
        "wandb": {"run": "b"},
    }
    run.lock.release()
    assert load_remote_id(run, "wandb") == {"run": "b"}
    with pytest.raises(DisentError, match="not locked"):
        save_remote_id(run, "mlflow", {"run": "c"})


def test_an_evaluation_goes_on_without_a_logger_that_is_missing(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    run = Run.create(tmp_path, "one", {"logger": "gone"})
    write_results(run, "eval-val", {"mig": {"mig": 0.5}})
    log_results(run, "eval-val")
    assert "unknown logger 'gone'" in caplog.text
