"""The run directory: names, unique creation, the lock, what is found and what is listed."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from datetime import datetime
from pathlib import Path

import pytest

from disentcli.errors import CallError, DisentError
from disentcli.runs.naming import generated_name
from disentcli.runs.run import Run
from disentcli.runs.run_index import list_runs

NOON = datetime(2026, 11, 21, 12, 0, 0)


def create(root: Path, name: str = "3ds_ae", when: datetime = NOON) -> Run:
    return Run.create(root, name, {"seed": 1}, {"budget": 10}, {"checkpoints/a.pt": b"x"}, when=when)


@pytest.mark.parametrize(
    ("reg_wt", "extra", "expected"),
    [
        (0.0, None, "3ds_vae_e-c12_d-s12"),
        (None, None, "3ds_vae_e-c12_d-s12"),
        (1, None, "3ds_vae1_e-c12_d-s12"),
        (0.5, "no split", "3ds_vae0p5_e-c12_d-s12_nosplit"),
    ],
)
def test_the_name_follows_the_published_rule(reg_wt: float | None, extra: str | None, expected: str) -> None:
    assert generated_name("3ds", "vae", reg_wt, "c12", "s12", extra) == expected


def test_runs_of_the_same_second_get_numbers(tmp_path: Path) -> None:
    names = [create(tmp_path).name for _ in range(3)]
    assert names == ["3ds_ae_261121-120000", "3ds_ae_261121-120000_2", "3ds_ae_261121-120000_3"]


def test_a_run_appears_whole(tmp_path: Path) -> None:
    run = create(tmp_path)
    assert run.config() == {"seed": 1}
    assert (run.path / "checkpoints" / "a.pt").read_bytes() == b"x"
    assert run.info()["name"] == run.name
    assert sorted(path.name for path in tmp_path.iterdir()) == [run.name]


def test_a_run_that_cannot_be_made_leaves_nothing(tmp_path: Path) -> None:
    with pytest.raises(TypeError):
        Run.create(tmp_path, "x", {}, {}, {"a.pt": None})  # type: ignore[dict-item]
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("name", ["a/b", "", ".hidden", "two words", "last"])
def test_a_name_that_is_no_folder_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(CallError, match="letters, digits"):
        create(tmp_path, name)


def test_only_one_process_writes_a_run(tmp_path: Path) -> None:
    run = create(tmp_path)
    with pytest.raises(DisentError, match=rf"is being written by pid {os.getpid()} on "):
        Run(run.path).lock.acquire()
    run.lock.release()
    with Run(run.path).lock:
        pass


def test_a_kill_leaves_the_lock_free_and_the_run_shown_as_killed(tmp_path: Path) -> None:
    code = (
        "import sys, time; from disentcli.runs.run import Run;"
        "run = Run.create(sys.argv[1], 'x', {}); run.update(status='running');"
        "print(flush=True); time.sleep(60)"
    )
    process = subprocess.Popen([sys.executable, "-c", code, str(tmp_path)], stdout=subprocess.PIPE)
    assert process.stdout is not None
    process.stdout.readline()
    run = Run.find(tmp_path, "last")
    assert run.status() == "running"
    process.send_signal(signal.SIGKILL)
    process.wait()
    assert run.status() == list_runs(tmp_path)[0].status == "killed"
    with run.lock:
        run.update(status="interrupted")
    assert run.status() == "interrupted"


def test_runs_are_found_by_name_prefix_path_and_last(tmp_path: Path) -> None:
    old = create(tmp_path, "3ds_ae")
    new = create(tmp_path, "mpi_ae", datetime(2026, 11, 22))
    for what in (old.name, "3ds", str(old.path)):
        assert Run.find(tmp_path, what).path == old.path.resolve()
    assert Run.find(tmp_path, "last").path == new.path


def test_an_unknown_or_ambiguous_run_says_what_exists(tmp_path: Path) -> None:
    with pytest.raises(CallError, match="there are none yet"):
        Run.find(tmp_path, "last")
    first, second = create(tmp_path), create(tmp_path)
    with pytest.raises(CallError, match=f"no run 'nope'.*{first.name}"):
        Run.find(tmp_path, "nope")
    first.update(status="completed")
    with pytest.raises(CallError) as refused:
        Run.find(tmp_path, "3ds")
    said, *lines = str(refused.value).splitlines()
    assert said == f"'3ds' fits 2 runs in {tmp_path}; write more of the name:"
    assert sorted(line.split(maxsplit=2) for line in lines) == [
        [first.name, "completed", "2026-11-21 12:00"],
        [second.name, "created", "2026-11-21 12:00"],
    ]


def test_what_is_listed(tmp_path: Path) -> None:
    create(tmp_path, "3ds_ae")
    create(tmp_path, "mpi_ae", datetime(2026, 11, 22)).update(status="completed", step=10)
    (tmp_path / "not-a-run").mkdir()
    assert [(run.name.split("_")[0], run.status, run.step, run.budget) for run in list_runs(tmp_path)] == [
        ("mpi", "completed", 10, 10),
        ("3ds", "created", 0, 10),
    ]
    assert [run.name for run in list_runs(tmp_path, "3ds*")] == ["3ds_ae_261121-120000"]
    assert all(run.size > 0 for run in list_runs(tmp_path))


def test_listing_and_finding_do_not_import_torch() -> None:
    modules = "disentcli, disentcli.runs.run, disentcli.runs.run_index"
    code = f"import sys, {modules}; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_a_stored_config_does_not_say_where_data_lie_and_records_go(tmp_path: Path) -> None:
    config = {
        "dataset": {"_type": "vec", "root": "/elsewhere", "count": 3},
        "logger": {"_type": "mlflow", "uri": "http://elsewhere", "experiment": "x"},
        "model": {"root": "kept"},
    }
    run = Run.create(tmp_path, "vae", config)
    assert run.config() == {
        "dataset": {"_type": "vec", "count": 3},
        "logger": {"_type": "mlflow", "experiment": "x"},
        "model": {"root": "kept"},
    }
