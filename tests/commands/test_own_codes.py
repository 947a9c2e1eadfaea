"""Codes of other programs and of `fig encode`: scored, compared, reported and drawn; images out of codes."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import h5py
import numpy as np
import pytest
import torch
from PIL import Image

from disentcli import load_run
from disentcli.data.custom.array import Array

from .in_process import Call

COUNT = 60
SIZED = ("--budget", "2", "--dataset.batch-size", "4", "--quiet", "--logger", "none")
ENDINGS = ["npz", "h5", "csv"]


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Pictures of 28×28 with a factor of words and a continuous one."""
    rng = np.random.default_rng(0)
    path = tmp_path_factory.mktemp("data") / "mine.npz"
    np.savez(
        path,
        images=rng.integers(0, 256, (COUNT, 28, 28), dtype=np.uint8),
        factors=np.stack([np.arange(COUNT) % 3, rng.normal(size=COUNT)], axis=1),
        factor_names=["hue", "angle"],
        factor_sizes=[3, 0],
        **{"factor_values/hue": ["red", "blue", "green"]},
    )
    return path


@pytest.fixture(scope="module")
def run(here: Call, runs: Path, data: Path) -> str:
    """A run of two steps on them, padded."""
    done = here(
        "train", "m/vae", "d/array", "--path", data, "--dataset.pad", "yes", "--name", "owncodes", *SIZED
    )
    assert done.returncode == 0, done.stderr
    return next(path.name for path in runs.glob("owncodes_*"))


def test_images_of_another_size_name_the_ways_out(here: Call, data: Path) -> None:
    done = here("train", "m/vae", "d/array", "--path", data, *SIZED)
    assert done.returncode == 2
    for word in ("28×28", "--dataset.pad", "--dataset.size", "a/dislib-fc", "a/higgins"):
        assert word in done.stderr
    shown = here("show", "m/vae", "a/dislib-fc", "d/array", "--path", data)
    assert "1×28×28" in shown.stdout, shown.stderr
    assert "parameters" in shown.stdout


@pytest.mark.parametrize("ending", ENDINGS)
def test_encode_writes_the_format_of_the_name(
    here: Call, runs: Path, run: str, tmp_path: Path, ending: str
) -> None:
    path = tmp_path / f"codes.{ending}"
    done = here("encode", "--load", run, "--out", path)
    assert done.returncode == 0, done.stderr
    loaded = load_run(run, saveroot=runs)
    expected, hues = loaded.encode(np.arange(COUNT)).numpy(), ["red", "blue", "green"] * (COUNT // 3)
    if ending == "csv":
        rows = list(csv.DictReader(path.open()))
        codes = np.array([[float(row[f"code_{d}"]) for d in range(expected.shape[1])] for row in rows])
        assert [row["factor_hue"] for row in rows] == hues
        assert np.allclose([float(row["factor_angle"]) for row in rows], loaded.dataset.factors()[:, 1])
    else:
        with np.load(path) if ending == "npz" else h5py.File(path) as file:
            codes = np.asarray(file["codes"])
            words = [one.decode() if isinstance(one, bytes) else one for one in file["factor_values/hue"]]
            assert words == ["red", "blue", "green"]
    assert np.array_equal(codes.astype(np.float32), expected)
    scored = here("eval-metrics", "eval/codes", "--codes", path, "--metrics", "mig", "--quiet")
    assert scored.returncode == 0, scored.stderr
    assert "\nmig  " in scored.stdout


@pytest.mark.parametrize(("name", "words"), [("codes.xlsx", ".csv"), ("codes.parquet", "disentcli[parquet]")])
def test_other_formats_are_refused(here: Call, run: str, tmp_path: Path, name: str, words: str) -> None:
    if name.endswith("parquet"):
        try:
            import pyarrow  # noqa: F401
        except ImportError:
            pass
        else:
            pytest.skip("pyarrow is installed")
    done = here("encode", "--load", run, "--out", tmp_path / name)
    assert done.returncode == 2
    assert words in done.stderr


def test_scores_of_files_are_compared_reported_and_drawn(here: Call, run: str, tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    labels = rng.integers(0, 4, (300, 2))
    for name in ("a", "b"):
        np.savez(tmp_path / f"{name}.npz", z=labels + 0.1 * rng.normal(size=labels.shape), y=labels)
        keys = ("--codes", tmp_path / f"{name}.npz", "--codes-key", "z", "--factors-key", "y")
        words = ("--metrics", "mig,irs_sampled", "--out", tmp_path / f"{name}.json", "--quiet")
        done = here("eval-metrics", "eval/codes", *keys, *words)
        assert done.returncode == 0, done.stderr
        assert "not computed: irs_sampled (it needs a model" in done.stdout
        assert "irs_sampled " not in done.stdout.split("not computed")[0]
    assert here("eval-metrics", "--load", run, "--metrics", "mig", "--quiet").returncode == 0
    files = (tmp_path / "a.json", tmp_path / "b.json")
    done = here("compare", *files, run)
    (line,) = (line for line in done.stdout.splitlines() if line.startswith("mig "))
    scores = [json.loads(file.read_text())["scores"]["mig"]["mig"] for file in files]
    assert [float(text) for text in line.split()[1:3]] == [float(f"{score:.4g}") for score in scores]
    assert len(line.split()) == 4  # the run's own score stands beside
    assert "a.npz" in here("compare", *files, "--by", "codes").stdout
    done = here("report", *files)
    assert done.returncode == 0, done.stderr
    assert f"{scores[0]:.4g}" in (tmp_path / "a.html").read_text()
    done = here("figures", "--load", files[0], "--formats", "svg")
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "a/figures/metrics-standard/mig_mutual_information.svg").exists()
    refused = here("figures", "--load", files[0], "--mode", "val")
    assert (refused.returncode, "--mode is of a run" in refused.stderr) == (2, True)


def test_codes_without_factors_say_so(here: Call, tmp_path: Path) -> None:
    np.savez(tmp_path / "c.npz", codes=np.random.default_rng(0).normal(size=(300, 3)))
    done = here("eval-metrics", "eval/codes", "--codes", tmp_path / "c.npz", "--metrics", "mig,unsupervised")
    assert done.returncode == 0, done.stderr
    assert "--factors-key" in done.stderr
    assert "not computed: mig (the file has no factors)" in done.stdout
    assert "unsupervised.gaussian_total_correlation" in done.stdout


def test_codes_become_the_images_that_the_model_decodes(
    here: Call, runs: Path, run: str, tmp_path: Path
) -> None:
    loaded = load_run(run, saveroot=runs)
    codes = np.random.default_rng(0).normal(size=(5, loaded.model.latent.latent_dim)).astype(np.float32) * 9
    np.savez(tmp_path / "c.npz", z=codes)
    call = ("decode", "--load", run, "--codes", tmp_path / "c.npz", "--codes-key", "z")
    for name in ("images.npz", "images.png", "images.gif", "folder"):
        done = here(*call, "--out", tmp_path / name)
        assert done.returncode == 0, done.stderr
    expected = loaded.decode(codes).numpy()
    assert np.allclose(np.load(tmp_path / "images.npz")["images"], expected, atol=1e-6)
    single = np.asarray(Image.open(tmp_path / "folder/3.png"))
    assert np.array_equal(single, np.rint(expected[3, 0].astype(np.float64) * 255).astype(np.uint8))
    assert Image.open(tmp_path / "images.png").size == (5 * 64 + 4 * 2, 64)
    assert Image.open(tmp_path / "images.gif").n_frames == 5  # type: ignore[attr-defined]
    np.savez(tmp_path / "wide.npz", codes=np.zeros((2, 3)))
    refused = here("decode", "--load", run, "--codes", tmp_path / "wide.npz", "--out", tmp_path / "w.png")
    assert (refused.returncode, "codes are expected as" in refused.stderr) == (2, True)


def test_own_pictures_are_encoded_and_reconstructed(here: Call, runs: Path, run: str, tmp_path: Path) -> None:
    loaded, folder = load_run(run, saveroot=runs), tmp_path / "pictures"
    pixels = np.rint(loaded.dataset.batch(torch.arange(3)).numpy()[:, 0] * 255).astype(np.uint8)
    folder.mkdir()
    for k, one in enumerate(pixels):
        Image.fromarray(one).save(folder / f"{k}.png")
    done = here("reconstruct", "--load", run, "--images", folder, "--out", tmp_path / "r.npz")
    assert done.returncode == 0, done.stderr
    found = np.load(tmp_path / "r.npz")
    assert np.allclose(found["codes"], loaded.encode(pixels[:, None]).numpy(), atol=1e-5)
    assert np.allclose(found["images"], loaded.decode(found["codes"]).numpy(), atol=1e-5)
    done = here("encode", "--load", run, "--images", folder / "1.png", "--out", tmp_path / "one.csv")
    assert done.returncode == 0, done.stderr
    ((row),) = csv.DictReader((tmp_path / "one.csv").open())
    assert row["image"] == "1.png"
    assert np.isclose(float(row["code_0"]), found["codes"][1, 0], atol=1e-5)
    refused = here("encode", "--load", run, "--images", tmp_path / "none", "--out", tmp_path / "x.csv")
    assert refused.returncode == 2


def test_traversals_take_base_latents_range_and_number(
    here: Call, runs: Path, run: str, tmp_path: Path
) -> None:
    loaded = load_run(run, saveroot=runs)
    words = ("--base", 7, "--latents", "2,0", "--range=-3,3", "--values", 5)
    for name in ("t.npz", "t.gif", "t.png"):
        done = here("traverse", "--load", run, *words, "--out", tmp_path / name)
        assert done.returncode == 0, done.stderr
    found = np.load(tmp_path / "t.npz")
    assert found["latents"].tolist() == [2, 0]
    assert np.allclose(found["values"], np.tile(np.linspace(-3, 3, 5), (2, 1)))
    code = loaded.encode(np.array([7])).numpy().repeat(5, axis=0)
    code[:, 2] = np.linspace(-3, 3, 5)
    assert np.allclose(found["images"][0], loaded.decode(code).numpy(), atol=1e-5)
    assert Image.open(tmp_path / "t.gif").n_frames == 5  # type: ignore[attr-defined]
    for wrong, words_said in (("--latents 99", "0 to"), ("--base 1000", "0 to 59"), ("--range far", "range")):
        refused = here("traverse", "--load", run, *wrong.split(), "--out", tmp_path / "w.png")
        assert (refused.returncode, words_said in refused.stderr) == (2, True), refused.stderr


def test_samples_are_those_of_the_seed(here: Call, run: str, tmp_path: Path) -> None:
    for name, seed in (("a.npz", 1), ("b.npz", 1), ("c.npz", 2)):
        done = here("sample", "--load", run, "--count", 3, "--seed", seed, "--out", tmp_path / name)
        assert done.returncode == 0, done.stderr
    one, same, other = (np.load(tmp_path / f"{name}.npz")["images"] for name in "abc")
    assert one.shape == (3, 1, 32, 32)
    assert np.array_equal(one, same)
    assert not np.array_equal(one, other)
    assert "needs a file to write" in here("sample", "--load", run).stderr
    assert "exists" in here("sample", "--load", run, "--out", tmp_path / "a.npz").stderr


def test_vectors_come_back_in_their_own_units(here: Call, runs: Path, tmp_path: Path) -> None:
    vectors = np.random.default_rng(0).normal(size=(40, 5)) * 1000 + 50
    lines = [",".join("abcde"), *(",".join(map(str, row)) for row in vectors)]
    (tmp_path / "table.csv").write_text("\n".join(lines))
    words = ("--path", tmp_path / "table.csv", "--dataset.standardize", "yes", "--name", "scaled", *SIZED)
    done = here("train", "m/vae", "d/array/vec", *words)
    assert done.returncode == 0, done.stderr
    name = next(path.name for path in runs.glob("scaled_*"))
    stored = load_run(name, saveroot=runs).run.config()["dataset"]
    assert np.allclose(stored["mean"], vectors.mean(axis=0), rtol=1e-5)
    assert np.allclose(stored["std"], vectors.std(axis=0), rtol=1e-5)
    done = here("reconstruct", "--load", name, "--mode", "all", "--limit", 40, "--out", tmp_path / "r.npz")
    assert done.returncode == 0, done.stderr
    assert np.allclose(np.load(tmp_path / "r.npz")["inputs"], vectors, rtol=1e-4, atol=0.01)
    np.save(tmp_path / "new.npy", vectors[:3])
    done = here("encode", "--load", name, "--images", tmp_path / "new.npy", "--out", tmp_path / "new.csv")
    assert done.returncode == 0, done.stderr
    found = [float(row["code_0"]) for row in csv.DictReader((tmp_path / "new.csv").open())]
    loaded = load_run(name, saveroot=runs)
    assert np.allclose(found, loaded.encode(np.arange(3)).numpy()[:, 0], atol=1e-5)
    refused = here("sample", "--load", name, "--out", tmp_path / "s.png")
    assert (refused.returncode, "the data are vectors" in refused.stderr) == (2, True)
    assert Array(tmp_path / "table.csv").shape == (5,)
