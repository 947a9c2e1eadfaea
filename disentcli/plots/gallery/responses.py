"""Latent responses and interactions (Leeb et al., "Interventional Assays for the Latent Space", 2021)."""

from __future__ import annotations

import numpy as np

from ...metrics.responses import responses
from ...registry import figure
from ..active_latents import MEANING
from ..figure_context import FigureContext
from ..matrices import Labelled, heat_map
from ..render_figures import Still


@figure("responses")
def draw_responses(subject: FigureContext) -> list[Still]:
    """How latents answer, encoded anew, when another one is replaced, M, and how alike they answer, M Mᵀ."""
    rng = np.random.default_rng(subject.seed)
    matrix = responses(subject.codes, subject.inference.respond, rng)["response_matrix"]
    names = ("replaced latent", "answering latent")
    return [
        Still(
            "responses", heat_map(_labelled(matrix, "Latent responses M", names, "root mean square", subject))
        ),
        Still(
            "interactions",
            heat_map(
                _labelled(
                    matrix @ matrix.T, "Latent interactions M Mᵀ", ("latent", "latent"), "product", subject
                )
            ),
        ),
    ]


def _labelled(
    matrix: np.ndarray, title: str, axes: tuple[str, str], scale: str, subject: FigureContext
) -> Labelled:
    naming = subject.naming()
    labels = naming.of("latent")
    foot = MEANING if naming.dim else ""
    return Labelled(matrix, title, labels, labels, *axes, scale, foot=foot, dim=naming.dim)
