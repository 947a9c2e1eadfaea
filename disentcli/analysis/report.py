"""One self-contained HTML page on several runs: their scores, pictures and configs."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from html import escape
from pathlib import Path

from ..atomic import write_atomic
from ..runs.run import CONFIG, Run
from .comparison import Scores, compare_runs
from .table import score_text

STYLE = """
body { font: 15px/1.5 system-ui, sans-serif; max-width: 72rem; margin: 2rem auto; padding: 0 1rem; }
table { border-collapse: collapse; } td, th { padding: .2rem .8rem; border-bottom: 1px solid #8884; }
td { text-align: right; font-variant-numeric: tabular-nums; }
td:first-child, th:first-child { text-align: left; }
figure { display: inline-block; margin: 1rem 1rem 0 0; vertical-align: top; max-width: 100%; }
figure img { max-width: 100%; background: white; } figcaption { color: #777; font-size: .85rem; }
pre { overflow-x: auto; background: #8881; padding: .8rem; } .scroll { overflow-x: auto; }
"""


def write_report(path: str | Path, runs: Sequence[Run], title: str = "Runs compared") -> Path:
    """A table of all scores, then each run's figures and config; nothing is loaded from outside."""
    path = Path(path)
    body = [f"<h1>{escape(title)}</h1>", _score_table(runs), *(_section(run) for run in runs)]
    write_atomic(
        path,
        f'<!doctype html>\n<html lang="en"><head><meta charset="utf-8"><title>{escape(title)}</title>'
        f"<style>{STYLE}</style></head>\n<body>\n" + "\n".join(body) + "\n</body></html>\n",
    )
    return path


def _score_table(runs: Sequence[Run]) -> str:
    names, tables = compare_runs(runs)
    if not names:
        return "<p>No results yet: run <code>fig eval</code> and <code>fig eval-metrics</code>.</p>"
    head = "".join(f"<th>{escape(run.name)}</th>" for run in runs)
    rows = "".join(_score_row(name, tables) for name in names)
    return f'<div class="scroll"><table><tr><th>score</th>{head}</tr>{rows}</table></div>'


def _score_row(name: str, tables: Sequence[Scores]) -> str:
    cells = "".join(f"<td>{score_text(table.get(name))}</td>" for table in tables)
    return f"<tr><td>{escape(name)}</td>{cells}</tr>"


def _section(run: Run) -> str:
    figures = sorted((run.path / "figures").glob("*/[!.]*.png"))
    config = (run.path / CONFIG).read_text(encoding="utf-8")
    return (
        f"<h2>{escape(run.name)}</h2>\n"
        + "\n".join(_figure(path) for path in figures)
        + f"\n<details><summary>config.yaml</summary><pre>{escape(config)}</pre></details>"
    )


def _figure(path: Path) -> str:
    data = base64.b64encode(path.read_bytes()).decode()
    name = escape(f"{path.parent.name} / {path.stem}")
    image = f'<img alt="{name}" src="data:image/png;base64,{data}">'
    return f"<figure>{image}<figcaption>{name}</figcaption></figure>"
