"""Encoding a dataset for its metrics ÷ a bare loop over the same images: the same network and batches.

    python benchmarks/evaluation.py [--device cuda] [--pairs 30]

Ours is what `fig eval-metrics` does first: the codes of images that were not encoded before, in float32, into
a table. The bare loop gathers, converts, encodes and copies the codes to the host.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict

import numpy as np
import torch
from calls import parser
from machine import add_case
from networks import CASES, random_images
from paired import paired_ratio

from disentcli.data.dataset import Dataset
from disentcli.methods.autoencoder import Autoencoder
from disentcli.methods.inference import Inference
from disentcli.metrics.code_cache import CodeCache
from disentcli.training.malloc_tuning import disable_malloc_trim

NAMES = ("dislib-vae", "sae-12-32px")
BATCH = 128
BLOCK = 2_000  # images


def ours(model: Autoencoder, dataset: Dataset) -> Callable[[], None]:
    """Codes of the first images, encoded anew."""
    inference = Inference(model, dataset, batch_size=BATCH)
    places = np.arange(BLOCK)

    def run() -> None:
        CodeCache(inference.encode, len(dataset), quiet=True).get(places)

    return run


def by_hand(model: Autoencoder, images: torch.Tensor) -> Callable[[], None]:
    """The same, written out."""

    def run() -> None:
        with torch.no_grad():
            for part in torch.arange(BLOCK, device=images.device).split(BATCH):
                x = images[part].permute(0, 3, 1, 2).float().div_(255)
                model.latent.codes(model.encoder(x)).cpu().numpy()

    return run


def main() -> None:
    options = parser(__doc__, pairs=30).parse_args()
    disable_malloc_trim()
    for name in NAMES:
        case, images = CASES[name], random_images(CASES[name].shape)
        model = case.model(case.shape).to(options.device, memory_format=torch.channels_last).eval()
        assert isinstance(model, Autoencoder)
        a = ours(model, case.dataset(images).to(options.device))
        b = by_hand(model, torch.from_numpy(images).to(options.device))
        a(), b()  # warm up
        ratio = paired_ratio(a, b, pairs=options.pairs)
        row = {**asdict(ratio), "images_per_second": BLOCK / ratio.seconds_a}
        path = add_case("evaluation", name, row, options.device)
        print(f"{name:12}ours ÷ bare {ratio}; {BLOCK / ratio.seconds_a:,.0f} images a second", flush=True)
    print(f"written to {path}")


if __name__ == "__main__":
    main()
