"""Models with a ladder: gradients, many as one, compiled, saved, of every shape, trained, refused."""

from __future__ import annotations

import copy
from pathlib import Path

import pytest
import torch
from torch import Tensor
from torch.func import functional_call, stack_module_state, vmap

from disentcli.errors import CallError
from disentcli.latents.continuous import GaussianLatent, PlainLatent
from disentcli.methods.ae import AE
from disentcli.methods.autoencoder import Autoencoder
from disentcli.methods.vae import VAE
from disentcli.runs.records import read_scalars

from ..configs import trained
from .ladders import IMAGE, LARGE, VECTOR, decoder, encoder


def model(rungs: int = 4, shape: tuple[int, ...] = (1, 32, 32), *, vae: bool = True) -> Autoencoder:
    feature_dim = 24 if vae else 12
    parts = encoder(rungs, feature_dim, shape=shape), decoder(rungs, shape=shape)
    return VAE(GaussianLatent(12), *parts) if vae else AE(PlainLatent(12), *parts)


def objective(method: Autoencoder, batch: Tensor, noise: Tensor | None) -> Tensor:
    weights = method.weights(0)
    return sum(weights[term] * loss for term, loss in method(batch, noise).items())


@pytest.mark.parametrize("vae", [True, False])
@pytest.mark.parametrize("rungs", [12, 4])
@pytest.mark.parametrize("shape", [IMAGE, (1, 32, 32), VECTOR])
def test_gradients_reach_every_rung(rungs: int, shape: tuple[int, ...], vae: bool):
    method = model(rungs, shape, vae=vae)
    objective(method, torch.rand(4, *shape), torch.randn(4, 12) if vae else None).backward()
    for network in (method.encoder, method.decoder):
        for rung in network.rungs:
            assert all(parameter.grad.abs().sum() > 0 for parameter in rung.parameters())


def test_models_of_one_shape_run_as_one():
    methods = [model().double(), model().double()]
    with torch.no_grad():
        for parameter in methods[1].parameters():
            parameter += 0.01
    batch, noise = torch.rand(3, 1, 32, 32).double(), torch.randn(3, 12).double()
    stacked = vmap(lambda state: functional_call(methods[0], state, (batch, noise)), randomness="error")(
        stack_module_state(methods)[0]
    )
    for number, method in enumerate(methods):
        one = {term: losses[number] for term, losses in stacked.items()}
        torch.testing.assert_close(one, method(batch, noise))


def test_a_step_compiles():
    method, batch, noise = model(), torch.rand(3, 1, 32, 32), torch.randn(3, 12)
    torch.compiler.reset()
    compiled = torch.compile(copy.deepcopy(method), fullgraph=True, backend="eager")
    torch.testing.assert_close(compiled(batch, noise), method(batch, noise))


def test_state_goes_from_one_model_to_another(tmp_path: Path):
    method, other, batch = model(), model(), torch.rand(3, 1, 32, 32)
    with torch.no_grad():
        for parameter in method.parameters():
            parameter += 0.01
    torch.save(method.state_dict(), tmp_path / "state.pt")
    assert not torch.equal(other.reconstruct(batch), method.reconstruct(batch))
    other.load_state_dict(torch.load(tmp_path / "state.pt", weights_only=True))
    assert torch.equal(other.reconstruct(batch), method.reconstruct(batch))


@pytest.mark.parametrize("shape", [(1, 32, 32), (3, 64, 32), (7,)])
@pytest.mark.parametrize("residual", [False, True])
def test_any_shape_that_fits_is_read_and_made(shape: tuple[int, ...], residual: bool):
    options = {"shape": shape, "residual": residual}
    codes = encoder(6, **options)(torch.rand(2, *shape))
    assert codes.shape == (2, 12)
    assert decoder(6, **options)(codes).shape == (2, *shape)


def test_large_images_are_read_and_made():
    options = {"shape": LARGE, "convs": 16}
    codes = encoder(16, 32, 16, **options)(torch.rand(2, *LARGE))
    assert codes.shape == (2, 32)
    assert decoder(16, 16, **options)(codes[:, :16]).shape == (2, *LARGE)


@pytest.mark.parametrize(
    ("network", "options", "words"),
    [
        (encoder, {"latent_dim": 10}, "a latent of 10 cannot be cut into 12 equal groups for ladder's rungs"),
        (decoder, {"latent_dim": 32}, "set latent-dim to a multiple, as 24, or take another a/ladder/N"),
        (encoder, {"rungs": 5}, "ladder with 12 convs has room for [2, 3, 4, 6, 12] rungs, not 5"),
        (decoder, {"rungs": 16, "latent_dim": 16}, "room for [2, 3, 4, 6, 12] rungs, not 16"),
        (decoder, {"convs": 13}, "ladder has 12 or 16 convs, not 13"),
        (encoder, {"feature_dim": 60}, "the latent of 12 reads 60 features; use plain or gaussian"),
        (decoder, {"rung_channels": 32}, "rung-channels cannot be 32; take a quarter, 8"),
        (decoder, {"rung_channels": 4}, "width 28 is no multiple"),
        (decoder, {"shape": (1, 45, 45)}, "multiples of 32"),
    ],
)
def test_what_does_not_fit_is_refused_when_it_is_built(network, options: dict, words: str):
    with pytest.raises(CallError) as error:
        network(**options)
    assert words in str(error.value)


@pytest.mark.parametrize("names", ["a/ladder/12 m/vae", "hybrid a/ladder/4 m/ae", "a/ladder/2 coord m/vae"])
def test_it_learns_from_its_config(names: str, dataroot: Path, tmp_path: Path):
    few = {"dataset.orientations": 4, "dataset.positions": 4, "validation.freq": 4, "viz.freq": 0}
    run = trained(*names.split(), "d/sprites32", data=dataroot, runs=tmp_path, budget=12, **few)
    losses = [line["val/loss"] for line in read_scalars(run.path / "records") if "val/loss" in line]
    assert len(losses) == 3
    assert losses[0] > losses[1] > losses[2]
