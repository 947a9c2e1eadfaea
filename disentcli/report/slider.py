"""The slider traversal of a page: sheets of frames, a slider a latent, and what slider.js needs to know."""

from __future__ import annotations

import json
from collections.abc import Callable

import numpy as np

from ..errors import DisentError
from ..methods.inference import Inference
from .markup import Markup, data_uri, joined, tag
from .sprite_sheets import Sheets, fit_sheets
from .traversal_frames import Traversal, traverse

# a model on its data, the images to start from, and what a reader must know of the data
Opener = Callable[[], tuple[Inference, np.ndarray, str]]

EXPLANATION = (
    "Each picture is the decoder's output for the base image's code with one latent changed: a slider moves "
    "its own latent and leaves the others as they are in the base image."
)


def slider(name: str, open_model: Opener, room: int) -> Markup:
    """The slider traversal of one run, in `room` characters; the reason where there can be none.

    `name` keeps the ids of several runs on one page apart.
    """
    try:
        inference, indices, note = open_model()
        traversal = traverse(inference, indices)
    except DisentError as error:
        return tag("p", f"No slider: {error}", on={"class": "reason"})
    sheets = fit_sheets(traversal, room - _controls_size(traversal))
    if sheets is None:
        return tag("p", "No slider: this page has no room for its pictures; make a page of fewer runs.")
    parts = _parts(name, traversal, sheets, note)
    return tag("div", *parts, on={"class": "traversal", "data-traversal": ""})


def _controls_size(traversal: Traversal) -> int:
    """Roughly the characters of everything but the pictures."""
    return 3_000 + 600 * len(traversal.latents) * (1 + len(traversal.bases) // 2)


def _parts(name: str, traversal: Traversal, sheets: Sheets, note: str) -> list[Markup]:
    count = len(sheets.images)
    notes = [EXPLANATION, note] if note else [EXPLANATION]
    if len(traversal.latents) < traversal.latent_dim:
        notes.append(
            f"{len(traversal.latents)} of {traversal.latent_dim} latents: those that change the picture most."
        )
    if sheets.reduced:
        notes.append("The pictures are reduced to fit this page.")
    data = json.dumps(_data(traversal, sheets), separators=(",", ":")).replace("<", "\\u003c")
    controls = [_bases(name, traversal, count, sheets), _stage(sheets), _sliders(name, traversal, sheets)]
    return [
        tag("p", " ".join(notes), on={"class": "reason"}),
        tag("script", Markup(data), on={"type": "application/json"}),
        tag("div", *_pictures(traversal, sheets), on={"class": "sheets"}),
        tag("div", *controls, on={"class": "controls", "hidden": ""}),
    ]


def _data(traversal: Traversal, sheets: Sheets) -> dict[str, object]:
    """What slider.js reads: a frame's size; for each base and latent its own step and the texts of all."""
    return {
        "frame": sheets.frame,
        "latents": [f"z{d}" for d in traversal.latents],
        "bases": [
            {"own": moves.own, "texts": [_texts(traversal, values) for values in moves.values]}
            for moves in traversal.bases[: len(sheets.images)]
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


def _pictures(traversal: Traversal, sheets: Sheets) -> list[Markup]:
    """The sheets themselves, which a reader without JavaScript sees as they are."""
    rows = ", ".join(f"z{d}" for d in traversal.latents)
    return [
        tag(
            "img",
            on={
                "alt": f"Traversals of {moves.name}: a row each for {rows}",
                "src": data_uri(data, "image/png"),
            },
        )
        for moves, data in zip(traversal.bases, sheets.images, strict=False)
    ]


def _canvas(sheets: Sheets, on: dict[str, str]) -> Markup:
    width, height = sheets.frame
    return tag("canvas", on={"width": str(width), "height": str(height), **on})


def _bases(name: str, traversal: Traversal, count: int, sheets: Sheets) -> Markup:
    choices = []
    for n, moves in enumerate(traversal.bases[:count]):
        chosen = {"checked": ""} if n == 0 else {}
        radio = tag("input", on={"type": "radio", "name": f"{name}-base", "value": str(n), **chosen})
        choices.append(tag("label", radio, _canvas(sheets, {"aria-hidden": "true"}), tag("span", moves.name)))
    return tag("fieldset", tag("legend", "Base image"), *choices, on={"class": "bases"})


def _stage(sheets: Sheets) -> Markup:
    """The base image, its reconstruction, and the latest move, large."""
    shown = (("original", "base image"), ("reconstruction", "its reconstruction"), ("moved", "move a slider"))
    figures = []
    for role, words in shown:
        label = {"role": "img", "aria-label": words, "data-role": role}
        spoken = {"aria-live": "polite"} if role == "moved" else {}
        figures.append(tag("figure", _canvas(sheets, label), tag("figcaption", words, on=spoken)))
    return tag("div", *figures, on={"class": "stage"})


def _sliders(name: str, traversal: Traversal, sheets: Sheets) -> Markup:
    rows = []
    for d in traversal.latents:
        ident = f"{name}-z{d}"
        rows.append(
            tag(
                "div",
                _canvas(sheets, {"role": "img", "aria-label": f"z{d} moved"}),
                tag("label", f"z{d}", on={"for": ident}),
                tag("input", on={"type": "range", "id": ident, "min": "0", "step": "1"}),
                tag("output", on={"for": ident}),
                on={"class": "latent"},
            )
        )
    reset = tag("button", "Back to the base image", on={"type": "button"})
    return joined([tag("div", *rows, on={"class": "latents"}), reset])
