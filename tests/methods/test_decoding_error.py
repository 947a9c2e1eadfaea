"""Errors of images decoded from given codes, against torch on all images at once."""

from __future__ import annotations

from pathlib import Path
from types import MappingProxyType

import numpy as np
import pytest
import torch
import torch.nn.functional as F

from disentcli import load_run
from disentcli.errors import Unsupported
from disentcli.methods.decoding_error import DecodingErrors
from disentcli.methods.inference import Inference

from ..toy_runs import PLAIN, make_run

INDICES = np.arange(3, 50, 2)


@pytest.fixture(scope="module")
def inference(tmp_path_factory: pytest.TempPathFactory) -> Inference:
    folder = tmp_path_factory.mktemp("errors")
    run = make_run(folder, "sprites")
    loaded = load_run(run.path, dataroot=folder / "data")
    return Inference(loaded.model, loaded.items, 7)


def test_errors_are_those_of_all_images_at_once(inference: Inference) -> None:
    codes = np.random.default_rng(0).normal(size=(len(INDICES), 4))
    found = DecodingErrors(inference).of_codes(INDICES, codes)
    images = inference.images(INDICES)
    with torch.no_grad():
        logits = inference.model.decoder(torch.from_numpy(codes).float())
    expected = F.binary_cross_entropy_with_logits(logits.double(), images.double(), reduction="sum")
    assert found.nll_per_image == pytest.approx(float(expected) / len(INDICES), rel=1e-5)
    squares = (logits.sigmoid() - images).square().mean()
    assert found.mse_per_pixel == pytest.approx(float(squares), rel=1e-5)


def test_no_decoder_does_better_than_the_images_themselves(inference: Inference) -> None:
    images = inference.images(INDICES).double()
    entropy = F.binary_cross_entropy(images, images, reduction="sum") / len(INDICES)
    assert DecodingErrors(inference).least_nll(INDICES) == pytest.approx(float(entropy), abs=1e-6)


def test_differences_to_the_mean_image_are_the_variance_of_its_images(inference: Inference) -> None:
    errors, images = DecodingErrors(inference), inference.images(INDICES).double()
    mean = errors.mean_image(INDICES)
    torch.testing.assert_close(mean, images.mean(0))
    assert errors.of_image(INDICES, mean) == pytest.approx(float(images.var(0, correction=0).mean()))


def test_codes_between_the_values_of_a_codebook_become_the_nearest(tmp_path: Path) -> None:
    run = make_run(tmp_path, "quantised", method="qlae", latent={"_type": "quantized", "num_values": 3})
    loaded = load_run(run.path, dataroot=tmp_path / "data")
    quantised = Inference(loaded.model, loaded.items)
    codes = quantised.encode(INDICES)
    errors = DecodingErrors(quantised)
    assert errors.of_codes(INDICES, codes + 1e-3) == errors.of_codes(INDICES, codes)


def test_the_outputs_of_pca_are_pixels(tmp_path: Path) -> None:
    linear = {"_type": "linear"}
    run = make_run(tmp_path, "pca", method="pca", latent=PLAIN, layers=linear)
    loaded = load_run(run.path, dataroot=tmp_path / "data")
    pca = Inference(loaded.model, loaded.items)
    codes, images = pca.encode(INDICES), pca.images(INDICES).double().numpy()
    found = DecodingErrors(pca).of_codes(INDICES, codes)
    assert found.mse_per_pixel == pytest.approx(((pca.decode(codes) - images) ** 2).mean(), rel=1e-5)
    with torch.no_grad():
        outputs = loaded.model.decoder(torch.from_numpy(codes).float()).double().numpy()
    squares = ((outputs - images) ** 2).sum(axis=(1, 2, 3)).mean()
    assert found.nll_per_image == pytest.approx(squares, rel=1e-5)
    assert DecodingErrors(pca).least_nll(INDICES) == 0  # of a squared error, though sprites are grey at edges


def test_a_model_without_a_decoder_is_refused(inference: Inference) -> None:
    class Encoder(torch.nn.Linear):
        short_name = "encoder"
        reads_labels = False
        representation_names = MappingProxyType({"codes": 0})

        def resolve_representation(self, name: str | None) -> str:
            return "codes"

    with pytest.raises(Unsupported, match="encoder has no decoder"):
        DecodingErrors(Inference(Encoder(1, 1), inference.items)).of_codes(
            INDICES, np.zeros((len(INDICES), 4))
        )
