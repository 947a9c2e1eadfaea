"""Which parameters decay: the groups of latent quantisation (Hsu et al., NeurIPS 2023)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .autoencoder import Autoencoder


def weight_decay_groups(method: Autoencoder, player: str = "model") -> list[dict[str, Any]]:
    """A player's parameters in two groups: those that decay, and those that are left alone.

    Left alone, without decay (θ ← θ − lr·λ·θ) and without clipping, are all named `bias` and all inside the
    latent. The rest takes the optimiser's weight decay λ: kernels, scales of norms, learned constants.
    Source: published code, train_ae.yaml.
    """
    inside_latent = {id(one) for one in method.latent.parameters()}
    biases = {id(one) for name, one in method.named_parameters() if name.rpartition(".")[2] == "bias"}
    spared = inside_latent | biases
    parameters = method.player_parameters()[player]
    groups: list[dict[str, Any]] = [
        {"params": [one for one in parameters if id(one) not in spared]},
        {"params": [one for one in parameters if id(one) in spared], "weight_decay": 0.0, "clip": False},
    ]
    return [group for group in groups if group["params"]]
