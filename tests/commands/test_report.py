"""`fig report` as a user types it."""

from __future__ import annotations

from pathlib import Path

from ..conftest import Fig


def test_runs_get_their_pages_and_a_damaged_one_does_not_stop_the_others(
    fig: Fig, runs: Path, trained: Path, run: Path
) -> None:
    (run / "config.yaml").write_text("{")
    done = fig("report", run.name, trained.name)
    assert done.returncode == 1
    assert done.stdout.splitlines() == [str(trained / "report.html")]
    assert f"not reported: {run.name}" in done.stderr
    assert "data-traversal" in (trained / "report.html").read_text()

    done = fig("report", "wrong*", "--out", runs / "all.html", "--slider", "no")
    assert (done.returncode, done.stderr) == (0, "")
    assert "<h2" in (runs / "all.html").read_text()
