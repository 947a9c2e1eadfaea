"""The fingerprint of a run's data: compared wherever the run is opened, and not known of every older run."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from disentcli.data.dataset import Dataset
from disentcli.errors import DisentError
from disentcli.runs.data_check import DataCheck, check_data, compare_data, describe_data, warn_of_other_data
from disentcli.runs.run import Run

NOW, BEFORE, OLDER = "aaaa", "bbbb", "cccc"


def run_on(tmp_path: Path, recorded: str | None) -> Run:
    info = {} if recorded is None else {"data": recorded}
    run = Run.create(tmp_path, "run", {"dataset": {"_type": "array", "path": "/data/own.npz"}}, info)
    run.lock.release()
    return run


def data(fingerprint: str = NOW) -> Dataset:
    rows = np.zeros((3, 2), dtype=np.float32)
    return Dataset(
        "own", rows, (2,), fingerprint=fingerprint, older_fingerprints=[OLDER], source="/data/own.npz"
    )


@pytest.mark.filterwarnings("error")
def test_the_same_data_pass_without_a_word(tmp_path: Path) -> None:
    check = check_data(run_on(tmp_path, NOW), data())
    assert check == DataCheck(NOW, NOW, changed=False)
    assert check.settings() == {"data": NOW, "data_changed": False}


def test_other_data_are_refused_with_run_file_and_way_out(tmp_path: Path) -> None:
    run = run_on(tmp_path, BEFORE)
    with pytest.raises(
        DisentError, match=rf"{run.name} .*own \(/data/own\.npz\) has .*aaaa, not bbbb\n.*--data-changed"
    ):
        check_data(run, data())


def test_other_data_are_used_knowingly_and_the_results_say_so(tmp_path: Path) -> None:
    with pytest.warns(UserWarning, match="are of the changed data"):
        check = check_data(run_on(tmp_path, BEFORE), data(), data_changed=True)
    assert check.settings() == {"data": NOW, "data_changed": True, "data_of_run": BEFORE}


@pytest.mark.parametrize(("recorded", "found"), [(None, NOW), ("", NOW), (BEFORE, "")])
def test_what_has_no_fingerprint_loads_with_a_warning(
    tmp_path: Path, recorded: str | None, found: str
) -> None:
    with pytest.warns(UserWarning, match="could not be checked"):
        assert not check_data(run_on(tmp_path, recorded), data(found)).changed


def test_a_fingerprint_of_an_earlier_version_is_known_and_said_to_tell_less(tmp_path: Path) -> None:
    with pytest.warns(UserWarning, match="checked in part only"):
        assert not compare_data(run_on(tmp_path, OLDER), data()).changed


def test_what_data_a_config_asks_for_does_not_depend_on_the_batch_size() -> None:
    one, other = ({"dataset": {"_type": "3ds", "batch_size": size}} for size in (16, 32))
    assert describe_data(one) == describe_data(other) != describe_data({"dataset": {"_type": "mpi"}})


def test_weights_that_go_on_with_other_data_are_warned_of(tmp_path: Path) -> None:
    with pytest.warns(UserWarning, match=r"aaaa, not bbbb; the shared encoders stay"):
        warn_of_other_data(run_on(tmp_path, BEFORE), data(), "the shared encoders stay as they are")
