"""`fig report` as a user types it."""

from __future__ import annotations

from pathlib import Path

from ..conftest import Fig


def test_runs_get_their_pages_and_a_damaged_one_does_not_stop_the_others(
    fig: Fig, trained: Path, run: Path
) -> None:
    (run / "config.yaml").write_text("{")
    done = fig("report", run.name, trained.name)
    assert done.returncode == 1
    assert done.stdout.splitlines() == [str(trained / "report.html")]
    assert f"not reported: {run.name}" in done.stderr
    assert "data-traversal" in (trained / "report.html").read_text()
