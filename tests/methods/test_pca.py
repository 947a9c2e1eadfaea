"""Principal components, compared with scikit-learn's, and through the command's own path."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from sklearn.decomposition import PCA as Reference

from disentcli import load_run
from disentcli.errors import CallError
from disentcli.latents.continuous import PlainLatent
from disentcli.methods.pca import PCA
from disentcli.nets.dislib import DislibEncoder
from disentcli.nets.encoder_decoder import LinearDecoder, LinearEncoder

from ..configs import trained

SHAPE = (1, 6, 5)


def images(n: int = 200) -> torch.Tensor:
    rng = np.random.default_rng(0)
    mixed = rng.normal(size=(n, 4)) @ rng.normal(size=(4, 30)) + 0.1 * rng.normal(size=(n, 30))
    return torch.from_numpy(mixed * 0.05 + 0.5).float().reshape(n, *SHAPE)


def fitted(latent_dim: int = 3) -> PCA:
    model = PCA(PlainLatent(latent_dim), LinearEncoder(SHAPE, latent_dim), LinearDecoder(latent_dim, SHAPE))
    model.init_from_data(images())
    return model


def test_codes_and_reconstructions_are_scikit_learns() -> None:
    x = images()
    rows = x.flatten(1).double().numpy()
    reference = Reference(3, svd_solver="full").fit(rows)
    model = fitted()
    with torch.no_grad():
        codes = model.encode(x).double().numpy()
        outputs = model.decoder(model.encode(x)).flatten(1).double().numpy()
    expected = reference.transform(rows)
    signs = np.sign((codes * expected).sum(axis=0))
    assert np.allclose(codes, expected * signs, atol=1e-5)
    assert np.allclose(outputs, reference.inverse_transform(expected), atol=1e-5)


def test_the_loss_is_the_variance_that_is_left_out() -> None:
    rows = images().flatten(1).double().numpy()
    left_out = np.sort(np.linalg.eigvalsh(np.cov(rows.T, ddof=0)))[:-3].sum()
    with torch.no_grad():
        assert fitted().losses(images())["reconstruction"].item() == pytest.approx(left_out, rel=1e-4)


def test_fewer_images_than_pixels_have_components_too() -> None:
    """Centred rows of so few images add up to nothing, from where the search must not begin."""
    x = images(12)
    model = PCA(PlainLatent(3), LinearEncoder(SHAPE, 3), LinearDecoder(3, SHAPE))
    model.init_from_data(x)
    rows = x.flatten(1).double().numpy()
    expected = Reference(3, svd_solver="full").fit_transform(rows)
    with torch.no_grad():
        codes = model.encode(x).double().numpy()
    assert np.allclose(codes, expected * np.sign((codes * expected).sum(axis=0)), atol=1e-5)


def test_two_fits_are_equal() -> None:
    one, two = fitted(), fitted()
    assert all(torch.equal(a, b) for a, b in zip(one.parameters(), two.parameters(), strict=True))


def test_more_directions_than_there_are_is_a_wrong_call() -> None:
    with pytest.raises(CallError, match="set --latent-dim lower than 30"):
        fitted(30)


def test_another_network_is_a_wrong_call() -> None:
    with pytest.raises(CallError, match="pca is linear"):
        PCA(PlainLatent(2), DislibEncoder((1, 16, 16), 2), LinearDecoder(2, (1, 16, 16)))  # type: ignore[arg-type]


def test_the_config_makes_a_whole_run_without_training(tmp_path: Path) -> None:
    run = trained("m/pca", "d/sprites32", data=tmp_path / "data", runs=tmp_path, budget=0)
    loaded = load_run(run.path, dataroot=tmp_path / "data")
    places = torch.as_tensor(loaded.splits.train[:500])
    with torch.no_grad():
        x = loaded.dataset.batch(places)
        error = (loaded.model.reconstruct(x) - x).square().mean()
        mean_image = (x.mean(0) - x).square().mean()
    assert error < 0.6 * mean_image


def test_the_untrained_network_stays_as_it_is_initialised(tmp_path: Path) -> None:
    run = trained("m/untrained", "d/sprites32", data=tmp_path / "data", runs=tmp_path, budget=0)
    assert run.info()["step"] == 0
