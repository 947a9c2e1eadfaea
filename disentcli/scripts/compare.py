"""`fig compare`: the results of several runs side by side."""

from __future__ import annotations

from fnmatch import fnmatchcase
from pathlib import Path
from typing import TYPE_CHECKING

from ..config.root_settings import Setting
from ..errors import CallError
from ..registry import script

if TYPE_CHECKING:
    from ..config.settings import Settings
    from ..runs.run import Run
    from ..tables.score_tables import Scores

SETTINGS = (
    Setting("by", str, None, "group runs by config values: method,reg-wt,dataset or a dotted key"),
    Setting("interval", str, "t", "what stands behind the means of groups: t, bootstrap or std"),
    Setting("confidence", float, 0.95, "of the intervals; the tests for ties use 1 − it"),
    Setting("test", str, "welch", "which groups tie with the best: welch, or paired over seeds"),
    Setting("sort", str, None, "order of the groups: a key of --by, or a score, best first"),
    Setting("unfinished", bool, False, "groups take in runs that are not completed"),
    Setting("correlations", bool, False, "Spearman's rank correlation of the scores over the runs"),
    Setting("plots", str, None, "draw the scores of groups, and the correlations, into this folder"),
    "ident",
    Setting("out", str, None, "also write the table here: .md, .csv or .tex"),
    "overwrite",
    "saveroot",
)
TAKES = "names"
SIDE_BY_SIDE = 4  # runs that fit beside each other; more become rows
OF_GROUPS = ("interval", "confidence", "test", "sort", "unfinished", "plots")
FORMATS = (".md", ".csv", ".tex")


@script("compare")
def compare(settings: Settings) -> int:
    """Shows results of runs side by side, or of groups: fig compare 'run*' --by method --metrics mig,dci.

    A run is a name, a unique prefix, or a pattern in quotes. `--metrics` chooses scores.
    """
    from ..console.terminal import warn
    from ..evaluation.compare_groups import compare_groups, correlate
    from ..evaluation.metric_selection import names_of
    from ..tables.group_table import choose_scores
    from ..tables.grouping import measured_differently
    from ..tables.score_tables import compare_runs, data_notes

    runs = find_runs(settings.get("saveroot"), settings.words)
    out = table_target(settings.get("out"), settings.get("overwrite"))
    wanted = names_of(given) if (given := settings.get("metrics", None)) else []
    ident, correlated = settings.get("ident"), settings.get("correlations")
    if out and correlated:
        table_target(str(beside(out)), settings.get("overwrite"))
    if settings.get("by"):
        return compare_groups(settings, runs, wanted, out)
    for key in OF_GROUPS:
        if settings.has(key):
            raise CallError(f"--{key} is for groups of runs: say by what with --by method,reg-wt")
    settings.check()
    names, tables = compare_runs(runs, ident)
    names = choose_scores(names, wanted) if wanted else names
    if not names:
        raise CallError("none of these runs has such results; `fig eval` and `fig eval-metrics` make them")
    lines = arrange([run.name for run in runs], names, tables)
    present(lines, out)
    for note in measured_differently(runs, ident):
        print(f"note: {note}")
    for note in data_notes(runs, ident):
        warn(note)
    if correlated:
        correlate(tables, names, out)
    return 0


def present(lines: list[list[str]], out: Path | None) -> None:
    """Show a table, header first, and write it."""
    from ..tables.table import show_table

    show_table(lines[0], lines[1:])
    if out:
        write_table(out, lines)
        print(f"table: {out}")


def beside(out: Path) -> Path:
    """Where the correlations go that belong to this table."""
    return out.with_name(f"{out.stem}-correlations{out.suffix}")


def find_runs(saveroot: Path, words: list[str]) -> list[Run]:
    """The runs that names, unique prefixes, paths or patterns mean, each once."""
    from ..runs.roots import save_root
    from ..runs.run import Run
    from ..runs.run_index import newest_first

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
    from ..tables.table import score_text

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
    if path.suffix not in FORMATS:
        raise CallError(f"--out {out}: a table is written as {', '.join(FORMATS[:-1])} or {FORMATS[-1]}")
    if path.exists() and not overwrite:
        raise CallError(f"{path} exists; choose another name with --out, or replace it with --overwrite")
    return path


def write_table(path: Path, lines: list[list[str]]) -> None:
    """The lines, header first, as Markdown, CSV or LaTeX."""
    from ..atomic_io import write_atomic
    from ..tables.latex import latex_table
    from ..tables.table import csv_table, markdown_table

    write = {".md": markdown_table, ".csv": csv_table, ".tex": latex_table}[path.suffix]
    write_atomic(path, write(lines[0], lines[1:]))
