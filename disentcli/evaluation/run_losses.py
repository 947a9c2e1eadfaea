"""What `fig eval` measures and draws of a run: losses, reconstructions, samples, FID."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from ..errors import CallError, Unsupported
from .model_scores import codebook_use, inception_distances, reconstruction_errors

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    import numpy as np

    from ..config.settings import Settings
    from ..metrics.evaluate import EvaluationResult
    from .session import EvalSession

Scores = dict[str, dict[str, float | None]]


def measure_all(
    opened: EvalSession, indices: np.ndarray, seed: int, inception: Any, fid_samples: int
) -> EvaluationResult:
    """Losses, the arrays of examples, and FID where there is a network for it."""
    from ..metrics.evaluate import EvaluationResult

    start = time.perf_counter()
    scores, reasons = measure(opened, indices, seed)
    arrays, missing = collect_examples(opened, indices, seed)
    reasons |= missing
    if inception is not None:
        scores["fid"], missing = measure_fid(opened, inception, indices, fid_samples, seed)
        reasons |= missing
    return EvaluationResult(scores, reasons, arrays, {"all": time.perf_counter() - start})


def read_fid(settings: Settings) -> tuple[Any, int]:
    """The FID network, read before anything is computed, and with how many samples; None without weights."""
    weights, samples = settings.get("fid-weights"), settings.get("fid-samples")
    if weights is None:
        if settings.has("fid-samples"):
            raise CallError("--fid-samples needs the network of the FID: --fid-weights FILE")
        return None, samples
    from ..metrics.inception import load_inception

    return load_inception(weights), samples


def measure(opened: EvalSession, indices: np.ndarray, seed: int) -> tuple[Scores, dict[str, str]]:
    """Losses and reconstruction errors over these images; the use of codebooks, where there are any.

    Losses are those of training, of codes drawn with this seed; reconstructions are of mean codes. Beside
    them the reason for each that there is none of.
    """
    from ..training.validation import mean_losses

    inference = opened.inference
    makers: dict[str, Callable[[], dict[str, float]]] = {
        "losses": lambda: mean_losses(
            inference.model, inference.items, indices, opened.trained_batch_size, opened.step, seed
        ),
        "reconstruction": lambda: reconstruction_errors(inference, indices),
    }
    scores: Scores = {}
    reasons: dict[str, str] = {}
    for group, make in makers.items():
        try:
            scores[group] = dict(make())
        except Unsupported as reason:
            reasons[group] = str(reason)
    use = codebook_use(opened.inference, indices)
    if use:
        scores["codebooks"] = dict(use)
    return scores, reasons


def measure_fid(
    opened: EvalSession, inception: Any, indices: np.ndarray, samples: int, seed: int
) -> tuple[dict[str, float | None], dict[str, str]]:
    """FID of reconstructions and of new images, and the reason where one is null."""
    return inception_distances(opened.inference, inception, indices, samples, seed)


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
