"""`fig compute-fid d/…`: statistics of real images, with which `fig eval` compares those of a run."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..config.coercion import Width
from ..config.root_settings import Setting
from ..errors import CallError
from ..registry import script

if TYPE_CHECKING:
    from ..config.settings import Settings

TAKES = "configs"
NODES = ("dataset", "view", "split")
NEEDS = ("dataset",)
SETTINGS = (
    Setting("fid-weights", str, None, "state dict of the FID Inception network; without it there is no FID"),
    Setting("fid.features", str, None, "inception, or pixels: a distance that needs no network"),
    Setting("fid.dim", Width, 2048, "features of the network: 64, 192, 768 or 2048"),
    Setting("fid.batch-size", Width, 50, "images that the network is shown at a time"),
    "mode",
    "limit",
    "seed",
    "device",
    "dataroot",
    "download",
    "cat",
    "quiet",
)


@script("compute-fid")
def compute_fid(settings: Settings) -> int:
    """Stores the statistics that FIDs compare with: fig compute-fid d/3ds --mode test --fid-weights FILE.

    `fig eval` computes and stores what it lacks of them itself.
    """
    from ..data.splits.splits import subsample_evenly
    from ..device import find_device
    from ..evaluation.fid_statistics import StatisticsStore
    from ..evaluation.frechet import read_frechet
    from ..experiment.data_setup import DatasetCache, build_data

    part, limit = settings.get("mode", "val"), settings.get("limit")
    plan = read_frechet(settings)
    if plan is None:
        raise CallError("fig compute-fid needs --fid-weights FILE, or --fid.features pixels")
    device = find_device(settings.get("device"))
    data = build_data(settings, DatasetCache(device))
    dataset = data.items.images
    found = data.splits.part(part, len(dataset))
    indices = found if limit is None else subsample_evenly(found, limit)
    store = StatisticsStore(settings.get("dataroot"), quiet=settings.get("quiet"))
    network = plan.network(dataset.shape).to(device)
    statistics = store.of(dataset, indices, part, network, plan.batch_size)
    print(f"{dataset.name}, {part}: {statistics.count:,} images, {network.dimension:,} features")
    return 0
