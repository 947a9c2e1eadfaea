"""What study/combination found, as sections of docs/papers/combinatorial-generalisation-study.md.

python benchmarks/combination_report.py
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from combination_claims import D_LASSO, ENCODER_FAILS, IDENT, Cells, claims, error, ratio
from combination_published import COMPOSITION, CONDITIONS, FLOOR_WALL, MODELS, PUBLISHED
from study_page import Row, by_cell, shown, values, with_sections
from study_rows import Rows

from disentcli.tables.table import markdown_table

PAGE = Path(__file__).parents[1] / "docs" / "papers" / "combinatorial-generalisation-study.md"
STUDY = ["study/combination"]
PARTS = ("train", "in_distribution", "held_out")
D_OURS = ("dci", "dci.disentanglement")
DECODER_FAILS = (IDENT, "combination.decoder_fails")
ERRORS_INTRODUCTION = """\
Reconstruction error in nats an image: of training images, of others like them (10 % that training leaves
out), and of held-out combinations, mean ± standard deviation over seeds; `ratio` is held out over like
training. The entropy of grey pixels, which no decoder goes below, is taken off ours (sprites are black and
white and have none; rooms do). Published is one run each: D, training → held out, of 3D-Shapes with that
entropy, some 3,470 nats there. D: DCI disentanglement by the lasso with noise factors, as published in 2022
(2021 without them), and by boosted trees."""
PLACEMENT_INTRODUCTION = """\
Distance of codes from where the factors of an image say that they should lie, in spreads of a cell
(`placement_error` of [`combination`](../reference/metrics.md#combination), near 1 where nothing is wrong):
by all factors, and by the two of the condition. Decoder error: of images decoded from the places where
their codes should lie, as a share of their variance. The last columns: in how many runs encoder and decoder
are said to fail.
Neither paper gives numbers of this."""
COMPOSED_INTRODUCTION = """\
Composed images against their true targets (metric [`composition`](../reference/metrics.md#composition)), each
made of two training images: targets like those of training, and held-out combinations. Squared errors per
pixel, × 1000, beside the reconstruction of held-out images; then how often the composed image has the asked
factor of the command, and each other factor of the reference. In extrapolation no two training images make a
held-out one. The published code never scores its compositions."""
CLAIMS_INTRODUCTION = """\
Computed from the rows of the tables below: of several seeds the median, of groups of models the share of
runs. Ratios are of held-out images to others like those of training, without the entropy of pixels."""


def share(numbers: Sequence[float]) -> str:
    """`2 of 3`, of scores that are 0 or 1; a dash for none."""
    return f"{sum(numbers):.0f} of {len(numbers)}" if numbers else "–"


def published(condition: str, name: str) -> str:
    """D and both errors."""
    found = PUBLISHED[condition].get(name)
    return f"{found[0]:g}; {found[1]:g} → {found[2]:g}" if found else "–"


def errors_line(condition: str, name: str, rows: Sequence[Row]) -> list[str]:
    """A model's errors beside the published ones."""
    errors = [shown([error(row, part) for row in rows]) for part in PARTS]
    scores = [shown(values(rows, score)) for score in (D_LASSO, D_OURS)]
    return [
        name,
        published(condition, name),
        *errors,
        shown([ratio(row) for row in rows]),
        *scores,
        _count(rows),
    ]


def placement_line(condition: str, name: str, rows: Sequence[Row]) -> list[str]:
    """Where a model's codes land, and what its decoder makes of the right places."""
    scores = [
        shown(values(rows, (IDENT, f"combination.{part}.{kind}")))
        for kind in ("placement_error", "placement_error_condition", "decoder_error")
        for part in ("in_distribution", "held_out")
    ]
    return [
        name,
        *scores,
        share(values(rows, ENCODER_FAILS)),
        share(values(rows, DECODER_FAILS)),
        _count(rows),
    ]


def composed_line(condition: str, name: str, rows: Sequence[Row]) -> list[str]:
    """Errors of composed images and the factors that they show; the reconstruction of held-out images."""
    errors = [
        shown([1000 * one for one in values(rows, (IDENT, f"{score}.mse_per_pixel"))])
        for score in (*(f"composition.{part}" for part in PARTS[1:]), "reconstruction_by_part.held_out")
    ]
    right = [
        shown(values(rows, (IDENT, f"composition.{part}.{kind}")))
        for kind in ("asked", "others")
        for part in PARTS[1:]
    ]
    return [name, *errors, *right, _count(rows)]


ERRORS_HEAD = [
    "model",
    "published",
    "training",
    "like training",
    "held out",
    "ratio",
    "D, lasso",
    "D, trees",
    "seeds",
]
PLACEMENT_HEAD = [
    "model",
    "all factors: like training",
    "held out",
    "condition: like training",
    "held out",
    "decoder error: like training",
    "held out",
    "encoder fails",
    "decoder fails",
    "seeds",
]
COMPOSED_HEAD = [
    "model",
    "composed: like training",
    "held out",
    "reconstructed: held out",
    "asked factor right: like training",
    "held out",
    "others right: like training",
    "held out",
    "seeds",
]


def tables(
    cells: Cells,
    introduction: str,
    head: Sequence[str],
    line: Callable[[str, str, Sequence[Row]], list[str]],
    models: Mapping[str, str],
) -> Iterator[str]:
    """A table for each condition, a line for each of these models."""
    yield from introduction.splitlines()
    for condition, title in CONDITIONS.items():
        yield from ("", f"### {title}", "")
        if condition == FLOOR_WALL and head is ERRORS_HEAD:
            yield from ("No published numbers of it could be had.", "")
        body = [line(condition, name, cells.get((model, condition), [])) for model, name in models.items()]
        yield from markdown_table(head, body).splitlines()


def claims_section(cells: Cells) -> Iterator[str]:
    """Each claim with its answer."""
    yield from (*CLAIMS_INTRODUCTION.splitlines(), "")
    yield from markdown_table(["claim", "here"], [list(one) for one in claims(cells)], left=2).splitlines()


def page(text: str, rows: Sequence[Mapping[str, Any]]) -> str:
    """The page with each of these sections written anew, up to the next heading."""
    cells = by_cell(rows, ("model", "condition"))
    sections = {
        "Do the claims hold": claims_section(cells),
        "Reconstruction": tables(cells, ERRORS_INTRODUCTION, ERRORS_HEAD, errors_line, MODELS),
        "Encoder or decoder": tables(cells, PLACEMENT_INTRODUCTION, PLACEMENT_HEAD, placement_line, MODELS),
        "Composed images": tables(cells, COMPOSED_INTRODUCTION, COMPOSED_HEAD, composed_line, COMPOSITION),
    }
    return with_sections(text, sections, "combination_report")


def _count(rows: Sequence[Row]) -> str:
    return str(len(rows)) if rows else "–"


def main() -> None:
    """Write the page."""
    PAGE.write_text(page(PAGE.read_text(encoding="utf-8"), Rows.of_study(STUDY).read()), encoding="utf-8")
    print(f"written to {PAGE}")


if __name__ == "__main__":
    main()
