"""`fig report`: a page in each run, or one of all, and calls that it refuses."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest

from disentcli.config.call_check import check_keys_in_use
from disentcli.config.config_layers import COMMAND_LINE, ConfigLayer
from disentcli.config.settings import Settings
from disentcli.errors import CallError
from disentcli.runs.run import Run
from disentcli.scripts.report import report

from ..conftest import Fig
from ..toy_runs import make_run


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> list[Run]:
    folder = tmp_path_factory.mktemp("reported")
    return [make_run(folder, "plain"), make_run(folder, "vae", method="vae")]


def call(runs: list[Run], *words: str, **values: Any) -> int:
    root = runs[0].path.parent
    given = {"saveroot": str(root), "dataroot": str(root.parent / "data"), "device": "cpu", **values}
    settings = Settings([ConfigLayer(given, COMMAND_LINE)], script="report", words=words)
    check_keys_in_use(settings)
    return report(settings)


def test_each_run_gets_its_page_which_a_second_call_replaces(
    runs: list[Run], capsys: pytest.CaptureFixture[str]
) -> None:
    for _ in range(2):
        assert call(runs, "vae", "pla*") == 0
        assert capsys.readouterr().out.splitlines() == [str(r.path / "report.html") for r in reversed(runs)]
    for run in runs:
        page = (run.path / "report.html").read_text()
        assert "data-traversal" in page
        assert "the values of the latents, are of all 5 val images" in page


def test_out_is_one_page_of_all_and_is_not_replaced_unasked(runs: list[Run], tmp_path: Path) -> None:
    out = tmp_path / "all.html"
    assert call(runs, "*", out=str(out)) == 0
    assert all(run.name in out.read_text() for run in runs)
    with pytest.raises(CallError, match="exists"):
        call(runs, "*", out=str(out))
    assert call(runs, "*", out=str(out), overwrite=True) == 0


def test_without_sliders_no_data_are_needed(runs: list[Run], tmp_path: Path) -> None:
    nowhere = {"saveroot": str(runs[0].path.parent), "slider": False, "out": str(tmp_path / "r.html")}
    settings = Settings([ConfigLayer(nowhere, COMMAND_LINE)], script="report", words=["plain"])
    assert report(settings) == 0
    assert "data-traversal=" not in (tmp_path / "r.html").read_text()


def test_a_damaged_run_does_not_stop_the_others(runs: list[Run], forked_fig: Fig) -> None:
    """As a user types it."""
    root = runs[0].path.parent
    (root / "spoilt").mkdir()
    (root / "spoilt" / "run.json").write_text('{"status": "completed"}')
    done = forked_fig("report", "spoilt", "vae", "--saveroot", root, "--dataroot", root.parent / "data")
    shutil.rmtree(root / "spoilt")
    assert done.returncode == 1
    assert done.stdout.splitlines() == [str(runs[1].path / "report.html")]
    assert "config.yaml cannot be read" in done.stderr
    assert "not reported: spoilt" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    ("words", "values", "message"),
    [
        ([], {}, "name the runs to report"),
        (["nothing*"], {}, "no run in"),
        (["vae"], {"out": "page.pdf"}, "written as .html"),
        (["vae"], {"slidr": False}, "did you mean --slider"),
        (["vae"], {"out": "no/such/folder/page.html"}, "no/such/folder"),
    ],
)
def test_wrong_calls_are_refused(
    runs: list[Run], words: list[str], values: dict[str, Any], message: str
) -> None:
    with pytest.raises(CallError, match=message):
        call(runs, *words, **values)
