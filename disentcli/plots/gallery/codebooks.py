"""How a discrete latent uses the values of its codebooks."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import torch

from ...errors import Unsupported
from ...latents.discrete import DiscreteLatent, perplexity
from ...registry import figure
from ..drawing import PAGE, entitle, new_figure, paper_style
from ..figure_context import FigureContext
from ..palette import SEQUENTIAL
from ..render_figures import Still

if TYPE_CHECKING:
    from matplotlib.figure import Figure

ROW = 0.24  # inches


@figure("codebooks")
def draw_codebooks(subject: FigureContext) -> list[Still]:
    """The share of images that have each value of each latent, and how many values are used in effect."""
    if not isinstance(subject.latent, DiscreteLatent):
        raise Unsupported("the latent is continuous: it has no codebooks")
    codes = torch.from_numpy(subject.codes).to(subject.inference.device)
    usage = subject.latent.usage(codes).cpu()
    return [Still("codebooks", usage_figure(usage.numpy(), subject.latent.sizes, perplexity(usage).numpy()))]


@paper_style()
def usage_figure(usage: np.ndarray, sizes: tuple[int, ...], spread: np.ndarray) -> Figure:
    """Counts (D, V) as shares, each latent's most frequent value first; blank where there are fewer."""
    shares = -np.sort(-usage / usage.sum(axis=1, keepdims=True), axis=1)
    shares = np.where(np.arange(usage.shape[1]) < np.array(sizes)[:, None], shares, np.nan)
    most = max(int((usage > 0).sum(axis=1).max()), 2)
    shares = shares[:, :most]
    figure = new_figure(PAGE, 1.3 + min(ROW * len(usage), 7.0))
    axes = figure.add_subplot()
    extent = (0.5, most + 0.5, len(usage) - 0.5, -0.5)
    image = axes.imshow(
        shares, cmap=SEQUENTIAL, vmin=0, aspect="auto", interpolation="nearest", extent=extent
    )
    labels = [f"z{d}: {many:.1f} of {size}" for d, (many, size) in enumerate(zip(spread, sizes, strict=True))]
    every = -(-len(labels) // 36)
    axes.set_yticks(range(0, len(labels), every), labels[::every])
    axes.locator_params(axis="x", integer=True)
    axes.set(xlabel="value of the codebook, the most frequent first", ylabel="latent: values used in effect")
    axes.tick_params(length=0)
    figure.colorbar(image, ax=axes, label="share of images")
    unused = f"; no latent has more than {most} values" if most < max(sizes) else ""
    foot = f"values used in effect: the perplexity of a latent's values{unused}"
    entitle(figure, "Use of the codebooks", foot)
    return figure
