"""The layers that all of them train: disentanglement_lib's, at 3×64×64."""

from __future__ import annotations

from torch import nn

from disentcli.nets.dislib import DislibDecoder, DislibEncoder

SHAPE = (3, 64, 64)
CODES = 12


def encoder_and_decoder() -> tuple[nn.Module, nn.Module]:
    """Images to means and log-variances, codes to logits."""
    return DislibEncoder(SHAPE, 2 * CODES), DislibDecoder(CODES, SHAPE)
