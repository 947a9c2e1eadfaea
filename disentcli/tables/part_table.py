"""The table of metrics that score each part of a split: a row a score, a column a part; and the verdict."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .table import NULL, score_text

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ..metrics.evaluate import EvaluationResult

PARTS = ("train", "in_distribution", "held_out", "neither")
TITLE = "by part of the split"


def show_parts(evaluation: EvaluationResult) -> None:
    """Print the table of an evaluation whose metrics score parts, and which part of the model fails."""
    from .table import show_table

    lines = part_table(evaluation.scores)
    if len(lines) > 1:
        print()
        show_table(lines[0], lines[1:], TITLE)
    for label, used in evaluation.used.items():
        if "verdict" in used:
            print(f"{label}: of encoder and decoder, {_fails(used['verdict'])} on held-out combinations")


def part_table(scores: Mapping[str, Mapping[str, float | None]]) -> list[list[str]]:
    """Lines, header first, of the scores `<part>.<score>` of all metrics; of the parts that any has.

    >>> scores = {"held_out.r2": 0.5, "train.r2": 0.9, "train.r2.size": None}
    >>> part_table({"factors_by_part": scores, "combination": {"verdict": 1.0}})
    [['', 'train', 'held out'], ['factors_by_part.r2', '0.9', '0.5'], ['factors_by_part.r2.size', '–', '–']]
    """
    rows: dict[str, dict[str, str]] = {}
    for metric, values in scores.items():
        for title, value in values.items():
            part, _, score = title.partition(".")
            if part in PARTS:
                rows.setdefault(f"{metric}.{score}", {})[part] = score_text(value)
    parts = [part for part in PARTS if any(part in cells for cells in rows.values())]
    header = ["", *(part.replace("_", " ") for part in parts)]
    return [header, *([name, *(cells.get(part, NULL) for part in parts)] for name, cells in rows.items())]


def _fails(verdict: str) -> str:
    return {"both": "both fail", "neither": "neither fails"}.get(verdict, f"the {verdict} fails")
