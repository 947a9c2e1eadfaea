"""`fig download-dataset`, as a user types it: wrong calls, and whole downloads from a local host."""

from __future__ import annotations

import gzip
import json
import os
import struct
import subprocess
import sys
import threading
from collections.abc import Iterator
from functools import partial
from hashlib import md5
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import h5py
import numpy as np
import pytest
import torch

from disentcli.data.factors import FactorSpace
from disentcli.data.public.published_grids import SHAPES3D
from disentcli.data.public.shapes3d import Shapes3D

from ..commands.in_process import Place
from ..conftest import Fig

SIZES = {"3ds": [2, 1, 2, 2, 1, 3], "mpi": [2, 2, 1, 1, 1, 3, 2]}  # 24 images each


class _Silent(SimpleHTTPRequestHandler):
    def log_message(self, *arguments: object) -> None:
        """Keep the test's output clean."""


@pytest.fixture
def mirror(tmp_path: Path) -> Iterator[tuple[Path, str]]:
    """A folder that is served, and its address; the standard library's server knows no Range."""
    folder = tmp_path / "served"
    folder.mkdir()
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(_Silent, directory=str(folder)))
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    yield folder, f"http://127.0.0.1:{server.server_port}/"
    server.shutdown()
    server.server_close()


def environment(root: Path, table: dict[str, object]) -> dict[str, str]:
    """The caller's environment, with a table of small sources (JSON is YAML) and a data folder of its own."""
    (root / "mirrors.yaml").write_text(json.dumps(table))
    places = {"DISENTCLI_SOURCES": str(root / "mirrors.yaml"), "DISENTCLI_DATA": str(root / "data")}
    return {**os.environ, **places, "PYTHONPATH": str(Path(__file__).parents[2])}


def called(root: Path, table: dict[str, object], *words: object) -> subprocess.CompletedProcess[str]:
    """`fig download-dataset` with these words, in this process and with that environment."""
    with pytest.MonkeyPatch.context() as patch:
        for name, value in environment(root, table).items():
            patch.setenv(name, value)
        return Place(root / "runs", root / "data").completed("download-dataset", *words)


def small_3ds(path: Path) -> tuple[np.ndarray, dict[str, object]]:
    """A 3dshapes.h5 with 24 images; the images, and the table of sources that describes it."""
    sizes = SIZES["3ds"]
    space = FactorSpace(
        SHAPES3D.names,
        tuple(sizes),
        tuple(values[:n] for values, n in zip(SHAPES3D.values, sizes, strict=True)),
    )
    images = np.random.default_rng(0).integers(0, 256, (24, 64, 64, 3), dtype=np.uint8)
    classes = space.factors(np.arange(24))
    numbers = [range(len(one)) if isinstance(one[0], str) else one for one in space.values]
    with h5py.File(path, "w") as file:
        file.create_dataset("images", data=images, compression="gzip")
        file["labels"] = np.stack(
            [np.array(one, float)[classes[:, k]] for k, one in enumerate(numbers)], axis=1
        )
    content = path.read_bytes()
    entry = {"size": len(content), "md5": md5(content).hexdigest()}
    return images, {"3ds": {"sizes": sizes, "files": {"3dshapes.h5": entry}}}


def small_mpi(path: Path) -> tuple[np.ndarray, dict[str, object]]:
    """An npz of MPI3D's format with 24 images, taken for each of its categories."""
    images = np.random.default_rng(1).integers(0, 256, (24, 64, 64, 3), dtype=np.uint8)
    np.savez(path, images=images)
    entry = {"md5": md5(path.read_bytes()).hexdigest()}
    return images, {
        f"mpi_{category}": {"sizes": SIZES["mpi"], "files": {f"mpi3d_{category}.npz": entry}}
        for category in ("toy", "realistic", "real")
    }


@pytest.mark.parametrize(
    ("call", "reason"),
    [
        ([], "name a dataset; there are 3ds, "),
        (["mnits"], "no dataset 'mnits' can be downloaded; did you mean mnist?\nThere are 3ds, "),
        (["mpi", "imagenet"], "mpi (--cat toy, realistic, sim, real, complex)"),
        (
            ["mpi", "--cat", "toys"],
            "mpi has the categories toy, realistic, sim, real, complex, not 'toys'",
        ),
        (["dsprites", "smallnorb", "--cat", "both"], "smallnorb has the categories left, right, not 'both'"),
        (["3ds", "--cat", "toy"], "3ds has no categories: leave out --cat toy"),
        (["3ds", "mpi", "--from", "a.h5"], "--from is of one dataset"),
        (["3ds", "--from", "nowhere.h5"], "--from: there is no file or folder"),
        (["3ds", "--mirror", "data.example.edu"], "an address begins with https:// or http://"),
        (["3ds", "--forse"], "did you mean force"),
    ],
)
def test_a_wrong_call_is_refused_in_a_few_lines(tmp_path: Path, call: list[str], reason: str) -> None:
    done = called(tmp_path, {}, *call)
    assert done.returncode == 2
    assert reason in done.stderr
    assert "Traceback" not in done.stderr
    assert not list((tmp_path / "data").glob("*"))


def test_3d_shapes_comes_from_a_mirror_and_is_opened_by_its_dataset(
    forked_fig: Fig, tmp_path: Path, mirror: tuple[Path, str]
) -> None:
    images, table = small_3ds(mirror[0] / "3dshapes.h5")
    done = forked_fig("download-dataset", "3ds", "--mirror", mirror[1], env=environment(tmp_path, table))
    assert (done.returncode, done.stderr) == (0, "")
    folder = tmp_path / "data" / "3ds"
    assert f"3D-Shapes is in {folder}: 24 images, Apache-2.0" in done.stdout
    opened = Shapes3D(str(tmp_path / "data"))
    assert (len(opened), opened.shape, opened.factor_sizes) == (24, (3, 64, 64), tuple(SIZES["3ds"]))
    expected = images[[5, 23]].transpose(0, 3, 1, 2) / np.float32(255)
    np.testing.assert_allclose(opened.batch(torch.tensor([5, 23])).numpy(), expected, rtol=1e-6)
    again = called(tmp_path, table, "3ds")
    assert again.returncode == 0
    assert f"3D-Shapes is already in {folder}" in again.stdout


def test_a_dead_mirror_is_named_with_the_ways_out(tmp_path: Path, mirror: tuple[Path, str]) -> None:
    _, table = small_3ds(tmp_path / "3dshapes.h5")
    done = called(tmp_path, table, "3ds", "--mirror", mirror[1])
    assert done.returncode == 1
    assert f"{mirror[1]}3dshapes.h5: HTTP 404" in done.stderr
    assert "--from FILE" in done.stderr
    assert len(done.stderr.strip().splitlines()) <= 5
    assert not (tmp_path / "data" / "3ds").exists()


@pytest.mark.parametrize(
    ("options", "folder"),
    [([], "mpi_toy"), (["--cat", "sim"], "mpi_realistic"), (["--cat", "real"], "mpi_real")],
)
def test_a_file_of_mpi3d_fetched_by_hand_becomes_the_folder_of_its_category(
    tmp_path: Path, options: list[str], folder: str
) -> None:
    images, table = small_mpi(tmp_path / "by-hand.npz")
    done = called(tmp_path, table, "mpi", *options, "--from", tmp_path / "by-hand.npz")
    assert (done.returncode, done.stderr) == (0, "")
    assert f"is in {tmp_path / 'data' / folder}: 24 images, CC-BY-4.0; cite Gondal et al." in done.stdout
    np.testing.assert_array_equal(np.load(tmp_path / "data" / folder / "images.npy"), images)
    assert (tmp_path / "by-hand.npz").exists()


def test_mnist_files_fetched_by_hand_are_put_in_place(tmp_path: Path) -> None:
    given = tmp_path / "given"
    given.mkdir()
    entries: dict[str, object] = {}
    for part, count in (("train", 5), ("t10k", 3)):
        images = struct.pack(">4I", 2051, count, 28, 28) + bytes(count * 784)
        labels = struct.pack(">2I", 2049, count) + bytes(count)
        for kind, content in (("images-idx3", images), ("labels-idx1", labels)):
            name = f"{part}-{kind}-ubyte.gz"
            (given / name).write_bytes(gzip.compress(content))
            entries[name] = {"md5_unpacked": md5(content).hexdigest()}
    done = called(tmp_path, {"mnist": {"files": entries}}, "mnist", "--from", given, "--quiet")
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    assert sorted(path.name for path in (tmp_path / "data" / "mnist").iterdir()) == sorted(entries)


def test_a_wrong_file_is_named_in_a_few_lines(tmp_path: Path) -> None:
    _, table = small_mpi(tmp_path / "by-hand.npz")
    (tmp_path / "by-hand.npz").write_bytes(b"<!DOCTYPE html><html>Sign in</html>")
    done = called(tmp_path, table, "mpi", "--from", tmp_path / "by-hand.npz")
    assert done.returncode == 1
    assert "it is a web page, perhaps one that a browser saved instead of the file" in done.stderr
    assert len(done.stderr.strip().splitlines()) <= 4


def test_help_comes_without_torch_and_names_the_options(fig: Fig) -> None:
    done = fig("download-dataset", "-h")
    assert done.returncode == 0
    for option in ("--cat", "--from", "--force", "--keep-raw", "--mirror"):
        assert option in done.stdout


def test_the_script_and_what_it_downloads_with_do_without_torch() -> None:
    modules = "disentcli.scripts.download_dataset, disentcli.data.download.pipeline"
    code = f"import sys, {modules}; sys.exit('torch' in sys.modules)"
    subprocess.run([sys.executable, "-c", code], check=True)
