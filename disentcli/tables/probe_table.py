"""The table of probes as the paper has it: a row a representation, a column a factor, the distance last."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from ..metrics.evaluate import EvaluationResult
    from .grouping import Group

PROBES, DISTANCE = "probes", "distance"
TITLE = "test accuracy of probes in %, and the distance to the ideal"


def show_probes(evaluation: EvaluationResult) -> None:
    """Print the table of an evaluation in which several representations were probed."""
    deviations = {score: stats["std"] for score, stats in evaluation.stats.get(PROBES, {}).items()}
    spread = "; ± standard deviation over repeats" if deviations else ""
    _show(TITLE + spread, probe_table(evaluation.scores.get(PROBES, {}), deviations))


def show_probes_of_seeds(group: Group, names: Sequence[str]) -> None:
    """Print such a table of the runs of a group, mean ± standard deviation, for each ident that has probes.

    names: scores as `compare_runs` calls them, `probes.S_X.digit` or `IDENT probes.S_X.digit`.
    """
    from .intervals import estimate

    found: dict[str, dict[str, float | None]] = {}
    deviations: dict[str, dict[str, float]] = {}
    for name in names:
        *ident, score = name.split(" ")
        metric, _, title = score.partition(".")
        if metric == PROBES:
            label = " ".join([*group.labels, *ident])
            over_seeds = estimate(group.values(name), "std")
            found.setdefault(label, {})[title] = over_seeds.mean if over_seeds else None
            if over_seeds and over_seeds.std is not None:
                deviations.setdefault(label, {})[title] = over_seeds.std
    for label, scores in found.items():
        over = f"{label}, seeds {', '.join(str(run.seed) for run in group.runs)}"
        spread = "; mean ± standard deviation over seeds" if label in deviations else ""
        _show(f"{over}: {TITLE}{spread}", probe_table(scores, deviations.get(label)))


def _show(title: str, lines: list[list[str]]) -> None:
    from .table import show_table

    if len(lines) > 2:
        print()
        show_table(lines[0], lines[1:], title)


def probe_table(
    scores: Mapping[str, float | None], deviations: Mapping[str, float] | None = None
) -> list[list[str]]:
    """Lines, header first, of scores such as `S_X.digit`; a factor that one view alone shows is its own.

    >>> scores = {"S_X.digit": 0.94, "S_X.paper_hue": 0.08, "S_Y.digit": 0.95, "S_Y.ink_hue": 0.09}
    >>> for line in probe_table({**scores, "S_X.distance": 0.1, "S_Y.distance": 0.1}):
    ...     print(line)
    ['', 'own hue', 'digit', 'distance']
    ['S_X', '8.00', '94.00', '0.1000']
    ['S_Y', '9.00', '95.00', '0.1000']
    """
    rows: dict[str, dict[str, str]] = {}
    for title, value in scores.items():
        name, _, factor = title.partition(".")
        rows.setdefault(name, {})[factor] = _cell(factor, value, (deviations or {}).get(title))
    renamed = _own(list(rows.values()))
    rows = {name: {renamed.get(c, c): cell for c, cell in cells.items()} for name, cells in rows.items()}
    found = dict.fromkeys(column for cells in rows.values() for column in cells)
    columns = sorted(found, key=lambda column: (column == DISTANCE, column not in renamed.values()))
    return [["", *columns], *([name, *(cells.get(c, "–") for c in columns)] for name, cells in rows.items())]


def _own(rows: Sequence[Mapping[str, str]]) -> dict[str, str]:
    """A common name of the factors that are not in every row, where there is at most one in each."""
    everywhere = set.intersection(*map(set, rows)) if rows else set()
    own = [[factor for factor in row if factor not in everywhere | {DISTANCE}] for row in rows]
    if any(len(factors) > 1 for factors in own):
        return {}
    factors = dict.fromkeys(factor for one in own for factor in one)
    endings = {factor.rpartition("_")[2] for factor in factors}
    return dict.fromkeys(factors, f"own {endings.pop()}" if len(endings) == 1 else "own")


def _cell(factor: str, value: float | None, deviation: float | None) -> str:
    """A percentage, or a distance; with its deviation where it was measured several times."""
    unit, digits = (1, 4) if factor == DISTANCE else (100, 2)
    if value is None:
        return "–"
    spread = "" if deviation is None else f" ± {unit * deviation:.{digits}f}"
    return f"{unit * value:.{digits}f}{spread}"
