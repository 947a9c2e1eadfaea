"""What `fig eval` measures and draws of a run: losses, reconstructions, samples, Fréchet distances."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from ..errors import Unsupported
from .factor_scores import factor_scores
from .model_scores import codebook_use, composition_errors, reconstruction_errors

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    import numpy as np

    from ..metrics.evaluate import EvaluationResult
    from .frechet import FrechetPlan, RealImages
    from .session import EvalSession

Scores = dict[str, dict[str, float | None]]


def measure_all(
    opened: EvalSession, indices: np.ndarray, seed: int, frechet: FrechetPlan | None, real: RealImages
) -> EvaluationResult:
    """Losses, the arrays of examples, and Fréchet distances where the call asks for them."""
    from ..metrics.evaluate import EvaluationResult

    start = time.perf_counter()
    scores, reasons = measure(opened, indices, seed)
    arrays, missing = collect_examples(opened, indices, seed)
    found = EvaluationResult(scores, reasons | missing, arrays)
    if frechet is not None:
        frechet.measure(opened.inference, indices, seed, real, found)
    found.seconds = {"all": time.perf_counter() - start}
    return found


def measure(opened: EvalSession, indices: np.ndarray, seed: int) -> tuple[Scores, dict[str, str]]:
    """Losses and reconstruction errors over these images; scores of predicted factors and the use of
    codebooks, where there are any.

    Losses are those of training, of codes drawn with this seed; reconstructions are of mean codes, and so are
    the compositions of a method that learns them: of these images, from two images that training may show.
    Beside them the reason for each that there is none of.
    """
    from ..data.views.triplets import composition_triplets
    from ..training.validation import mean_losses

    inference = opened.inference
    makers: dict[str, Callable[[], dict[str, float]]] = {
        "losses": lambda: mean_losses(
            inference.model, inference.items, indices, opened.trained_batch_size, opened.step, seed
        ),
        "reconstruction": lambda: reconstruction_errors(inference, indices),
    }
    if getattr(inference.model, "operator", None) is not None:
        makers["composition"] = lambda: composition_errors(
            inference,
            composition_triplets(inference.dataset, opened.splits.trainable, indices, len(indices), seed),
        )
    scores: Scores = {}
    reasons: dict[str, str] = {}
    for group, make in makers.items():
        try:
            scores[group] = dict(make())
        except Unsupported as reason:
            reasons[group] = str(reason)
    predicted, missing = factor_scores(opened.inference, indices)
    if predicted:
        scores["factors"], reasons = predicted, reasons | missing
    use = codebook_use(opened.inference, indices)
    if use:
        scores["codebooks"] = dict(use)
    return scores, reasons


def collect_examples(
    opened: EvalSession, indices: np.ndarray, seed: int
) -> tuple[dict[str, np.ndarray], dict[str, str]]:
    """Arrays of reconstructions, traversals and samples; the reason for each that there are none of."""
    from ..plots import sample_images

    def new_images() -> dict[str, np.ndarray]:
        images, source = sample_images.samples(opened.inference, seed)
        return {source: images}

    makers: dict[str, Callable[[], dict[str, np.ndarray]]] = {
        "reconstructions": lambda: sample_images.reconstructions(opened.inference, indices),
        "traversals": lambda: sample_images.traversals(opened.inference, indices, seed=seed),
        "samples": new_images,
    }
    arrays: dict[str, np.ndarray] = {}
    reasons: dict[str, str] = {}
    for group, make in makers.items():
        try:
            arrays |= {f"{group}/{name}": array for name, array in make().items()}
        except Unsupported as reason:
            reasons[group] = str(reason)
    return arrays, reasons


def draw(arrays: dict[str, np.ndarray], folder: Path) -> list[Path]:
    """The pictures of these arrays."""
    from ..plots.drawing import save
    from ..plots.image_grids import reconstruction_figure, sample_figure, traversal_figure

    paths = []
    if "reconstructions/inputs" in arrays:
        inputs, outputs = arrays["reconstructions/inputs"], arrays["reconstructions/outputs"]
        paths.append(save(reconstruction_figure(inputs, outputs), folder / "reconstructions.png"))
    if "traversals/images" in arrays:
        images, ranges, base = (arrays[f"traversals/{name}"] for name in ("images", "ranges", "base"))
        paths.append(save(traversal_figure(images, ranges, base=base), folder / "traversals.png"))
    for name, new in arrays.items():
        group, _, source = name.partition("/")
        if group == "samples":
            paths.append(save(sample_figure(new, source), folder / "samples.png"))
    return paths
