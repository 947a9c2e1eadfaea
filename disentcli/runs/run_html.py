"""A run in a notebook: what it is, its scores and its figures, as HTML."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Mapping, Sequence
from html import escape
from pathlib import Path

SHOWN = 12  # scores
LARGEST = 500_000  # bytes of a figure


def run_html(title: str, scores: Mapping[str, float], figures: Sequence[Path]) -> str:
    """One line, a table of the first scores, and the first picture that is not too large."""
    rows = "".join(
        f"<tr><td>{escape(name)}</td><td>{value:.4g}</td></tr>"
        for name, value in list(scores.items())[:SHOWN]
    )
    more = f"<p>and {len(scores) - SHOWN} more: <code>run.scores</code></p>" if len(scores) > SHOWN else ""
    table = f"<table>{rows}</table>{more}" if rows else "<p>not evaluated yet</p>"
    return f"<p><b>{escape(title)}</b></p>{table}{_picture(figures)}"


def _picture(figures: Sequence[Path]) -> str:
    shown = next((path for path in figures if path.suffix == ".png" and path.stat().st_size < LARGEST), None)
    if shown is None:
        return ""
    data = b64encode(shown.read_bytes()).decode()
    return f'<p>{escape(shown.stem)}</p><img alt="{escape(shown.stem)}" src="data:image/png;base64,{data}">'
