"""disent training the VAE of disentanglement_lib with Lightning, as its users write it down."""

from __future__ import annotations

import time
import warnings
from collections.abc import Callable
from typing import Any

import lightning
import numpy as np
from disent.dataset import DisentDataset
from disent.dataset.data import ArrayGroundTruthData
from disent.dataset.transform import ToImgTensorF32
from disent.frameworks.vae import Vae
from disent.model import AutoEncoder, DisentDecoder, DisentEncoder
from layers import CODES, SHAPE, encoder_and_decoder
from torch import Tensor, nn
from torch.utils.data import DataLoader

VERSIONS = ("disent", "lightning")


class Encoder(DisentEncoder):
    """The layers, as disent knows encoders."""

    def __init__(self, layers: nn.Module) -> None:
        super().__init__(x_shape=SHAPE, z_size=CODES, z_multiplier=2)
        self.layers = layers

    def encode(self, x: Tensor) -> Tensor:
        return self.layers(x)


class Decoder(DisentDecoder):
    """The layers, as disent knows decoders."""

    def __init__(self, layers: nn.Module) -> None:
        super().__init__(x_shape=SHAPE, z_size=CODES)
        self.layers = layers

    def decode(self, z: Tensor) -> Tensor:
        return self.layers(z)


class Clock(lightning.Callback):
    """Seconds of the training itself, without what Lightning does before and after it."""

    def on_train_start(self, trainer: Any, module: Any) -> None:
        self.start = time.perf_counter()

    def on_train_end(self, trainer: Any, module: Any) -> None:
        self.seconds = time.perf_counter() - self.start


def block(images: np.ndarray, batch_size: int, folder: str) -> Callable[[], float]:
    """An epoch of Lightning's trainer over these images (N, H, W, C) uint8; it tells its seconds."""
    warnings.filterwarnings("ignore", module="lightning")
    encoder, decoder = encoder_and_decoder()
    framework = Vae(
        model=AutoEncoder(Encoder(encoder), Decoder(decoder)),
        cfg=Vae.cfg(
            optimizer="adam", optimizer_kwargs={"lr": 1e-4}, recon_loss="bce", loss_reduction="mean_sum"
        ),
    )
    data = ArrayGroundTruthData(images, ("image",), (len(images),), transform=ToImgTensorF32())
    loader = DataLoader(DisentDataset(data), batch_size=batch_size, shuffle=True)
    clock = Clock()

    def run() -> float:
        trainer = lightning.Trainer(
            max_epochs=1,
            accelerator="cpu",
            enable_checkpointing=False,
            default_root_dir=folder,
            callbacks=[clock],
        )
        trainer.fit(framework, loader)
        return clock.seconds

    return run
