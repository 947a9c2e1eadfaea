"""Processes that sweeps and the demo start: no module of the current folder is run in place of another's."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from disentcli.console.fig_process import PACKAGE, fig_command, fig_environment
from disentcli.scripts import demo

HOSTILE = "import pathlib\npathlib.Path(__file__).with_name('hostile').touch()\nraise SystemExit(3)\n"


@pytest.fixture
def hostile(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project folder with files that are named like modules which `fig` imports."""
    (tmp_path / ".omnifig.yml").write_text("name: mine\nmodule: [disentcli.console]\n")
    for name in ("random", "tqdm", "yaml", "omnifig"):
        (tmp_path / f"{name}.py").write_text(HOSTILE)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def run(command: list[str]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command, env=fig_environment(), capture_output=True, text=True, check=False)


def test_files_of_the_current_folder_are_not_run(hostile: Path) -> None:
    done = run(fig_command(["sweep", "-h"]))
    assert (done.returncode, done.stdout[:16]) == (0, "usage: fig sweep"), done.stderr
    assert not (hostile / "hostile").exists()


def test_they_would_be_run_without_the_safe_path(hostile: Path) -> None:
    assert run([word for word in fig_command(["sweep", "-h"]) if word != "-P"]).returncode == 3
    assert (hostile / "hostile").exists()


def test_the_demo_starts_its_commands_so(hostile: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(demo.subprocess, "run", lambda command, **options: commands.append(command) or Done)
    Done, commands = subprocess.CompletedProcess([], 0), list[list[str]]()
    demo.fig("list", "runs", saveroot=hostile)
    assert commands == [fig_command(["list", "runs", "--saveroot", str(hostile)])]


def test_a_checkout_that_is_not_installed_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHONPATH", "/elsewhere")
    monkeypatch.setattr("site.getsitepackages", lambda: ["/installed"])
    assert fig_environment()["PYTHONPATH"] == os.pathsep.join([str(PACKAGE.parent), "/elsewhere"])
    monkeypatch.setattr("site.getsitepackages", lambda: [str(PACKAGE.parent)])
    assert fig_environment()["PYTHONPATH"] == "/elsewhere"


def test_idle_threads_spin_shortly_unless_the_user_says_otherwise(hostile: Path) -> None:
    for name in ("random", "tqdm", "yaml", "omnifig"):
        (hostile / f"{name}.py").unlink()
    code = (
        "import os, sys\nfrom disentcli.cli import fig\n"
        "try: fig(['list', 'configs', 'm/vae'])\nexcept SystemExit: pass\n"
        "print(os.environ.get('GOMP_SPINCOUNT'), 'torch' in sys.modules)"
    )
    asked = ("OMP_WAIT_POLICY", "GOMP_SPINCOUNT")
    environment = {name: value for name, value in fig_environment().items() if name not in asked}
    for given, spins in (({}, 1000), ({"OMP_WAIT_POLICY": "ACTIVE"}, None), ({"GOMP_SPINCOUNT": "7"}, 7)):
        done = subprocess.run(
            [sys.executable, "-c", code], env=environment | given, capture_output=True, text=True, check=True
        )
        assert done.stdout.splitlines()[-1] == f"{spins} False"
