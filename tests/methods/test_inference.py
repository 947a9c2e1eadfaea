"""Batched inference and reconstruction errors against one pass over everything and closed forms."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

from disentcli.data.public.cmnist import ColoredMNIST
from disentcli.errors import CallError, Unsupported
from disentcli.evaluation.model_scores import reconstruction_errors
from disentcli.methods.inference import Inference
from disentcli.plots import sample_images
from disentcli.runs.load import LoadedRun, load_run

from ..plots.oracle import Oracle
from ..toy_runs import VECTORS, make_run

DATA = str(Path(__file__).parents[1] / "data")  # holds mnist/


@pytest.fixture(scope="module")
def vae(tmp_path_factory: pytest.TempPathFactory) -> LoadedRun:
    return loaded(tmp_path_factory.mktemp("vae"), method="vae")


def loaded(folder: Path, **options) -> LoadedRun:
    run = make_run(folder, "toy", **options)
    return load_run(run.path, dataroot=folder / "data")


def test_batches_change_nothing(vae: LoadedRun) -> None:
    indices = np.array([5, 3, 11, 40, 63, 0, 9])
    small, whole = (Inference(vae.model, vae.dataset, size) for size in (3, 100))
    np.testing.assert_allclose(small.encode(indices), whole.encode(indices), atol=1e-5)
    codes = np.random.default_rng(0).normal(size=(7, 4))
    np.testing.assert_allclose(small.respond(codes), whole.respond(codes), atol=1e-4)
    np.testing.assert_allclose(small.decode(codes), whole.decode(codes), atol=1e-5)


def test_indices_outside_the_dataset_are_refused(vae: LoadedRun) -> None:
    inference = Inference(vae.model, vae.dataset)
    for wrong in (-1, 64):
        with pytest.raises(CallError, match=f"indices go from 0 to 63, got one of {wrong}"):
            inference.encode(np.array([3, wrong]))


def test_codes_of_another_size_or_that_are_not_finite_are_refused(vae: LoadedRun) -> None:
    inference = Inference(vae.model, vae.dataset)
    for ask in (inference.decode, inference.respond, inference.project):
        with pytest.raises(CallError, match=r"codes are expected as \(N, 4\), got float64 of shape \(2, 3\)"):
            ask(np.zeros((2, 3)))
        with pytest.raises(CallError, match="codes are expected to be finite, 1 of 8 numbers are not"):
            ask(np.array([[0.0, 0, 0, 0], [0, 0, np.nan, 0]]))


def test_reconstruction_errors_are_those_of_numpy(vae: LoadedRun) -> None:
    inference, indices = Inference(vae.model, vae.dataset, 7), np.arange(30)
    x, y = inference.images(indices).numpy().astype(float), inference.reconstruct(indices)
    errors = reconstruction_errors(inference, indices)
    assert errors["mse_per_pixel"] == pytest.approx(np.square(x - y).mean(), rel=1e-5)
    assert errors["mse_per_image"] == pytest.approx(np.square(x - y).sum(axis=(1, 2, 3)).mean(), rel=1e-5)
    cross_entropy = -(x * np.log(y) + (1 - x) * np.log(1 - y)).sum(axis=(1, 2, 3)).mean()
    assert errors["bce_per_image"] == pytest.approx(cross_entropy, rel=1e-4)
    psnr = -10 * np.log10(np.square(x - y).mean(axis=(1, 2, 3))).mean()
    assert errors["psnr"] == pytest.approx(psnr, rel=1e-5)


def test_vectors_have_no_cross_entropy(tmp_path: Path) -> None:
    vectors = loaded(tmp_path, data=VECTORS)
    errors = reconstruction_errors(Inference(vectors.model, vectors.dataset), np.arange(20))
    assert set(errors) == {"mse_per_pixel", "mse_per_image"}


def test_traversals_move_one_latent_through_its_codes(vae: LoadedRun) -> None:
    inference = Inference(vae.model, vae.dataset)
    indices = np.arange(len(vae.dataset))
    found = sample_images.traversals(inference, indices)
    codes = inference.draw_codes(indices, seed=0)
    np.testing.assert_allclose(found["ranges"], np.percentile(codes, [2.5, 97.5], axis=0).T, rtol=1e-5)
    assert found["images"].shape == (4, 9, 1, 32, 32)
    assert found["base"].shape == (1, 32, 32)


def test_drawn_codes_are_those_of_the_aggregate_posterior(vae: LoadedRun) -> None:
    inference, indices = Inference(vae.model, vae.dataset, 7), np.arange(20)
    noise = torch.randn(20, 4, generator=torch.Generator().manual_seed(3))
    with torch.no_grad():
        mean, logvar = vae.model.encoder(vae.dataset.batch(torch.arange(20))).chunk(2, dim=1)
    expected = (mean + (logvar / 2).exp() * noise).numpy()
    np.testing.assert_allclose(inference.draw_codes(indices, seed=3), expected, atol=1e-5)


def test_a_model_without_a_decoder_makes_no_images() -> None:
    inference = Inference(Oracle(), ColoredMNIST(DATA), representation="E_X")
    assert inference.encode(np.arange(3)).shape == (3, 3)
    for ask in (inference.decode, inference.respond):
        with pytest.raises(Unsupported, match="oracle has no decoder"):
            ask(np.zeros((1, 4)))
    with pytest.raises(Unsupported, match="oracle has no decoder"):
        inference.reconstruct(np.arange(3))
    with pytest.raises(Unsupported, match="oracle has no decoder"):
        reconstruction_errors(inference, np.arange(3))
    with pytest.raises(Unsupported, match="oracle has no decoder"):
        sample_images.samples(inference)


def test_samples_come_from_the_prior_the_sampler_or_nowhere(vae: LoadedRun, tmp_path: Path) -> None:
    images, source = sample_images.samples(Inference(vae.model, vae.dataset), seed=3)
    again, _ = sample_images.samples(Inference(vae.model, vae.dataset), seed=3)
    assert source == "prior"
    np.testing.assert_array_equal(images, again)
    plain = loaded(tmp_path / "plain")
    with pytest.raises(Unsupported, match="PlainLatent has no prior to draw codes from; stack `hybrid`"):
        sample_images.samples(Inference(plain.model, plain.dataset))
    mixed = loaded(tmp_path / "mixed", hybrid=True)
    assert sample_images.samples(Inference(mixed.model, mixed.dataset))[1] == "hybrid"
