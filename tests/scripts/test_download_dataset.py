"""`fig download-dataset`: its words and options, and its way through a whole download."""

from __future__ import annotations

import gzip
import struct
from dataclasses import dataclass, field
from hashlib import md5
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from disentcli.errors import CallError
from disentcli.scripts.download_dataset import SETTINGS, download_dataset


@dataclass
class Call:
    """Stands in for the settings of a call."""

    words: list[str]
    given: dict[str, Any] = field(default_factory=dict)

    def get(self, key: str, default: Any = None, type: Any = None) -> Any:
        assert key in SETTINGS
        return self.given.get(key, default)

    def check(self) -> None:
        """Every key is known here."""


def run(*words: str, **given: Any) -> int | None:
    settings: Any = Call(list(words), {"from": given.pop("given", None)} | given)
    return download_dataset(settings)


@pytest.mark.parametrize(
    ("words", "options", "reason"),
    [
        ([], {}, "name a dataset; there are 3ds, mpi .* and mnist"),
        (["dsprites"], {}, "no dataset 'dsprites' can be downloaded; there are 3ds"),
        (["mpi"], {"cat": "toys"}, "--cat toys: mpi has the categories toy, realistic, sim, real, complex"),
        (["3ds"], {"cat": "toy"}, "--cat is a choice of mpi"),
        (["3ds", "mpi"], {"given": "a.h5"}, "--from is of one dataset"),
        (["3ds"], {"mirror": "data.example.edu"}, "begins with https"),
    ],
)
def test_a_call_that_makes_no_sense_is_refused(
    tmp_path: Path, words: list[str], options: dict[str, Any], reason: str
) -> None:
    with pytest.raises(CallError, match=reason):
        run(*words, dataroot=str(tmp_path), **options)
    assert list(tmp_path.iterdir()) == []


def write_small_npz(path: Path, monkeypatch: pytest.MonkeyPatch) -> np.ndarray:
    """A file of MPI3D's format with 24 images, and a table of sources that says so."""
    images = np.random.default_rng(0).integers(0, 256, (24, 64, 64, 3), dtype=np.uint8)
    np.savez(path, images=images)
    digest = md5(path.read_bytes()).hexdigest()
    table = path.with_name("mirrors.yaml")
    table.write_text(
        "".join(
            f"mpi_{category}:\n  sizes: [2, 2, 1, 1, 1, 3, 2]\n"
            f"  files: {{mpi3d_{category}.npz: {{md5: {digest}}}}}\n"
            for category in ("toy", "realistic", "real")
        )
    )
    monkeypatch.setenv("DISENTCLI_SOURCES", str(table))
    return images


@pytest.mark.parametrize(
    ("category", "folder"),
    [
        (None, "mpi_toy"),
        ("toy", "mpi_toy"),
        ("sim", "mpi_realistic"),
        ("realistic", "mpi_realistic"),
        ("real", "mpi_real"),
    ],
)
def test_a_file_fetched_by_hand_becomes_the_folder_of_its_category(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    category: str | None,
    folder: str,
) -> None:
    images = write_small_npz(tmp_path / "hand.npz", monkeypatch)
    root = tmp_path / "data"
    assert run("mpi", cat=category, given=str(tmp_path / "hand.npz"), dataroot=str(root)) == 0
    np.testing.assert_array_equal(np.load(root / folder / "images.npy"), images)
    assert f"is in {root / folder}: 24 images, CC-BY-4.0; cite Gondal et al." in capsys.readouterr().out
    assert run("mpi", cat=category, dataroot=str(root), quiet=True) == 0
    assert capsys.readouterr().out == ""


def test_mnist_files_fetched_by_hand_are_put_in_place(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    contents = {
        "images-idx3-ubyte": struct.pack(">4I", 2051, 3, 28, 28) + bytes(3 * 784),
        "labels-idx1-ubyte": struct.pack(">2I", 2049, 3) + bytes(3),
    }
    table = "mnist:\n  files:\n"
    for part in ("train", "t10k"):
        for kind, content in contents.items():
            (tmp_path / f"{part}-{kind}.gz").write_bytes(gzip.compress(content))
            table += f"    {part}-{kind}.gz: {{md5_unpacked: {md5(content).hexdigest()}}}\n"
    (tmp_path / "mirrors.yaml").write_text(table)
    monkeypatch.setenv("DISENTCLI_SOURCES", str(tmp_path / "mirrors.yaml"))
    assert run("mnist", given=str(tmp_path), dataroot=str(tmp_path / "data"), quiet=True) == 0
    assert len(list((tmp_path / "data" / "mnist").iterdir())) == 4
