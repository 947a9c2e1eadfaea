"""Labelled batches: their order, what a run makes of them, that it resumes bit for bit, what is refused."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

from disentcli.errors import CallError
from disentcli.latents.continuous import GaussianLatent
from disentcli.methods.factorvae import FactorVAE
from disentcli.methods.loss_schedules import DelayedSchedule
from disentcli.methods.method import Method
from disentcli.methods.supervision import EmbeddingSupervision, SquaredErrorSupervision
from disentcli.methods.vae import VAE
from disentcli.runs import checkpoint
from disentcli.runs.records import read_scalars
from disentcli.runs.run import Run
from disentcli.training.labelled_batches import LabelledBatchSampler, labelled_batches
from disentcli.training.loop import train
from disentcli.training.optim import adam
from disentcli.training.rng import seed_everything
from disentcli.training.state import TrainingState

from ..configs import trained
from . import tiny_world as tiny

SIZES = (4, 5)


def dataset() -> tiny.Dataset:
    """The tiny images, with the row of the bar as a factor, and one that cannot be seen."""
    images = tiny.dataset()
    labels = np.stack([np.arange(240) % 4, np.arange(240) // 4 % 5], axis=1)
    rows = images.batch(torch.arange(240)).mul(255).round().byte().flatten(1).numpy()
    return tiny.Dataset(
        "tiny", rows, tiny.SHAPE, labels=labels, factor_names=("bar", "unseen"), factor_sizes=SIZES
    )


def splits(labels: int | None = 20, weights: bool = False) -> tiny.Splits:
    one = tiny.random_splits(240, 0)
    known = None if labels is None else one.train[:labels]
    uneven = np.arange(1.0, len(one.train) + 1) if weights else None
    return tiny.Splits(one.train, one.val, one.test, labelled=known, weights=uneven)


def model(method: str) -> Method:
    seed_everything(0)
    parts = GaussianLatent(tiny.LATENT), tiny.FlatEncoder(2 * tiny.LATENT), tiny.FlatDecoder()
    if method == "factorvae":
        late = EmbeddingSupervision(tiny.LATENT, SIZES, weighting=DelayedSchedule(steps=5), labelled_batch=8)
        return FactorVAE(*parts, discriminator_hidden=(8,), supervision=late)
    return VAE(*parts, supervision=SquaredErrorSupervision(tiny.LATENT, SIZES, weight=0.1))


def go_on(run: Run, state: TrainingState, budget: int) -> None:
    train(run, state, dataset(), splits(), tiny.options(budget))


def fresh(method: str, budget: int) -> TrainingState:
    return TrainingState(model(method), adam(lr=1e-2), budget=budget, seed=0)


def test_each_image_comes_with_its_own_factors_and_the_order_follows_from_seed_and_step():
    data, known = dataset(), splits().labelled
    batches = LabelledBatchSampler(data, known, None, 16, seed=3)
    for step in (7, 0, 2):
        images, factors = batches.batch(step)
        again = LabelledBatchSampler(data, known, None, 16, seed=3).batch(step)
        assert torch.equal(images, again.observations)
        assert torch.equal(factors, again.factors)
        assert torch.equal(bars(images), factors[:, 0])
    other = LabelledBatchSampler(data, known, None, 16, seed=4).batch(0)
    assert not torch.equal(other.factors, batches.batch(0).factors)


def bars(images: torch.Tensor) -> torch.Tensor:
    """Which row of each image is bright."""
    return images.mean((1, 3)).argmax(1)


def test_only_labelled_images_are_shown_each_as_often():
    batches = LabelledBatchSampler(dataset(), np.array([5, 17, 40]), None, 6, seed=0)
    expected = sorted([[1, 1], [1, 4], [0, 0]] * 2)
    for step in range(3):  # fewer images than a batch: each of them twice
        assert sorted(batches.batch(step).factors.tolist()) == expected


def test_weights_of_the_training_images_hold_for_the_labelled_ones():
    weighted = splits(weights=True)
    assert weighted.labelled_weights.tolist() == list(range(1, 21))
    assert splits().labelled_weights is None
    batches = LabelledBatchSampler(dataset(), np.array([3, 8]), np.array([0.0, 1.0]), 4, seed=0)
    assert batches.batch(0).factors.tolist() == [[0, 2]] * 4


@pytest.mark.parametrize("method", ["vae", "factorvae"])
def test_a_resumed_run_is_the_uninterrupted_one_bit_for_bit(method: str, tmp_path: Path):
    whole = tiny.new_run(tmp_path / "whole", fresh(method, 40))
    go_on(whole, fresh(method, 40), 40)
    cut = tiny.new_run(tmp_path / "cut", fresh(method, 40))
    go_on(cut, fresh(method, 17), 17)
    again = TrainingState(model(method), adam(lr=1e-2), budget=40, seed=0)
    again.load_state_dict(checkpoint.load(cut))
    assert again.step == 17
    go_on(cut, again, 40)
    assert tiny.same(tiny.weights(cut), tiny.weights(whole))
    scalars = read_scalars(whole.records)
    assert any("train/supervised" in line for line in scalars)
    assert any(
        not torch.equal(a, b)
        for a, b in zip(again.model.parameters(), model(method).parameters(), strict=True)
    )


def test_labels_are_learned(tmp_path: Path):
    run = tiny.new_run(tmp_path, fresh("vae", 200))
    state = fresh("vae", 200)
    go_on(run, state, 200)
    lines = [line["train/supervised"] for line in read_scalars(run.records) if "train/supervised" in line]
    assert lines[-1] < 0.3 * lines[0]


def test_a_split_that_tells_no_labels_is_refused():
    options = tiny.options(10)
    with pytest.raises(CallError, match=r"the split has none: .* split/labels-100 or split/labels-1000"):
        labelled_batches(model("vae"), dataset(), splits(None), options)
    assert labelled_batches(tiny.model("vae"), dataset(), splits(None), options) is None


def test_labels_are_of_single_images():
    pairs = dataset()
    pairs.num_views = 2
    with pytest.raises(CallError, match="labels are of single images"):
        labelled_batches(model("vae"), pairs, splits(), tiny.options(10))


@pytest.mark.parametrize("term", ["cross-entropy", "squared-error", "covariance", "embedding"])
def test_it_trains_from_its_config(term: str, dataroot: Path, tmp_path: Path):
    few = {"dataset.scales": 2, "dataset.orientations": 3, "dataset.positions": 4, "split.labels": 9}
    words = [f"semi/{term}", "m/tcvae", "split/labels-100", "d/sprites32"]
    run = trained(*words, data=dataroot, runs=tmp_path, budget=3, **few, **{"records.freq": 1})
    assert run.config()["model"]["supervision"]["factor_sizes"] == [3, 2, 3, 4, 4]
    assert all("train/supervised" in line for line in read_scalars(run.records) if "train/loss" in line)


def test_data_without_factors_and_a_split_without_labels_are_refused_at_the_start(
    dataroot: Path, tmp_path: Path
):
    call = {"data": dataroot, "runs": tmp_path / "runs"}
    with pytest.raises(CallError, match="the split has none"):
        trained("semi/cross-entropy", "m/vae", "d/sprites32", **call)
    with pytest.raises(CallError, match="factors that are real numbers"):
        trained("semi/cross-entropy", "m/vae", "split/labels-100", "d/vec", **call)
    np.savez(tmp_path / "unlabelled.npz", images=np.zeros((300, 32, 32), dtype=np.uint8))
    words = ["semi/cross-entropy", "m/vae", "split/labels-100", "a/dislib", "d/array"]
    with pytest.raises(CallError, match="these data have none"):
        trained(*words, path=str(tmp_path / "unlabelled.npz"), **call)
    assert not (tmp_path / "runs").exists()
