"""`fig compare … --by KEYS`: runs in groups, means over seeds, correlations, pictures."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..atomic_io import write_atomic
from ..errors import CallError
from ..runs.config_lookup import value_text
from ..runs.results import idents
from ..tables.correlations import correlation_rows, rank_correlations
from ..tables.group_table import GroupTable, choose_scores, sort_groups
from ..tables.grouping import caveats, group_by, measured_differently, scored_runs
from ..tables.intervals import Interval
from ..tables.published_scores import SAME_DATA, read_published
from ..tables.score_tables import compare_runs, data_notes
from ..tables.significance import Test
from ..tables.table import correlations_path, show_and_write, show_table
from .metric_selection import names_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ..config.settings import Settings
    from ..runs.run import Run
    from ..tables.group_table import GroupTable
    from ..tables.score_tables import Scores


def compare_groups(settings: Settings, runs: list[Run], wanted: list[str], out: Path | None) -> int:
    """Show the groups, write the table, draw the pictures; say what is left out and what to beware of."""
    keys = [key.strip() for key in settings.get("by").split(",") if key.strip()]
    interval, test = settings.get("interval", type=Interval), settings.get("test", type=Test)
    level = _level(settings)
    order, plots, correlated = settings.get("sort"), settings.get("plots"), settings.get("correlations")
    ident, unfinished = settings.get("ident"), settings.get("unfinished")
    titles, published = settings.get("titles"), settings.get("published")
    beside = read_published(published) if published else None

    runs, notes = usable(runs, ident, unfinished)
    names, tables = compare_runs(runs, ident)
    scores = choose_scores(names, wanted) if wanted else names
    groups = group_by(scored_runs(runs, tables), keys)
    if order:
        groups = sort_groups(groups, order, keys, names)
    if beside:
        beside = beside.fitting({key: value_text(run.config(), key) for key in SAME_DATA} for run in runs)
    table = GroupTable(keys, scores, groups, interval, level, test, _titles(titles, scores), published=beside)
    notes += [
        *caveats(groups, keys),
        *measured_differently(runs, ident),
        *data_notes(runs, ident),
        *_several_idents(scores),
    ]

    header, rows = table.on_screen()
    show_table(header, rows)
    print("\n".join([table.caption("*"), *(f"note: {note}" for note in notes)]))
    if beside:
        show_published(table, header)
    if out:
        write_groups(out, table, notes)
    if correlated:
        correlate(tables, scores, out, Path(plots).expanduser() if plots else None)
    if plots:
        draw(table, Path(plots).expanduser())
    return 0


def show_published(table: GroupTable, header: list[str]) -> None:
    """Show the published rows of the table, or say that none fits."""
    rows = table.published_rows()
    if not rows:
        print("no published scores are of the data and the split of these runs")
        return
    print()
    show_table(header, rows)
    print(table.published_source())


def usable(runs: list[Run], ident: str | None, unfinished: bool) -> tuple[list[Run], list[str]]:
    """The runs that can be compared, and a line for each reason why others cannot.

    Raises:
        CallError: none can.
    """
    kept, left_out = [], {}
    for run in runs:
        status = run.status()
        if status != "completed" and not unfinished:
            left_out[run.name] = f"{status}; --unfinished takes it in"
        elif not [one for one in idents(run) if ident in (None, one)]:
            left_out[run.name] = "no results" + (f" {ident}" if ident else "")
        else:
            kept.append(run)
    if not kept:
        listed = "; ".join(f"{name}: {why}" for name, why in list(left_out.items())[:5])
        raise CallError(f"none of these runs can be compared ({listed}); `fig eval-metrics` makes results")
    return kept, [f"left out {name}: {why}" for name, why in left_out.items()]


def write_groups(path: Path, table: GroupTable, notes: Sequence[str]) -> None:
    """The table as Markdown, CSV or LaTeX."""
    if path.suffix == ".csv":
        text = table.as_csv()
    else:
        text = table.as_markdown(notes) if path.suffix == ".md" else table.as_latex(notes)
    write_atomic(path, text)
    print(f"table: {path}")


def correlate(
    tables: Sequence[Scores], names: list[str], out: Path | None, folder: Path | None = None
) -> None:
    """Show how the scores of runs correlate; write it beside the table, draw it into the folder."""
    from ..plots.comparison_figures import draw_correlations

    correlations, counts = rank_correlations(tables, names)
    print()
    rows = correlation_rows(correlations, counts, names)
    show_and_write(rows, correlations_path(out) if out else None)
    print(f"over at most {counts.max(initial=0)} runs; – with fewer than 3 runs, or a constant score")
    if folder:
        print(f"figure: {draw_correlations(correlations, names, folder)}")


def draw(table: GroupTable, folder: Path) -> None:
    """One figure of all scores."""
    from ..plots.comparison_figures import draw_scores

    paths = draw_scores(table.groups, table.keys, table.scores, folder, table.interval, table.level)
    if paths:
        print(f"figures: {folder} ({', '.join(path.name for path in paths)})")
    else:
        print("no figure of scores: none of these runs has a number")


def _several_idents(scores: Sequence[str]) -> list[str]:
    """A line where one score was measured in several ways."""
    found = dict.fromkeys(score.partition(" ")[0] for score in scores if " " in score)
    if not found:
        return []
    return [f"scores of one name are in several results ({', '.join(found)}); --ident takes those of one"]


def _titles(given: Any, scores: Sequence[str]) -> list[str]:
    """The titles of the scores that the call gives, none or one for each."""
    if given is None:
        return []
    titles = names_of(given, "titles")
    if len(titles) != len(scores):
        raise CallError(f"--titles: {len(titles)} titles for {len(scores)} scores, {', '.join(scores)}")
    return titles


def _level(settings: Settings) -> float:
    level = settings.get("confidence")
    if not 0 < level < 1:
        raise CallError(f"--confidence is a probability such as 0.95, not {level:g}")
    return float(level)
