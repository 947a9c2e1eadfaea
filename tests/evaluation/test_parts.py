"""--mode says from which part of the data everything is computed, in every command, and results say it."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from sklearn.metrics import mutual_info_score
from sklearn.neighbors import KNeighborsClassifier

from disentcli import load_run
from disentcli.config.config_layers import COMMAND_LINE, ConfigLayer
from disentcli.config.settings import Settings
from disentcli.errors import CallError
from disentcli.runs.load import LoadedRun
from disentcli.runs.run import Run
from disentcli.scripts.encode import encode
from disentcli.scripts.eval import evaluate
from disentcli.scripts.eval_metrics import eval_metrics
from disentcli.scripts.figures import draw_figures

from ..toy_runs import make_run

COUNTS = {"train": 86, "val": 10, "test": 24, "all": 120}  # of 120 images
GRID_METRICS = ("beta_vae", "factor_vae", "cds", "flatness", "irs_sampled", "unfairness", "distances")


def call(script: Callable[[Settings], int], run: Run, **values: Any) -> int:
    """The script with these values as on its command line."""
    roots = {"saveroot": str(run.path.parent), "dataroot": str(run.path.parents[1] / "data"), "device": "cpu"}
    name = {"encode": "encode", "evaluate": "eval", "draw_figures": "figures"}.get(
        script.__name__, "eval-metrics"
    )
    return script(Settings([ConfigLayer({**roots, "load": run.name, **values}, COMMAND_LINE)], script=name))


def result(run: Run, ident: str) -> dict[str, Any]:
    return json.loads((run.path / "results" / f"{ident}.json").read_text())


def opened(run: Run) -> LoadedRun:
    return load_run(run.path, dataroot=run.path.parents[1] / "data")


def reference_mig(codes: np.ndarray, factors: np.ndarray, bins: int = 20) -> float:
    """As disentanglement_lib computes it, with scikit-learn's mutual information."""
    binned = [np.digitize(code, np.histogram(code, bins)[1][:-1]) for code in codes.T]
    gaps = []
    for factor in factors.T:
        first, second = sorted((mutual_info_score(code, factor) for code in binned), reverse=True)[:2]
        gaps.append((first - second) / mutual_info_score(factor, factor))
    return float(np.mean(gaps))


def mig_of(run: Run, indices: np.ndarray) -> float:
    """The MIG of exactly these images of a run; factors that never change are left out."""
    loaded = opened(run)
    factors = loaded.dataset.factors(indices)
    varying = [k for k, size in enumerate(loaded.dataset.factor_sizes) if size != 1]
    return reference_mig(loaded.encode(indices).numpy().astype(float), factors[:, varying])


@pytest.fixture(scope="module")
def own(tmp_path_factory: pytest.TempPathFactory) -> Run:
    """A run on 120 images of one's own, of which 10 are for validation; nothing is held out."""
    folder = tmp_path_factory.mktemp("own")
    rng = np.random.default_rng(0)
    factors = rng.integers(0, 4, (120, 2))
    images = np.zeros((120, 32, 32), np.uint8)
    for image, (x, y) in zip(images, factors, strict=True):
        image[8 * y : 8 * y + 8, 8 * x : 8 * x + 8] = rng.integers(100, 255)
    np.savez(folder / "own.npz", images=images, factors=factors)
    return make_run(folder, "own", method="vae", data={"_type": "array", "path": str(folder / "own.npz")})


@pytest.fixture(scope="module")
def grid(tmp_path_factory: pytest.TempPathFactory) -> Run:
    """A run on a full grid of 64 sprites: 47, 5 and 12 in its parts."""
    return make_run(tmp_path_factory.mktemp("grid"), "grid", method="vae")


@pytest.mark.parametrize("mode", list(COUNTS))
def test_eval_measures_the_images_of_the_part(
    own: Run, mode: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert call(evaluate, own, mode=mode) == 0
    found = result(own, f"eval-{mode}")
    loaded = opened(own)
    indices = loaded.indices(mode)
    assert (found["settings"]["mode"], found["settings"]["images"], len(indices)) == (
        mode,
        COUNTS[mode],
        COUNTS[mode],
    )
    images = loaded.dataset.batch(torch.from_numpy(indices))
    errors = (loaded.decode(loaded.encode(indices)) - images).double().square()
    assert found["scores"]["reconstruction"]["mse_per_pixel"] == pytest.approx(float(errors.mean()), rel=1e-4)
    part = "" if mode == "all" else f"{mode} "
    assert f"all {COUNTS[mode]} {part}images, seed 0" in capsys.readouterr().out


def test_eval_keeps_to_validation_images_unless_told(own: Run) -> None:
    assert call(evaluate, own, limit=4, ident="default") == 0
    settings = result(own, "default")["settings"]
    assert (settings["mode"], settings["sampling"]) == ("val", "4 of the 10 val images, evenly spread")


@pytest.mark.parametrize("mode", list(COUNTS))
def test_encode_writes_the_images_of_the_part(own: Run, mode: str, tmp_path: Path) -> None:
    out = tmp_path / "codes.npz"
    assert call(encode, own, mode=mode, out=str(out)) == 0
    loaded = opened(own)
    with np.load(out) as found:
        np.testing.assert_array_equal(found["indices"], loaded.indices(mode))
        np.testing.assert_array_equal(found["factors"], loaded.dataset.factors(loaded.indices(mode)))
        np.testing.assert_allclose(found["codes"], loaded.encode(loaded.indices(mode)), atol=1e-5)


def test_metrics_of_own_data_are_computed_on_all_of_them(
    own: Run, capsys: pytest.CaptureFixture[str]
) -> None:
    assert call(eval_metrics, own, metrics="mig,r2", quiet=True) == 0
    found = result(own, "metrics-standard")
    assert found["settings"]["mode"] == "all"
    assert found["settings"]["computed_on"] == {
        "mig": "all 120 images",
        "r2": "80 + 40 of the 120 images, without replacement",
    }
    assert found["scores"]["mig"]["mig"] == pytest.approx(mig_of(own, np.arange(120)), abs=1e-9)
    title = capsys.readouterr().out.splitlines()[0]
    assert title.endswith("mig: all 120 images; r2: 80 + 40 of the 120 images, without replacement; seed 0")


@pytest.mark.parametrize("mode", ["train", "val", "test"])
def test_metrics_of_a_part_are_computed_on_it(own: Run, grid: Run, mode: str) -> None:
    """Of a grid as of other data: the value is the one of exactly these images."""
    for run in (own, grid):
        assert call(eval_metrics, run, metrics="mig", mode=mode, quiet=True) == 0
        found, indices = result(run, f"metrics-standard-{mode}"), opened(run).indices(mode)
        assert found["scores"]["mig"]["mig"] == pytest.approx(mig_of(run, indices), abs=1e-9)
        assert found["settings"]["mode"] == mode
        assert found["settings"]["exhaustive"] == []
        assert found["settings"]["sampling"] == f"all {len(indices)} {mode} images"


def test_a_full_grid_is_drawn_from_as_published_with_and_without_mode_all(grid: Run) -> None:
    few = {"points": 100, "test_points": 50, "metrics": "mig,r2,beta_vae,responses", "quiet": True}
    small = {
        "metrics.beta_vae.num-train": 50,
        "metrics.beta_vae.num-eval": 20,
        "metrics.responses.num-traversals": 1,
        "metrics.responses.num-samples": 4,
    }
    for name, more in (("unsaid", {}), ("said", {"mode": "all"})):
        assert call(eval_metrics, grid, ident=name, **few, **small, **more) == 0
    unsaid, said = result(grid, "unsaid"), result(grid, "said")
    assert unsaid["scores"] == said["scores"]
    assert unsaid["settings"] == said["settings"]
    assert unsaid["settings"]["computed_on"]["beta_vae"] == "its own draws from the full grid"
    sizes = np.array([2, 2, 1, 4, 4])  # shape, scale, orientation, x, y
    draws, parts = np.random.RandomState(0), []
    for count in (*[16] * 6, 4):  # as the library draws: factor by factor in batches of 16
        parts.append(np.stack([draws.randint(size, size=count) for size in sizes], axis=1))
    indices = np.ravel_multi_index(tuple(np.concatenate(parts).T), tuple(sizes))
    assert unsaid["scores"]["mig"]["mig"] == pytest.approx(mig_of(grid, indices), abs=1e-9)


def test_every_image_of_a_grid_is_said_to_be_used(grid: Run) -> None:
    assert call(eval_metrics, grid, metrics="mig,r2", ident="whole", quiet=True) == 0
    found = result(grid, "whole")
    assert found["settings"]["computed_on"]["mig"] == "each of the 64 images of the full grid"
    assert found["scores"]["mig"]["mig"] == pytest.approx(mig_of(grid, np.arange(64)), abs=1e-9)


def test_metrics_that_change_factors_are_null_within_a_part_of_a_grid(grid: Run) -> None:
    few = {"metrics.responses.num-samples": 4, "quiet": True, "ident": "part"}
    metrics = ",".join([*GRID_METRICS, "responses", "mig"])
    assert call(eval_metrics, grid, metrics=metrics, mode="test", **few) == 0
    found = result(grid, "part")
    for name in (*GRID_METRICS, "responses"):
        assert set(found["scores"][name].values()) <= {None}, name
        assert (
            "all 64 images of the full grid, not within its 12 test images: leave --mode out"
            in found["reasons"][name]
        )
    assert set(found["settings"]["computed_on"]) == {"responses", "mig"}


def test_every_image_of_a_grid_cannot_be_asked_of_a_part(grid: Run, own: Run) -> None:
    for run, more in ((grid, {"mode": "test"}), (own, {})):
        with pytest.raises(CallError, match=r"--exhaustive computes metrics on every image of a full grid"):
            call(eval_metrics, run, metrics="mig", exhaustive="mig", ident="exhaustive", **more)
        assert not (run.path / "results" / "exhaustive.json").exists()


def test_an_empty_part_is_refused_with_the_counts_of_the_others(own: Run, tmp_path: Path) -> None:
    for script, more in (
        (evaluate, {}),
        (eval_metrics, {"metrics": "mig"}),
        (encode, {"out": str(tmp_path / "codes.npz")}),
        (draw_figures, {"only": "histograms"}),
    ):
        with pytest.raises(
            CallError, match=r"held-out part .* empty.* --mode: train 86, val 10, test 24, all 120"
        ):
            call(script, own, mode="held-out", **more)
    with pytest.raises(CallError, match="called 'hold-out'; the parts are train, val, test, held-out, all"):
        opened(own).indices("hold-out")


def test_figures_say_their_part(own: Run, capsys: pytest.CaptureFixture[str]) -> None:
    assert call(draw_figures, own, only="histograms", formats="png") == 0
    assert "of all 10 val images, seed 0" in capsys.readouterr().out
    assert call(draw_figures, own, only="histograms", formats="png", mode="train") == 0
    assert "of all 86 train images, seed 0" in capsys.readouterr().out
    assert (own.path / "figures" / "figures-train").is_dir()


@pytest.mark.parametrize(("mode", "part"), [({}, "val"), ({"mode": "test"}, "test")])
def test_what_learns_from_the_training_part_is_tested_on_another(
    own: Run, mode: dict[str, str], part: str
) -> None:
    options = {"metrics.knn.neighbours": [1], "metrics.knn.retrieved": 3, "quiet": True}
    assert call(eval_metrics, own, metrics="knn", ident=f"knn-{part}", **options, **mode) == 0
    found, loaded = result(own, f"knn-{part}"), opened(own)
    assert found["settings"]["mode"] == part
    assert (
        found["settings"]["sampling"]
        == f"86 of 86 train items + {COUNTS[part]} of {COUNTS[part]} {part} items"
    )
    train, test = loaded.indices("train"), loaded.indices(part)
    labels = loaded.dataset.factors()[:, 0]
    neighbours = KNeighborsClassifier(1).fit(loaded.encode(train).numpy(), labels[train])
    score = next(value for name, value in found["scores"]["knn"].items() if name.endswith("1nn"))
    assert score == pytest.approx(neighbours.score(loaded.encode(test).numpy(), labels[test]))


def test_what_learns_is_null_where_it_would_be_tested_on_what_it_learned_from(own: Run) -> None:
    for mode in ("train", "all"):
        assert call(eval_metrics, own, metrics="knn,mig", mode=mode, ident=f"learned-{mode}", quiet=True) == 0
        found = result(own, f"learned-{mode}")
        assert "choose val, test or held-out" in found["reasons"]["knn"]
        assert found["scores"]["mig"]["mig"] is not None
        assert set(found["settings"]["computed_on"]) == {"mig"}
