"""`fig compare`: the results of several runs side by side."""

from __future__ import annotations

from fnmatch import fnmatchcase
from pathlib import Path
from typing import TYPE_CHECKING

from ..errors import CallError
from ..registry import script
from ..root_settings import Setting

if TYPE_CHECKING:
    from ..analysis.comparison import Scores
    from ..console.settings import Settings
    from ..runs.run import Run

SETTINGS = ("saveroot", "overwrite", Setting("out", str, None, "also write the table here: .md or .csv"))
TAKES = "names"
SIDE_BY_SIDE = 4  # runs that fit beside each other; more become rows


@script("compare")
def compare(settings: Settings) -> int:
    """Shows the results of runs side by side: fig compare RUN RUN …, or a pattern in quotes: 'vec_*'."""
    from ..analysis.comparison import compare_runs
    from ..analysis.table import show_table

    runs = find_runs(settings.get("saveroot"), settings.words)
    out = table_target(settings.get("out"), settings.get("overwrite"))
    settings.check()
    names, tables = compare_runs(runs)
    if not names:
        raise CallError("none of these runs has results yet; `fig eval` and `fig eval-metrics` make them")
    header, *rows = arrange([run.name for run in runs], names, tables)
    show_table(header, rows)
    if out:
        write_table(out, [header, *rows])
        print(f"table: {out}")
    return 0


def find_runs(saveroot: Path, words: list[str]) -> list[Run]:
    """The runs that names, unique prefixes, paths or patterns mean, each once."""
    from ..runs.listing import newest_first
    from ..runs.roots import save_root
    from ..runs.run import Run

    if not words:
        raise CallError("name the runs to compare: fig compare RUN RUN …, or a pattern in quotes: 'vec_*'")
    found: dict[Path, Run] = {}
    for word in words:
        if any(sign in word for sign in "*?["):
            root = save_root(saveroot)
            fitting = [Run(root / name) for name in newest_first(root) if fnmatchcase(name, word)]
            if not fitting:
                raise CallError(f"no run in {root} fits {word!r}; see `fig list runs`")
        else:
            fitting = [Run.find(saveroot, word)]
        found.update({run.path: run for run in fitting})
    return list(found.values())


def arrange(runs: list[str], scores: list[str], tables: list[Scores]) -> list[list[str]]:
    """Lines of the table, header first: a column a run, or a row a run where there are many."""
    from ..analysis.table import score_text

    lines = [["score", *runs]]
    lines += [[name, *(score_text(table.get(name)) for table in tables)] for name in scores]
    return lay_out(lines)


def lay_out(lines: list[list[str]]) -> list[list[str]]:
    """Lines of a column a run, header first; turned into a row a run where there are many."""
    if len(lines[0]) <= SIDE_BY_SIDE + 1:
        return lines
    turned = [list(line) for line in zip(*lines, strict=True)]
    turned[0][0] = "run"
    return turned


def table_target(out: str | None, overwrite: bool) -> Path | None:
    """The file that --out names; CallError if it is of another kind, or there already."""
    if out is None:
        return None
    path = Path(out).expanduser()
    if path.suffix not in (".md", ".csv"):
        raise CallError(f"--out {out}: a table is written as .md or .csv")
    if path.exists() and not overwrite:
        raise CallError(f"{path} exists; choose another name with --out, or replace it with --overwrite")
    return path


def write_table(path: Path, lines: list[list[str]]) -> None:
    """The lines, header first, as Markdown or CSV."""
    from ..analysis.table import csv_table, markdown_table
    from ..atomic import write_atomic

    write_atomic(path, (markdown_table if path.suffix == ".md" else csv_table)(lines[0], lines[1:]))
