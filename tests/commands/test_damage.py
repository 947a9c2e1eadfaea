"""Damaged files, full disks, losses that explode: a short message with the way out, nothing half written."""

from __future__ import annotations

import gzip
import resource
import shutil
import struct
from collections.abc import Callable
from pathlib import Path

import pytest

from ..conftest import PROJECT, Fig
from .in_process import Call, Place
from .messages import VAE, check


def last_checkpoint(run: Path) -> Path:
    return max((run / "checkpoints").glob("step-*.pt"))


@pytest.mark.parametrize("damage", ["corrupt", "truncated", "empty"])
def test_a_damaged_checkpoint(damage: str, here: Call, run: Path) -> None:
    path = last_checkpoint(run)
    whole = path.read_bytes()
    path.write_bytes(
        {"corrupt": b"\0" * len(whole), "truncated": whole[: len(whole) // 2], "empty": b""}[damage]
    )
    check(here("eval", "--load", run), 1, path.name, "--checkpoint")


def test_a_damaged_config_of_a_run(here: Call, run: Path) -> None:
    (run / "config.yaml").write_text("model: [unclosed\n")
    check(here("eval", "--load", run), 1, "config.yaml")


def test_a_missing_config_of_a_run(here: Call, run: Path) -> None:
    (run / "config.yaml").unlink()
    check(here("eval", "--load", run), 1, "config.yaml")


def test_a_loss_that_is_not_finite(here: Call, runs: Path) -> None:
    result = here("train", *VAE, "--name", "wild", "--budget", 60, "--model.optim.lr", "1e8")
    check(result, 1, "step", "finite", "step-000000000.pt")
    wild = next(runs.glob("wild_*"))
    assert '"failed"' in (wild / "run.json").read_text()
    assert "Traceback" in (wild / "error.txt").read_text()


def test_a_full_disk(fig: Fig, runs: Path) -> None:
    def fill_up() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (200_000, 200_000))

    before = sorted(runs.iterdir())
    result = fig("train", *VAE, "--name", "full", "--budget", 4, preexec_fn=fill_up)
    check(result, 1, "room")
    assert sorted(runs.iterdir()) == before


def test_a_folder_that_cannot_be_written(dataroot: Path) -> None:
    readonly = Path("/proc/nowhere")
    result = Place(readonly, dataroot).completed("train", *VAE)
    check(result, 1, str(readonly))


def test_a_file_in_place_of_the_runs(dataroot: Path, tmp_path: Path) -> None:
    (tmp_path / "runs").write_text("")
    result = Place(tmp_path / "runs", dataroot).completed("train", *VAE)
    check(result, 1, str(tmp_path / "runs"))


@pytest.fixture
def data(dataroot: Path, tmp_path: Path) -> Path:
    """A data folder that a test may spoil, with the small sprites in it."""
    shutil.copytree(dataroot, tmp_path / "data")
    return tmp_path / "data"


@pytest.mark.parametrize(
    ("spoil", "names"),
    [
        (lambda folder: cut(folder / "images.npy", 1000), ("images.npy", "1,000 bytes")),
        (lambda folder: (folder / "meta.json").write_text("{"), ("meta.json",)),
        (lambda folder: (folder / "images.npy").unlink(), ("images.npy",)),
    ],
    ids=["truncated images", "damaged meta.json", "missing images"],
)
def test_damaged_data(
    spoil: Callable[[Path], object], names: tuple[str, ...], trained: Path, data: Path
) -> None:
    folder = data / "sprites_32_3x3x4x4"
    spoil(folder)
    check(Place(trained.parent, data).completed("eval", "--load", trained, "--overwrite"), 1, *names)


def cut(path: Path, count: int) -> None:
    path.write_bytes(path.read_bytes()[:-count])


@pytest.mark.parametrize("damage", ["missing", "truncated", "not gzip", "another magic number"])
def test_damaged_mnist(damage: str, runs: Path, tmp_path: Path) -> None:
    folder = tmp_path / "mnist"
    shutil.copytree(PROJECT / "tests" / "data" / "mnist", folder)
    path = next(folder.glob("train-images*"))
    if damage == "missing":
        path.unlink()
    elif damage == "truncated":
        cut(path, 500)
    elif damage == "not gzip":
        path.write_bytes(b"not a gzip file")
    else:
        path.write_bytes(gzip.compress(struct.pack(">IIII", 1234, 1, 28, 28)))
    result = Place(runs, tmp_path).completed("train", "a/conv12", "m/ae", "d/mnist")
    check(result, 1, "train-images" if damage != "missing" else "mnist")


def test_a_damaged_line_of_the_records_is_kept_aside_and_the_others_stay(here: Call, run: Path) -> None:
    file = run / "records" / "scalars.jsonl"
    lines = file.read_bytes().splitlines(keepends=True)
    lines.insert(1, lines[0].replace(b"1", b"7", 1))
    file.write_bytes(b"".join(lines))
    done = here("train", "--resume", run, "--budget", 5, "--records.freq", 1)
    assert done.returncode == 0, done.stderr
    assert "scalars.jsonl is damaged: 1 of its lines cannot be read and are kept in" in done.stderr
    assert file.read_bytes().startswith(lines[0])
    assert len(file.read_bytes().splitlines()) == len(lines)
    assert (run / "records" / "scalars.jsonl.damaged-1").read_bytes() == lines[1]


def test_a_config_that_was_changed_by_hand_says_how_to_go_on(here: Call, run: Path) -> None:
    path = run / "config.yaml"
    first, _, rest = path.read_text().partition("\n")
    assert first.startswith("# crc32 ")
    changed = rest.replace("reg_wt: 1.0", "reg_wt: 2.0")
    assert changed != rest
    path.write_text(f"{first}\n{changed}")
    check(here("eval", "--load", run, "--limit", 5), 1, "config.yaml", "remove its first line")
    path.write_text(changed)
    done = here("eval", "--load", run, "--limit", 5)
    assert done.returncode == 0, done.stderr
