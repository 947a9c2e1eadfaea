"""The slider traversal of a page: sprite sheets, a slider for each latent, and what slider.js reads."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from markupsafe import Markup

from ..methods.inference import Inference
from .embedded_figures import EmbeddedFigure, EmbeddedView
from .sprite_sheets import SpriteSheets, fit_sheets, picture_strip
from .templating import render
from .traversal_frames import Traversal


@dataclass(frozen=True)
class Opened:
    """A run's model on its data, its traversals, and what a reader must know of the data."""

    inference: Inference
    traversal: Traversal
    note: str


EXPLANATION = (
    "Each picture is the decoder's output for the base image's code with one latent changed: a slider moves "
    "its own latent and leaves the others as they are in the base image."
)
NO_ROOM = "No slider: this page has no room for its pictures; make a page of fewer runs."


def render_slider(name: str, opened: Opened | str, budget: int) -> Markup:
    """The slider traversal of one run, in `budget` characters; the reason where there can be none.

    `name` keeps the ids of several runs on one page apart.
    """
    if isinstance(opened, str):
        return render("paragraph.html", lines=[f"No slider: {opened}"], kind="reason")
    traversal = opened.traversal
    sheets = fit_sheets(traversal, budget - _controls_size(traversal))
    if sheets is None:
        return render("paragraph.html", lines=[NO_ROOM], kind="reason")
    return render(
        "slider.html",
        name=name,
        notes=_notes(traversal, sheets, opened.note),
        sheets=sheets,
        shown=list(zip(traversal.bases, sheets.images, strict=False)),
        data=_script_data(traversal, sheets),
    )


def first_picture(traversal: Traversal) -> EmbeddedFigure:
    """Some images above their reconstructions, for the first screen of a run without figures."""
    data = picture_strip(
        [
            np.stack([base.original for base in traversal.bases]),
            np.stack([base.reconstruction for base in traversal.bases]),
        ]
    )
    view = EmbeddedView("", data, "image/png")
    return EmbeddedFigure("Reconstructions", "Images above what is decoded from their codes.", (view,))


def _controls_size(traversal: Traversal) -> int:
    """Roughly the characters of everything but the pictures."""
    return 3_000 + 600 * len(traversal.latents) * (1 + len(traversal.bases) // 2)


def _notes(traversal: Traversal, sheets: SpriteSheets, note: str) -> list[str]:
    """What a reader must know of the pictures."""
    notes = [EXPLANATION, note] if note else [EXPLANATION]
    if len(traversal.latents) < traversal.latent_dim:
        notes.append(
            f"{len(traversal.latents)} of {traversal.latent_dim} latents: those that change the picture most."
        )
    if sheets.reduced:
        notes.append("The pictures are reduced to fit this page.")
    return notes


def _script_data(traversal: Traversal, sheets: SpriteSheets) -> dict[str, object]:
    """What slider.js reads: the size of a frame, and of each base image the texts of all values by latent."""
    return {
        "frame": sheets.frame,
        "latents": [f"z{d}" for d in traversal.latents],
        "bases": [
            {
                "base_index": base.base_index,
                "texts": [_texts(traversal, values) for values in base.values],
            }
            for base in traversal.bases[: len(sheets.images)]
        ],
    }


def _texts(traversal: Traversal, values: np.ndarray) -> list[str]:
    """How each value is called: a number, or the token that a vector-quantised latent has."""
    if not traversal.ordered:
        return [f"token {value:.0f}" for value in values]
    count = len(values)
    return [
        f"{v:.3g} ({n} of {count})" if traversal.discrete else f"{v:.3g}" for n, v in enumerate(values, 1)
    ]
