"""docs/results/speed.md says what the files in benchmarks/results hold."""

from __future__ import annotations

import subprocess
import sys

from ..conftest import PROJECT

PRINT_PAGE = "import report; print('\\n'.join(report.page()))"


def test_the_page_is_what_was_measured() -> None:
    done = subprocess.run(
        [sys.executable, "-c", PRINT_PAGE],
        cwd=PROJECT / "benchmarks",
        capture_output=True,
        text=True,
        check=True,
    )
    page = (PROJECT / "docs" / "results" / "speed.md").read_text(encoding="utf-8")
    assert page == done.stdout, "python benchmarks/report.py writes it anew"
