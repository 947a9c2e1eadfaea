"""The scores of several runs in one table."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .table import runs_as_columns, score_text, show_table

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ..runs.results import Results


def show_runs(tables: Mapping[str, Results]) -> None:
    """Print every score of every run, mean ± deviation where repeated; reasons and warnings once."""
    texts = [score_texts(results) for results in tables.values()]
    names = list(dict.fromkeys(name for one in texts for name in one))
    lines = [["score", *tables], *([name, *(one.get(name, "–") for one in texts)] for name in names)]
    header, *rows = runs_as_columns(lines)
    show_table(header, rows)
    reasons = [f"no {name}: {why}" for one in tables.values() for name, why in one.reasons.items()]
    warnings = [line for one in tables.values() for line in warning_lines(one.warnings)]
    for line in dict.fromkeys([*reasons, *warnings]):
        print(line)


def score_texts(results: Results) -> dict[str, str]:
    """Each score by name as the table shows it."""
    texts = {}
    for metric, scores in results.scores.items():
        for name, value in scores.items():
            spread = results.repeats.get(metric, {}).get(name)
            deviation = f" ± {spread['std']:.2g}" if spread else ""
            texts[metric if name == metric else f"{metric}.{name}"] = score_text(value) + deviation
    return texts


def warning_lines(warnings: Mapping[str, list[str]]) -> list[str]:
    """The warnings of metrics as they stand below a table."""
    return [f"warning: {name}: {text}" for name, texts in warnings.items() for text in texts]
