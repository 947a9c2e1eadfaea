"""What a wrong call may print, and a small training to be called wrongly."""

from __future__ import annotations

import subprocess

SMALL = ("--dataset.orientations", "4", "--dataset.positions", "4", "--quiet")
VAE = ("a/dislib", "m/vae", "d/sprites32", *SMALL)
LONGEST = 6  # lines of a message


def check(result: subprocess.CompletedProcess[str], code: int, *names: str) -> None:
    """The exit code, and a short message that names these things."""
    text = result.stderr
    assert result.returncode == code, text
    assert "Traceback" not in text
    assert "unexpected" not in text
    assert 1 <= len(text.strip().splitlines()) <= LONGEST, text
    missing = [name for name in names if name.lower() not in text.lower()]
    assert not missing, text
