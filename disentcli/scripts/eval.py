"""`fig eval`: losses, reconstructions and samples of a run."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from ..config.coercion import PositiveInt, Width
from ..config.root_settings import Setting
from ..evaluation.session import find_run, open_run, results_path, show
from ..registry import script

if TYPE_CHECKING:
    from ..config.settings import Settings

SETTINGS = (
    "load",
    "checkpoint",
    "mode",
    "ident",
    "overwrite",
    "limit",
    "seed",
    Setting("fid-weights", str, None, "state dict of the FID Inception network; without it there is no FID"),
    Setting(
        "fid-samples",
        PositiveInt,
        50000,
        "new images that the FID compares with the data; also --fid.samples",
    ),
    Setting("fid.features", str, None, "inception, or pixels: a distance that needs no network"),
    Setting("fid.dim", Width, 2048, "features of the network: 64, 192, 768 or 2048"),
    Setting("fid.batch-size", Width, 50, "images that the network is shown at a time"),
    Setting("skip-rec-fid", bool, False, "no FID of reconstructions"),
    Setting("skip-hyb-fid", bool, False, "no FID of samples where they are hybrids"),
    "device",
    "saveroot",
    "path",
    "dataroot",
    "download",
    "data-changed",
    "dataset.batch-size",
    "quiet",
)
TAKES = "configs"
NODES = ()


@script("eval")
def evaluate(settings: Settings) -> int:
    """Measures a run's losses over a whole split, draws reconstructions and samples: fig eval --load RUN."""
    from ..evaluation.fid_statistics import StatisticsStore
    from ..evaluation.frechet import read_frechet
    from ..evaluation.resumable_results import ResultsWriter
    from ..evaluation.run_losses import draw, measure_all
    from ..runs.loggers.collection import log_results

    run, mode = find_run(settings), settings.get("mode", "val")
    ident, overwrite = settings.get("ident") or f"eval-{mode}", settings.get("overwrite")
    results, folder = results_path(run, ident), run.path / "figures" / ident
    with ResultsWriter(results, overwrite, folder) as target:
        limit, seed, dataroot = settings.get("limit"), settings.get("seed"), settings.get("dataroot")
        frechet, store = read_frechet(settings), StatisticsStore(dataroot, quiet=settings.get("quiet"))
        opened = open_run(settings, run)
        indices, sampling = opened.indices(mode, limit)
        about = {
            "mode": mode,
            "images": len(indices),
            "sampling": sampling,
            "limit": limit,
            "seed": seed,
            "step": opened.step,
            "codes": {"losses": "drawn", "reconstruction": "mean"},
            "loss_batch_size": opened.trained_batch_size,
            "fid_samples": frechet.samples if frechet else None,
            **({"fid": frechet.describe(opened.inference.dataset.shape)} if frechet else {}),
            **opened.data.settings(),
        }
        found = target.begin(about)
        if not found.scores:
            real = partial(store.of, opened.inference.dataset, indices, mode)
            found = measure_all(opened, indices, seed, frechet, real)
            target.save(found, list(found.scores))
        log_results(run, ident)
        figures = draw(found.arrays, folder)
        target.finish()
    title = (
        f"{run.name}, step {opened.step:,}: {sampling}, seed {seed}; losses of drawn codes, "
        "reconstruction of mean codes"
    )
    show(title, found, results, figures)
    return 0
