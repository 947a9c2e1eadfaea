"""Figures of matrices: those that metrics have stored, and latent responses and interactions."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from ...errors import Unsupported
from ...metrics.responses import responses
from ...registry import figure
from ...runs.results import idents, read_arrays, read_results
from ..figure_context import FigureContext
from ..matrices import LabelledMatrix, heat_map, hinton_diagram
from ..metric_arrays import is_matched, labelled_matrices
from ..render_figures import StaticFigure


@figure("matrices")
def draw_matrices(context: FigureContext) -> Iterator[StaticFigure]:
    """Every matrix over latents and factors in results of this step; rows in the order of their factors."""
    found, others = False, []
    for ident in idents(context.run):
        settings = read_results(context.run, ident).settings
        if settings.get("step", context.step) != context.step:
            others.append(f"{ident} is of step {settings['step']:,}")
            continue
        labels = context.axis_labels(varying_factors(settings))
        for name, matrix in labelled_matrices(read_arrays(context.run, ident), labels):
            found = True
            yield StaticFigure(f"{ident}_{name}", heat_map(matrix))
            if is_matched(matrix):
                yield StaticFigure(f"{ident}_{name}_hinton", hinton_diagram(matrix))
    if not found:
        known = f" of step {context.step:,} ({', '.join(others)})" if others else ""
        raise Unsupported(f"no metric has stored a matrix{known}; `fig eval-metrics --load RUN` does")


def varying_factors(settings: Mapping[str, Any]) -> list[str]:
    """The factors that metrics saw in an evaluation, as its settings name them."""
    left_out = settings.get("left_out") or []
    return [
        name for name, size in (settings.get("factors") or {}).items() if size != 1 and name not in left_out
    ]


@figure("responses")
def draw_responses(context: FigureContext) -> list[StaticFigure]:
    """How latents answer, encoded anew, when another one is replaced, M, and how alike they answer, M Mᵀ.

    Source: Leeb et al., "Interventional Assays for the Latent Space of Autoencoders", 2021.
    """
    context.check_decoder()
    rng = np.random.default_rng(context.seed)
    matrix = responses(context.codes, context.inference.respond, rng)["response_matrix"]
    names = ("replaced latent", "answering latent")
    answers = _over_latents(matrix, "Latent responses M", names, "root mean square", context)
    alike = _over_latents(
        matrix @ matrix.T, "Latent interactions M Mᵀ", ("latent", "latent"), "product", context
    )
    return [StaticFigure("responses", heat_map(answers)), StaticFigure("interactions", heat_map(alike))]


def _over_latents(
    matrix: np.ndarray, title: str, axes: tuple[str, str], scale: str, context: FigureContext
) -> LabelledMatrix:
    """A matrix (D, D) with the latents on both axes."""
    labels = context.axis_labels()
    names = labels.of("latent")
    least = (labels.code_scale or 0.0) ** (2 if scale == "product" else 1)
    top = max(float(np.nanmax(np.abs(matrix), initial=0.0)), least) or None
    return LabelledMatrix(
        matrix, title, names, names, *axes, scale, top, foot=labels.criterion, inactive=labels.inactive
    )
