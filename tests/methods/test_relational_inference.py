"""Errors of decoded images against numpy, the nearest image against a search, batches against one."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from disentcli.methods.relational_inference import RelationalInference

from ..metrics.relation_toys import Applied, Judged, on_grid, translate


def test_errors_are_means_over_pixels() -> None:
    images = on_grid()
    model: Judged = images.model  # type: ignore[assignment]
    codes, truth = images.encode(np.arange(5)), np.array([7, 8, -1, 3, 4])
    found = model.of_codes(codes, truth, images.train_classifier(1), np.arange(6))
    decoded, real = (
        model.inference.dataset.batch(torch.from_numpy(one)).double().numpy().reshape(5, -1)
        for one in (np.arange(5), truth.clip(0))
    )
    known = truth >= 0
    np.testing.assert_allclose(found.mse[known], ((decoded - real) ** 2).mean(axis=1)[known], rtol=1e-5)
    with np.errstate(divide="ignore"):
        logs = [np.maximum(np.log(p), -100) for p in (decoded, 1 - decoded)]  # as PyTorch bounds them
    entropy = -(real * logs[0] + (1 - real) * logs[1]).mean(axis=1)
    np.testing.assert_allclose(found.bce[known], entropy[known], rtol=1e-4)
    assert np.isnan(found.mse[2])
    assert np.isnan(found.bce[2])


def test_batches_do_not_matter_and_the_nearest_is_found() -> None:
    images = on_grid(translate)
    whole = images.model
    small = RelationalInference(Applied(whole.inference.model, 7))  # type: ignore[arg-type, attr-defined]
    codes, pool = images.encode(images.part), np.array([50, 3, 20, 61])
    for one, other in zip(whole.classify(codes), small.classify(codes), strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-5)
    np.testing.assert_allclose(whole.apply(codes, 1), small.apply(codes, 1), atol=1e-6)
    pixels = small.inference.dataset.batch(torch.from_numpy(images.part)).double().numpy().reshape(72, -1)
    distances = ((pixels[:, None] - pixels[pool]) ** 2).sum(axis=2)
    np.testing.assert_array_equal(small.nearest(codes, pool), pool[distances.argmin(axis=1)])


def test_regions_considered_are_those_given() -> None:
    images = on_grid()
    few = np.array([1, 4])
    regions, density = images.model.classify(images.encode(images.part), few)
    every = images.model.inference.model.prior.region_log_prob(  # type: ignore[attr-defined]
        torch.from_numpy(images.encode(images.part)).float()
    )
    expected, place = every[:, few].max(1)
    np.testing.assert_array_equal(regions, few[place.numpy()])
    np.testing.assert_allclose(density, expected.numpy(), rtol=1e-6)
    floor = images.model.mean_variance()
    prior = images.model.inference.model.prior  # type: ignore[attr-defined]
    traces = [float(torch.trace(one @ one.T)) / 3 for one in prior.cholesky]
    assert floor == pytest.approx(traces)
