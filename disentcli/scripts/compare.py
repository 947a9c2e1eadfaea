"""`fig compare`: the results of several runs side by side."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..config.root_settings import Setting
from ..errors import CallError
from ..registry import script

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from ..config.settings import Settings
    from ..tables.score_tables import Scores

SETTINGS = (
    Setting("by", str, None, "group runs by config values: method,reg-wt,dataset or a dotted key"),
    Setting("interval", str, "t", "what is shown behind the means of groups: t, bootstrap or std"),
    Setting("confidence", float, 0.95, "of the intervals; the tests for ties use 1 − it"),
    Setting("test", str, "welch", "which groups tie with the best: welch, or paired over seeds"),
    Setting("sort", str, None, "order of the groups: a key of --by, or a score, best first"),
    Setting("unfinished", bool, False, "groups take in runs that are not completed"),
    Setting("correlations", bool, False, "Spearman's rank correlation of the scores over the runs"),
    Setting("plots", str, None, "draw the scores of groups, and the correlations, into this folder"),
    Setting("titles", object, None, "what stands above the scores, in their order: train,held-out,D"),
    Setting("published", str, None, "scores of a paper below those of the runs: role-2021, or FILE.csv"),
    "ident",
    Setting("out", str, None, "also write the table here: .md, .csv or .tex"),
    "overwrite",
    "saveroot",
)
TAKES = "runs"
NODES = ("metrics",)
OF_GROUPS = ("interval", "confidence", "test", "sort", "unfinished", "plots", "titles", "published")


@script("compare")
def compare(settings: Settings) -> int:
    """Shows results of runs side by side, or of groups: fig compare 'run*' --by method --metrics mig,dci.

    A run is a name, a unique prefix, or a pattern in quotes. `--metrics` chooses scores.
    """
    from ..console.terminal import warn
    from ..evaluation.compare_groups import compare_groups, correlate
    from ..evaluation.metric_selection import names_of
    from ..runs.select import find_runs, read_together
    from ..tables.group_table import choose_scores
    from ..tables.grouping import measured_differently
    from ..tables.score_tables import compare_runs, data_notes
    from ..tables.table import correlations_path, show_and_write, show_table, table_path

    runs = read_together(find_runs(settings.get("saveroot"), settings.words))
    out = table_path(settings.get("out"), settings.get("overwrite"))
    wanted = names_of(given) if (given := settings.get("metrics", None)) else []
    ident, correlated = settings.get("ident"), settings.get("correlations")
    if out and correlated:
        table_path(str(correlations_path(out)), settings.get("overwrite"))
    if settings.get("by"):
        return compare_groups(settings, runs, wanted, out)
    for key in OF_GROUPS:
        if settings.has(key):
            raise CallError(f"--{key} is for groups of runs: say by what with --by method,reg-wt")
    names, tables = compare_runs(runs, ident)
    names = choose_scores(names, wanted) if wanted else names
    if not names:
        of_ident = f" {ident!r}" if ident else ""
        raise CallError(
            f"no results{of_ident} of these runs yet; `fig eval` and `fig eval-metrics` make them"
        )
    lines = arrange([run.name for run in runs], names, tables)
    if out and out.suffix == ".tex":
        show_table(lines[0], lines[1:])
        write_latex([run.name for run in runs], names, tables, out)
    else:
        show_and_write(lines, out)
    for note in measured_differently(runs, ident):
        print(f"note: {note}")
    for note in data_notes(runs, ident):
        warn(note)
    if correlated:
        correlate(tables, names, out)
    return 0


def write_latex(runs: list[str], scores: list[str], tables: list[Scores], out: Path) -> None:
    """The table in words, as LaTeX."""
    from ..atomic_io import write_atomic
    from ..tables.display_names import score_words
    from ..tables.score_direction import arrow
    from ..tables.table import latex_table

    words = {name: score_words(name) + arrow(name) for name in scores}
    named = [{words[name]: table.get(name) for name in scores} for table in tables]
    header, *rows = arrange(runs, list(words.values()), named)
    legend = ", ".join(f"{score_words(name)} is {name}" for name in scores if score_words(name) != name)
    notes = [f"{legend}."] if legend else []
    write_atomic(out, latex_table(header, rows, caption="Scores of single runs.", notes=notes))
    print(f"table: {out}")


def arrange(runs: list[str], scores: list[str], tables: list[Scores]) -> Sequence[Sequence[str]]:
    """Lines of the table, header first: a column a run, or a row a run where there are many."""
    from ..tables.table import runs_as_columns, score_text

    lines = [["score", *runs]]
    lines += [[name, *(score_text(table.get(name)) for table in tables)] for name in scores]
    return runs_as_columns(lines)
