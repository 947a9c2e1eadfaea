"""A loaded run is as its config and checkpoint say, and encodes indices and images as bytes or floats."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from disentcli.data.splits.standard import StandardSplit
from disentcli.errors import CallError, DisentError
from disentcli.runs import checkpoint
from disentcli.runs.load import LoadedRun, load_run
from disentcli.runs.run import Run

from ..toy_runs import VECTORS, make_run


@pytest.fixture(scope="module")
def loaded(tmp_path_factory: pytest.TempPathFactory) -> LoadedRun:
    folder = tmp_path_factory.mktemp("loaded")
    return load_run(make_run(folder, "toy", method="vae").path, dataroot=folder / "data")


def test_bytes_floats_and_indices_give_the_same_codes(loaded: LoadedRun) -> None:
    indices = np.array([5, 0, 63], dtype=np.uint8)
    images = loaded.dataset.batch(torch.from_numpy(indices.astype(np.int64)))
    expected = loaded.encode(indices)
    as_bytes = (images * 255).round().to(torch.uint8)
    for given in (images, images.double().numpy(), as_bytes, as_bytes.numpy(), indices.tolist()):
        torch.testing.assert_close(loaded.encode(given), expected)
    with torch.no_grad():
        torch.testing.assert_close(expected, loaded.model.latent.codes(loaded.model.encoder(images)))


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (np.full((2, 1, 32, 32), 255.0), r"expected in \[0, 1\], got numbers from 255 to 255"),
        (np.full((2, 1, 32, 32), np.nan), "expected to be finite, 2,048 of 2,048"),
        (np.zeros((2, 32, 32, 1)), r"as \(N, 1, 32, 32\), .*got float64 of shape \(2, 32, 32, 1\)"),
        (np.array([3, -1]), "indices go from 0 to 63, got one of -1"),
        (np.array([64]), "indices go from 0 to 63, got one of 64"),
        ([0.0, 1.0], r"whole numbers \(N,\)"),
    ],
)
def test_what_is_neither_indices_nor_images_is_refused(
    loaded: LoadedRun, given: object, message: str
) -> None:
    with pytest.raises(CallError, match=message):
        loaded.encode(given)  # type: ignore[arg-type]


def test_decoding_takes_codes_of_its_dimensions(loaded: LoadedRun) -> None:
    images = loaded.decode(np.zeros((2, 4)))
    assert images.shape == (2, 1, 32, 32)
    torch.testing.assert_close(loaded.encode(images), loaded.encode(images.double()))
    with pytest.raises(CallError, match=r"codes are expected as \(N, 4\), got float64 of shape \(2, 5\)"):
        loaded.decode(np.zeros((2, 5)))
    with pytest.raises(CallError, match="codes are expected to be finite"):
        loaded.decode(np.full((1, 4), np.inf))


def test_nothing_has_no_codes(loaded: LoadedRun) -> None:
    assert loaded.encode(np.empty(0, dtype=np.int64)).shape == (0, 4)


def test_vectors_are_taken_as_they_are(tmp_path: Path) -> None:
    vectors = load_run(make_run(tmp_path, "toy", data=VECTORS).path, dataroot=tmp_path / "data")
    given = vectors.dataset.batch(torch.arange(3))
    torch.testing.assert_close(vectors.encode(given.double().numpy()), vectors.encode(np.arange(3)))
    with pytest.raises(CallError, match="vectors are expected as"):
        vectors.encode(given[:, :-1])


def test_the_batch_size_is_that_of_the_training(loaded: LoadedRun) -> None:
    assert loaded.batch_size == 128  # the default, where a config does not say it
    loaded.config["dataset"]["batch_size"] = 24
    assert loaded.batch_size == 24


@pytest.fixture
def toy(tmp_path: Path) -> Run:
    """A run that a test may change; its data lie in data/ beside its runs/."""
    return make_run(tmp_path, "toy", method="vae")


def load(run: Run, **options: Any) -> LoadedRun:
    return load_run(run.path, dataroot=run.path.parents[1] / "data", **options)


def change_config(run: Run, **changes: Any) -> None:
    run.write_config({**run.config(), **changes})


def test_a_run_is_loaded_by_name_prefix_path_or_as_the_newest(toy: Run, tmp_path: Path) -> None:
    for name in (toy.name, "toy", str(toy.path), "last"):
        loaded = load_run(name, saveroot=tmp_path / "runs", dataroot=tmp_path / "data")
        assert (loaded.run.path.resolve(), loaded.step) == (toy.path.resolve(), 5)


def test_the_model_is_that_of_the_checkpoint_and_in_evaluation_mode(toy: Run) -> None:
    weights = checkpoint.load(toy)["model"]
    checkpoint.save(toy, 9, {"model": {name: one + 1 for name, one in weights.items()}, "step": 9})
    for which, step, shift in (("last", 9, 1), (5, 5, 0), ("9", 9, 1)):
        loaded = load(toy, checkpoint=which)
        assert loaded.step == step
        assert not any(module.training for module in loaded.model.modules())
        for name, value in loaded.model.state_dict().items():
            torch.testing.assert_close(value, weights[name] + shift)
    with pytest.raises(CallError, match=r"no checkpoint 7; there are: 5, 9, last and best"):
        load(toy, checkpoint=7)


def test_a_run_that_names_no_split_has_the_standard_one_of_its_seed(toy: Run) -> None:
    loaded = load(toy)
    expected = StandardSplit()(loaded.dataset, 0)
    for part in ("train", "val", "test"):
        np.testing.assert_array_equal(loaded.indices(part), getattr(expected, part))
    change_config(toy, seed=3)
    assert not np.array_equal(load(toy).indices("train"), expected.train)
    with pytest.raises(CallError, match="held-out"):
        loaded.indices("held-out")


def test_the_split_and_the_view_of_the_config_are_those_of_the_training(toy: Run) -> None:
    change_config(toy, split={"_type": "standard", "test_share": 0.5}, view={"_type": "weak", "k": 1})
    loaded = load(toy)
    assert len(loaded.indices("test")) == len(loaded.dataset) // 2
    assert (loaded.items.num_views, loaded.dataset.num_views) == (2, 1)
    assert loaded.items.images is loaded.dataset


def test_an_argument_that_a_component_no_longer_has_is_passed_over(toy: Run) -> None:
    change_config(toy, model={**toy.config()["model"], "of_an_older_version": 1})
    assert load(toy).model.short_name == "vae"


@pytest.mark.parametrize("part", ["dataset", "model"])
def test_a_config_that_was_cut_short_is_damaged(toy: Run, part: str) -> None:
    change_config(toy, **{part: None})
    with pytest.raises(DisentError, match=f"config.yaml is damaged: it names no {part}"):
        load(toy)


def test_weights_of_another_model_are_refused(toy: Run) -> None:
    model = toy.config()["model"]
    change_config(toy, model={**model, "encoder": {**model["encoder"], "hidden": [8]}})
    with pytest.raises(DisentError, match="the checkpoint's weights do not fit this model"):
        load(toy)


def test_a_run_without_a_checkpoint_says_what_to_do(toy: Run) -> None:
    (toy.path / checkpoint.file_name(5)).unlink()
    with pytest.raises(DisentError, match=f"{toy.name} has no checkpoint; start it again"):
        load(toy)
