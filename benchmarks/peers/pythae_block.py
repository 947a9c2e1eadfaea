"""pythae training the VAE of disentanglement_lib, as its users write it down."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import torch
from layers import CODES, SHAPE, encoder_and_decoder
from pythae.data.datasets import BaseDataset
from pythae.models import VAE, VAEConfig
from pythae.models.base.base_utils import ModelOutput
from pythae.models.nn import BaseDecoder, BaseEncoder
from pythae.trainers import BaseTrainer, BaseTrainerConfig
from torch import Tensor, nn

VERSIONS = ("pythae",)


class Encoder(BaseEncoder):
    """The layers, with the outputs that pythae wants."""

    def __init__(self, layers: nn.Module) -> None:
        super().__init__()
        self.layers = layers

    def forward(self, x: Tensor) -> ModelOutput:
        mean, logvar = self.layers(x).chunk(2, dim=1)
        return ModelOutput(embedding=mean, log_covariance=logvar)


class Decoder(BaseDecoder):
    """The layers and a sigmoid: pythae takes binary cross-entropy of probabilities."""

    def __init__(self, layers: nn.Module) -> None:
        super().__init__()
        self.layers = layers

    def forward(self, z: Tensor) -> ModelOutput:
        return ModelOutput(reconstruction=torch.sigmoid(self.layers(z)))


def block(images: np.ndarray, batch_size: int, folder: str) -> Callable[[], None]:
    """An epoch of its trainer over these images (N, H, W, C) uint8, which lie in RAM as floats."""
    encoder, decoder = encoder_and_decoder()
    config = VAEConfig(input_dim=SHAPE, latent_dim=CODES, reconstruction_loss="bce")
    data = torch.from_numpy(images).permute(0, 3, 1, 2).float().div(255).contiguous()
    trainer = BaseTrainer(
        VAE(config, encoder=Encoder(encoder), decoder=Decoder(decoder)),
        BaseDataset(data, torch.zeros(len(data))),
        training_config=BaseTrainerConfig(
            output_dir=folder, num_epochs=1, per_device_train_batch_size=batch_size, no_cuda=True
        ),
    )
    trainer.prepare_training()

    def run() -> None:
        trainer.train_step(epoch=1)

    return run
