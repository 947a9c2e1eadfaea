"""The commands of the README, from download to metrics, on small files of the real formats."""

from __future__ import annotations

import hashlib
import json
import shutil
import subprocess
import sys
from collections.abc import Sequence
from functools import partial
from pathlib import Path

import h5py
import numpy as np
import pytest

from disentcli import load_run
from disentcli.data.download.index import all_published
from disentcli.data.download.mirrors import apply_mirrors

from ..conftest import PROJECT, Fig, command_environment
from ..data.download.download_samples import mpi3d_file, shapes3d_file
from .in_process import Place

GRIDS = {"3ds": [3, 2, 3, 2, 2, 3], "mpi_real": [3, 2, 2, 2, 1, 3, 3]}  # 216 images each
QUICK = ("--budget", "3", "--dataset.batch-size", "8", "--quiet")
NARROW = ("--model.encoder.width", "24", "--model.decoder.width", "24")
FEW = (
    *("--points", "60", "--test-points", "30", "--quiet"),
    *("--metrics.responses.num-traversals", "1", "--metrics.responses.num-samples", "8"),
    *("--metrics.beta-vae.num-train", "100", "--metrics.factor-vae.num-train", "100"),
)


class Researcher:
    """Types commands in the project's folder, with data and runs of their own."""

    def __init__(self, fig: Fig, folder: Path) -> None:
        self.fig, self.folder = fig, folder
        self.runs, self.data = folder / "runs", folder / "data"

    def types(self, words: str, *more: object) -> str:
        """The command's output; it must end well and say nothing on stderr."""
        result = self.fig(*words.split(), *more)
        assert (result.returncode, result.stderr) == (0, ""), result.stderr
        return str(result.stdout)

    def has_file(self, name: str) -> Path:
        """The small file in the real format of a dataset, and the table that says what to expect of it."""
        grid = {"sizes": GRIDS[name]}
        source = apply_mirrors(all_published(), {name: grid}, "a test")[name]
        images = np.random.default_rng(0).integers(0, 256, (source.grid.size, *source.image), dtype=np.uint8)
        data = shapes3d_file(images, source) if name == "3ds" else mpi3d_file(images)
        path = self.folder / source.files[0].name
        path.write_bytes(data)
        entry = {"size": len(data), "md5": hashlib.md5(data).hexdigest()}
        table = {name: {**grid, "files": {path.name: entry}}}
        (self.folder / "sources.yaml").write_text(json.dumps(table))
        return path

    def newest(self) -> Path:
        return max(self.runs.iterdir(), key=lambda run: run.stat().st_ctime)


@pytest.fixture
def researcher(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Researcher:
    """One whose commands are called in this process."""
    (tmp_path / "sources.yaml").write_text("{}")
    monkeypatch.setenv("DISENTCLI_SOURCES", str(tmp_path / "sources.yaml"))
    return Researcher(Place(tmp_path / "runs", tmp_path / "data").completed, tmp_path)


@pytest.fixture
def at_a_terminal(researcher: Researcher, fig: Fig) -> Researcher:
    """One whose commands are processes of their own."""
    environment = command_environment(researcher.data, researcher.runs)
    return Researcher(partial(fig, env=environment), researcher.folder)


def scores(run: Path, ident: str) -> dict[str, dict[str, float | None]]:
    results = json.loads((run / "results" / f"{ident}.json").read_text())
    assert results["schema"] == 1
    return dict(results["scores"])


def pictures(run: Path, ident: str) -> Sequence[str]:
    return sorted(path.name for path in (run / "figures" / ident).iterdir())


def test_an_sae_on_3d_shapes_from_download_to_metrics(
    researcher: Researcher, at_a_terminal: Researcher
) -> None:
    """`eval` and `encode` are processes here; tests/soak starts those of `train` and `eval-metrics`."""
    path = researcher.has_file("3ds")
    researcher.types("download-dataset 3ds --quiet --from", path)
    researcher.types("train hybrid a/e/conv12 a/d/strc/12 m/ae d/3ds", *NARROW, *QUICK)
    run = researcher.newest()
    assert run.name.startswith("3ds_ae_e-c12_d-s12_")
    assert json.loads((run / "run.json").read_text())["status"] == "completed"

    table = at_a_terminal.types("eval --load last")
    assert "reconstruction" in table
    assert scores(run, "eval-val")["losses"].keys() == {"loss", "reconstruction"}
    assert pictures(run, "eval-val") == ["reconstructions.png", "samples.png", "traversals.png"]

    researcher.types("eval-metrics eval/3ds --load last", *FEW)
    results = scores(run, "metrics-3ds")
    assert all(results[name] for name in ("mig", "dci", "responses"))
    with h5py.File(run / "results" / "metrics-3ds.h5") as arrays:
        names: list[str] = []
        arrays.visit(names.append)
    assert {"mig/mutual_information", "responses/conditioned_responses"} <= set(names)
    assert "mig_mutual_information.png" in pictures(run, "metrics-3ds")

    at_a_terminal.types("encode --load last --out", researcher.folder / "codes.npz")
    codes = np.load(researcher.folder / "codes.npz", allow_pickle=False)
    assert codes["codes"].shape == (216, 12)
    assert codes["factors"].shape == (216, 6)


def test_mpi3d_through_main_py(researcher: Researcher) -> None:
    path = researcher.has_file("mpi_real")
    words = f"download-dataset mpi --cat real --quiet --from {path}"
    environment = command_environment(researcher.data, researcher.runs)
    command = [sys.executable, "main.py", *words.split()]
    done = subprocess.run(command, cwd=PROJECT, env=environment, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    researcher.types("train a/dislib m/vae d/mpi --latent-dim 4 --dataset.category real --reg-wt 4", *QUICK)
    assert researcher.newest().name.startswith("mpi-real_vae4_e-dislib_d-dislib_")
    researcher.types("eval-metrics eval/mpi --load last", *FEW)
    assert scores(researcher.newest(), "metrics-mpi")["mig"]["mig"] is not None


def test_mnist_has_one_factor_and_says_what_that_excludes(researcher: Researcher) -> None:
    shutil.copytree(PROJECT / "tests" / "data" / "mnist", researcher.data / "mnist")
    researcher.types("train hybrid nosplit a/e/conv12 a/d/strc/12 m/ae d/mnist", *NARROW, *QUICK)
    run = researcher.newest()
    assert run.name.startswith("mnist_ae_e-c12_d-ada12_")
    researcher.types("eval --load last --mode test --limit 40")
    assert scores(run, "eval-test")["losses"]["loss"] is not None
    output = researcher.types("eval-metrics eval/mnist --load last --metrics.dci.seed 0 --quiet", *FEW[:4])
    assert scores(run, "metrics-mnist")["dci"]["disentanglement"] is None
    assert "no dci:" in output


def test_vectors_have_continuous_factors(researcher: Researcher) -> None:
    options = ("--dataset.count", 600, "--dataset.test-count", 100)
    researcher.types("train a/conv12 m/ae d/vec --latent-dim 4", *options, *QUICK)
    researcher.types("eval-metrics eval/vec --load last", *FEW[:4], "--quiet")
    results = scores(researcher.newest(), "metrics-vec")
    assert results["mig"]["mig"] is not None
    assert results["responses"] == {"causal_disentanglement_score": None}


def test_a_run_can_be_used_in_a_notebook(researcher: Researcher) -> None:
    researcher.types("train demo --dataset.positions 4", *QUICK)
    run = load_run("last", saveroot=researcher.runs, dataroot=researcher.data)
    codes = run.encode(run.splits.test[:10])
    assert codes.shape == (10, 12)
    assert run.decode(codes).shape == (10, 1, 32, 32)
