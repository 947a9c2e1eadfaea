"""`fig eval` and `fig compute-fid` with the weights of the FID network, here random ones of its format."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import torch
from scipy.linalg import sqrtm

from disentcli.methods.inference import Inference
from disentcli.metrics.inception import Inception
from disentcli.metrics.pixel_features import PixelFeatures
from disentcli.runs.load import load_run
from disentcli.runs.run import Run

from ..metrics.random_inception import save_random_inception
from ..toy_runs import make_run
from .in_process import Place

SAMPLES, REAL, SEED = 8, 10, 3
FEW = ("--mode", "train", "--limit", REAL, "--seed", SEED)
ASKED = ("--fid.samples", SAMPLES, "--fid.batch-size", 7)


@pytest.fixture(scope="module")
def weights(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file of random weights."""
    return save_random_inception(tmp_path_factory.mktemp("weights") / "random.pth")


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Place:
    folder = tmp_path_factory.mktemp("fid")
    make_run(folder, "hybrid", method="vae", hybrid=True)
    make_run(folder, "plain")
    return Place(folder / "runs", folder / "data")


def results(place: Place, run: str, ident: str) -> dict:
    return json.loads((Run.find(place.runs, run).results / f"{ident}.json").read_text())


def features_of(images: torch.Tensor, network: torch.nn.Module) -> np.ndarray:
    with torch.no_grad():
        return network(images).double().numpy()


def distance(one: np.ndarray, other: np.ndarray) -> float:
    """The definition, with the matrix root of scipy."""
    first, second = np.cov(one.T), np.cov(other.T)
    root = sqrtm(first @ second).real
    return float(((one.mean(0) - other.mean(0)) ** 2).sum() + np.trace(first + second - 2 * root))


def expected(place: Place, network: torch.nn.Module) -> dict[str, float]:
    """The distances of the run `hybrid`, its images made here one set after another."""
    loaded = load_run(Run.find(place.runs, "hybrid").path, dataroot=place.data)
    inference = Inference(loaded.model, loaded.items, 128)
    train = loaded.splits.train
    images = inference.images(train[np.linspace(0, len(train) - 1, REAL).astype(int)])
    model = inference.autoencoder
    with torch.no_grad():
        noise = torch.randn(SAMPLES, 4, generator=torch.Generator().manual_seed(SEED))
        sets = {
            "reconstruction": model.reconstruct(images),
            "hybrid": model.generate(SAMPLES, torch.Generator().manual_seed(SEED)),
            "prior": model.decode(noise),
        }
    real = features_of(images, network)
    return {name: distance(real, features_of(one, network)) for name, one in sets.items()}


def test_eval_gives_the_published_distances(place: Place, weights: Path) -> None:
    """rec_fid, hybrid_fid and prior_fid; the statistics of the real images serve the next run too."""
    answer = place.fig(
        "eval", "--load", "hybrid", *FEW, *ASKED, "--fid-weights", weights, "--fid.dim", 64, "--ident", "inc"
    )
    assert answer.code == 0, answer.err
    assert "computing" in answer.err
    found = results(place, "hybrid", "inc")
    network = Inception(64)
    network.load_state_dict(torch.load(weights), strict=False)
    wanted = expected(place, network.eval())
    scores = found["scores"]["fid"]
    assert scores.keys() == {"reconstruction", "sample", "hybrid", "prior"}
    for name, value in wanted.items():
        assert scores[name] == pytest.approx(value, rel=1e-3, abs=1e-6)
    assert scores["sample"] == scores["hybrid"] != scores["prior"]
    assert found["settings"]["fid"]["dimension"] == 64
    assert len(found["settings"]["fid"]["weights"]) == 64
    few, other = found["warnings"]["fid"]
    assert "8 images for 64 features: their covariance is singular" in few
    assert "are not those of pt_inception-2015-12-05-6726825d.pth" in other
    assert few in answer.out

    again = place.fig(
        "eval", "--load", "plain", *FEW, *ASKED, "--fid-weights", weights, "--fid.dim", 64, "--ident", "inc"
    )
    assert again.code == 0, again.err
    assert "computing" not in again.err
    assert results(place, "plain", "inc")["scores"]["fid"]["reconstruction"] > 0


def test_pixels_need_no_network(place: Place) -> None:
    answer = place.fig(
        "eval",
        "--load",
        "hybrid",
        *FEW,
        "--fid-samples",
        SAMPLES,
        "--fid.features",
        "pixels",
        "--ident",
        "pix",
    )
    assert answer.code == 0, answer.err
    found = results(place, "hybrid", "pix")
    wanted = expected(place, PixelFeatures(1))
    for name, value in wanted.items():
        assert found["scores"]["frechet_pixels"][name] == pytest.approx(value, rel=1e-4)
    assert "fid" not in found["scores"]


def test_distances_that_are_skipped_are_not_computed(place: Place) -> None:
    skipped = ("--skip-rec-fid", "--skip-hyb-fid", "--fid.n_samples", SAMPLES)
    answer = place.fig(
        "eval", "--load", "hybrid", *FEW, *skipped, "--fid.features", "pixels", "--ident", "skip"
    )
    assert answer.code == 0, answer.err
    found = results(place, "hybrid", "skip")
    assert found["scores"]["frechet_pixels"].keys() == {"prior"}
    assert found["settings"]["fid_samples"] == SAMPLES


def test_an_autoencoder_without_a_sampler_has_only_that_of_reconstructions(place: Place) -> None:
    answer = place.fig("eval", "--load", "plain", *FEW, "--fid.features", "pixels", "--ident", "pix")
    assert answer.code == 0, answer.err
    found = results(place, "plain", "pix")
    scores = found["scores"]["frechet_pixels"]
    assert scores["reconstruction"] > 0
    assert scores["sample"] is None
    assert "stack `hybrid`" in found["reasons"]["frechet_pixels"]


def test_compute_fid_prepares_what_eval_reads(place: Place) -> None:
    call = ("compute-fid", "d/sprites32", "--mode", "test", "--limit", 100, "--fid.features", "pixels")
    first = place.fig(*call)
    assert first.code == 0, first.err
    assert "sprites, test: 100 images, 64 features" in first.out
    assert "computing" in first.err
    assert "computing" not in place.fig(*call).err
    assert [
        path.name.startswith("sprites-test-64-") for path in (place.data / "fid-statistics").glob("*-test-*")
    ]


@pytest.mark.parametrize(
    ("words", "names"),
    [
        (("compute-fid", "d/sprites32"), ["--fid-weights"]),
        (("compute-fid", "--fid.features", "pixels"), ["dataset"]),
        (("compute-fid", "d/sprites32", "--fid-weights", "nothing.pth"), ["nothing.pth", "never downloaded"]),
        (("eval", "--load", "plain", "--fid-weights", "nothing.pth"), ["6726825d.pth", "never downloaded"]),
        (("eval", "--load", "plain", "--fid.dim", 64), ["--fid.dim", "--fid-weights"]),
        (("eval", "--load", "plain", "--skip-rec-fid"), ["--skip-rec-fid", "--fid-weights"]),
        (("eval", "--load", "plain", "--fid.features", "edges"), ["--fid.features", "inception or pixels"]),
        (("eval", "--load", "plain", "--fid.features", "inception"), ["--fid-weights", "6726825d"]),
        (("eval", "--load", "plain", "--fid.features", "pixels", "--fid.dim", 64), ["--fid.dim"]),
        (
            ("eval", "--load", "plain", "--fid.dim", 65, "--fid-weights", "x.pth"),
            ["(64, 192, 768, 2048)", "65"],
        ),
    ],
)
def test_wrong_calls_say_what_is_missing(place: Place, words: tuple, names: list[str]) -> None:
    answer = place.fig(*words)
    assert answer.refused(*names), answer.err
