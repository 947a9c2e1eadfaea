"""`fig eval`: losses, reconstructions and samples of a run."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from ..registry import script
from .evaluation import find_run, open_run
from .settings import Setting

if TYPE_CHECKING:
    import numpy as np

    from ..console.settings import Settings
    from .evaluation import Opened

SETTINGS = (
    "load",
    "checkpoint",
    "mode",
    "device",
    "saveroot",
    "dataroot",
    "dataset.batch-size",
    "quiet",
    "ident",
    "limit",
    "overwrite",
    "seed",
    Setting("fid-weights", str, None, "state dict of the FID Inception network; without it there is no FID"),
    Setting("fid-samples", int, 50000, "new images that the FID of samples compares with the data"),
)
TAKES = "configs"


@script("eval")
def evaluate(settings: Settings) -> int:
    """Measures a run's losses over a whole split, draws reconstructions and samples: fig eval --load RUN."""
    from ..runs.results import check_free, write_results

    run, mode = find_run(settings), settings.get("mode")
    ident, overwrite = settings.get("ident") or f"eval-{mode}", settings.get("overwrite")
    check_free(run, ident, overwrite=overwrite)
    limit, seed = settings.get("limit"), settings.get("seed")
    inception, fid_samples = find_inception(settings), settings.get("fid-samples")
    opened = open_run(settings, run)
    indices = opened.indices(mode, limit)

    start = time.perf_counter()
    scores = measure(opened, indices)
    measured = time.perf_counter()
    arrays, reasons = collect_examples(opened, indices, seed)
    figures = draw(arrays, run.path / "figures" / ident)
    drawn = time.perf_counter()
    if inception is not None:
        from ..analysis.distances import inception_distances

        scores["fid"], no_fid = inception_distances(opened.inference, inception, indices, fid_samples, seed)
        reasons |= no_fid
    path = write_results(
        run,
        ident,
        scores,
        reasons=reasons,
        settings={"mode": mode, "images": len(indices), "limit": limit, "seed": seed, "step": opened.step},
        seconds={
            "losses": measured - start,
            "figures": drawn - measured,
            "fid": time.perf_counter() - drawn,
        },
        arrays=arrays,
        overwrite=overwrite,
    )
    title = f"{run.name}, step {opened.step:,}: {len(indices):,} images of {mode}"
    show(title, scores, reasons, [path, *figures])
    return 0


def find_inception(settings: Settings) -> Any:
    """The FID network, read before anything is computed; None where no weights are given."""
    weights = settings.get("fid-weights")
    if weights is None:
        return None
    from ..metrics.inception import load_inception

    return load_inception(weights)


def measure(opened: Opened, indices: np.ndarray) -> dict[str, dict[str, float | None]]:
    """Losses and reconstruction errors over these images."""
    from ..analysis.losses import mean_losses, reconstruction_errors

    return {
        "losses": dict(mean_losses(opened.inference, indices, opened.step)),
        "reconstruction": dict(reconstruction_errors(opened.inference, indices)),
    }


def collect_examples(
    opened: Opened, indices: np.ndarray, seed: int
) -> tuple[dict[str, np.ndarray], dict[str, str]]:
    """Arrays of reconstructions, traversals and samples; the reason where there are no samples."""
    from ..analysis import examples
    from ..errors import Unsupported

    groups = {
        "reconstructions": examples.reconstructions(opened.inference, indices),
        "traversals": examples.traversals(opened.inference, indices),
    }
    reasons = {}
    try:
        images, source = examples.samples(opened.inference, seed)
        groups["samples"] = {source: images}
    except Unsupported as reason:
        reasons["samples"] = str(reason)
    return {f"{group}/{name}": array for group, one in groups.items() for name, array in one.items()}, reasons


def draw(arrays: dict[str, np.ndarray], folder: Any) -> list[Any]:
    """The pictures of these arrays."""
    from ..analysis import figures

    inputs, outputs = arrays["reconstructions/inputs"], arrays["reconstructions/outputs"]
    images, ranges = arrays["traversals/images"], arrays["traversals/ranges"]
    paths = [
        figures.draw_reconstructions(inputs, outputs, folder / "reconstructions.png"),
        figures.draw_traversals(images, ranges, folder / "traversals.png"),
    ]
    for name, new in arrays.items():
        group, _, source = name.partition("/")
        if group == "samples":
            paths.append(figures.draw_samples(new, source, folder / "samples.png"))
    return paths


def show(
    title: str, scores: dict[str, dict[str, float | None]], reasons: dict[str, str], paths: list[Any]
) -> None:
    """Print the scores as a table, why some are null, and where everything lies."""
    from ..analysis.table import score_text, show_table

    rows = [
        (group if name == group else f"{group}.{name}", score_text(value))
        for group, values in scores.items()
        for name, value in values.items()
    ]
    show_table(("score", "value"), rows, title)
    for name, reason in reasons.items():
        print(f"no {name}: {reason}")
    print(f"results: {paths[0]}")
    if len(paths) > 1:
        names = ", ".join(path.name for path in paths[1:])
        print(f"figures: {paths[1].parent} ({names})")
