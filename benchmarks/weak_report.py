"""What study/weak found, as sections of docs/papers/weak-disentanglement-study.md.

python benchmarks/weak_report.py
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import mean
from typing import Any

from study_page import Row, Score, by_cell, shown, values, with_sections
from study_rows import Rows

from disentcli.tables.table import markdown_table

PAGE = Path(__file__).parents[1] / "docs" / "papers" / "weak-disentanglement-study.md"
STUDY = ["study/weak"]
DEFAULT = "study/weak-model"
RESIDUAL = f"{DEFAULT} --model.relation-learner._type residual"
CHOICES = {
    DEFAULT: "default: uniform, independent, MLP, 30 % labelled",
    f"{DEFAULT} --model.label-policy true": "label policy `true`",
    f"{DEFAULT} --model.label-policy first": "label policy `first`, as released",
    f"{DEFAULT} --model.pairing transport": "pairing `transport`",
    RESIDUAL: "learner `residual`",
    f"{RESIDUAL} --model.pairing transport": "`residual` and `transport`",
    f"{DEFAULT} --split.labels 0.1": "10 % labelled",
    f"{DEFAULT} --split.labels 1.0": "all labelled",
    f"{DEFAULT} --model.refit-interval 250": "regions fitted every 250 steps",
    f"{DEFAULT} --model.freeze-encoder true": "encoder frozen in the second stage",
}
DATA = {
    "study/weak-sprites": "Sprites",
    "study/weak-rooms": "Rooms",
    "study/weak-symbols": "Symbols",
}
NOT_YET = "not told yet"

Cells = Mapping[tuple[str, str], Sequence[Row]]
"""The rows of each (choice, data)."""


def weak(metric: str, name: str) -> Score:
    """A score of the evaluation of a run."""
    return ("weak", f"{metric}.{name}")


@dataclass(frozen=True)
class Measure:
    """A column of a table: its title, the score, by what it is multiplied, and whether less is better."""

    title: str
    score: Score
    factor: float = 1.0
    less: bool = False

    def of(self, rows: Sequence[Row]) -> list[float]:
        """Its values, of the rows that have it."""
        return [self.factor * one for one in values(rows, self.score)]


REGION = Measure("regions: accuracy", weak("region_accuracy", "accuracy"))
SAMPLES = Measure("samples: accuracy", weak("relation_accuracy", "samples.accuracy"))
IMAGES = Measure("images: accuracy", weak("relation_accuracy", "images.accuracy"))
KEPT = Measure("images: kept", weak("relation_accuracy", "images.kept"))
ERROR = Measure("images: MSE × 1000", weak("relation_accuracy", "images.mse"), 1000, less=True)
BACK = Measure("there and back: MSE × 1000", weak("relation_accuracy", "back.mse"), 1000, less=True)
REGION_COLUMNS = (
    REGION,
    Measure("balanced", weak("region_accuracy", "balanced_accuracy")),
    Measure("accepted, rejecting 5 %", weak("region_accuracy", "accepted.rejecting_5%")),
    Measure("accuracy of these", weak("region_accuracy", "accuracy.rejecting_5%")),
    Measure("reconstruction: MSE × 1000", weak("relation_accuracy", "reconstruction.mse"), 1000, less=True),
    Measure("MIG", weak("mig", "mig")),
)
RELATION_COLUMNS = (
    SAMPLES,
    Measure("samples: MSE", weak("relation_accuracy", "samples.mse"), less=True),
    Measure("its floor", weak("relation_accuracy", "samples.mse_floor"), less=True),
    IMAGES,
    Measure("three times: accuracy", weak("relation_accuracy", "iterated.accuracy_3")),
    KEPT,
    ERROR,
    BACK,
    Measure("its reconstruction", weak("relation_accuracy", "back.mse_reconstruction"), 1000, less=True),
)
MAIN = (REGION, SAMPLES, IMAGES, KEPT, ERROR, BACK)
BEST_INTRODUCTION = """\
For each measure the choice with the best mean over seeds, and the default beside it."""
COSTS_INTRODUCTION = """\
Accuracy of relations on images, less that of the default with the same seed: mean ± standard deviation."""
REGIONS_INTRODUCTION = """\
Images of the test part, each encoded once: the share whose code is most likely in the region of its entity,
plainly and averaged over entities; with codes rejected that are less likely than 95 % of the region's own
samples; what reconstruction costs; and MIG, which asks for one dimension a factor."""
RELATIONS_INTRODUCTION = """\
A relation is applied to samples of regions, as published, or to codes of images, which are then decoded: the
share of results that are the target entity, by the regions or by a classifier of images. Squared errors are
of codes to a sample of the target (its floor is that of the centroid), and of pixels to the true image of
the target. `kept`: factors that should not change and do not. There and back: a relation and its inverse,
against the image; beside it what reconstruction alone costs."""


def table(cells: Cells, data: str, columns: Sequence[Measure]) -> str:
    """The choices of one data set, a column for each measure."""
    body = []
    for choice, name in CHOICES.items():
        rows = cells.get((choice, data), [])
        body.append([name, *(shown(one.of(rows)) for one in columns), str(len(rows)) if rows else "–"])
    return markdown_table(["choice", *(one.title for one in columns), "seeds"], body)


def tables(cells: Cells, introduction: str, columns: Sequence[Measure]) -> Iterator[str]:
    """A table for each data set."""
    yield from introduction.splitlines()
    for data, title in DATA.items():
        yield from ("", f"### {title}", "", *table(cells, data, columns).splitlines())


def best(cells: Cells, data: str, measure: Measure) -> str:
    """The choice with the best mean, its score and that of the default."""
    found = {choice: measure.of(cells.get((choice, data), [])) for choice in CHOICES}
    means = {choice: mean(numbers) for choice, numbers in found.items() if numbers}
    if len(means) < len(CHOICES):
        return NOT_YET if means or not any(cells.values()) else "–"
    first = (min if measure.less else max)(means, key=lambda choice: means[choice])
    return f"{CHOICES[first].partition(':')[0]}: {shown(found[first])} ({shown(found[DEFAULT])})"


def best_section(cells: Cells) -> Iterator[str]:
    """The best choice by each of the main measures."""
    yield from (*BEST_INTRODUCTION.splitlines(), "")
    body = [[one.title, *(best(cells, data, one) for data in DATA)] for one in MAIN]
    yield from markdown_table(["measure", *DATA.values()], body).splitlines()


def costs(cells: Cells, choice: str, data: str, measure: Measure) -> list[float]:
    """The measure less that of the default, of each seed that both have."""
    ours, usual = (
        {row["seed"]: numbers[0] for row in cells.get((one, data), []) if (numbers := measure.of([row]))}
        for one in (choice, DEFAULT)
    )
    return [ours[seed] - usual[seed] for seed in sorted(ours.keys() & usual.keys())]


def costs_section(cells: Cells) -> Iterator[str]:
    """What each choice changes, seed by seed."""
    yield from (*COSTS_INTRODUCTION.splitlines(), "")
    body = [
        [name, *(shown(costs(cells, choice, data, IMAGES)) for data in DATA)]
        for choice, name in CHOICES.items()
        if choice != DEFAULT
    ]
    yield from markdown_table(["choice", *DATA.values()], body).splitlines()


def page(text: str, rows: Sequence[Mapping[str, Any]]) -> str:
    """The page with each of these sections written anew, up to the next heading."""
    cells = by_cell(rows, ("choice", "data"))
    sections = {
        "Which choice is best": best_section(cells),
        "What each choice changes": costs_section(cells),
        "Regions": tables(cells, REGIONS_INTRODUCTION, REGION_COLUMNS),
        "Relations": tables(cells, RELATIONS_INTRODUCTION, RELATION_COLUMNS),
    }
    return with_sections(text, sections, "weak_report")


def main() -> None:
    """Write the page."""
    PAGE.write_text(page(PAGE.read_text(encoding="utf-8"), Rows.of_study(STUDY).read()), encoding="utf-8")
    print(f"written to {PAGE}")


if __name__ == "__main__":
    main()
