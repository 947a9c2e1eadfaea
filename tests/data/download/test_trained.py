"""From files of the published formats to ten steps of training, with each dataset's own config."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from disentcli.console.library import Library
from disentcli.console.settings import Settings
from disentcli.console.stacking import Sheet
from disentcli.data.download.obtain import obtain
from disentcli.data.download.sources import Source
from disentcli.runs.run import Run
from disentcli.scripts.train import train

from .download_samples import Telling, idx_files, small_mnist
from .factor_samples import (
    cars,
    cars3d_archive,
    dsprites_npz,
    norb_files,
    norb_images,
    small,
    sprite_classes,
    sprites,
)

LIBRARY = Library({}, Path.cwd())


def original(name: str) -> tuple[Source, dict[str, bytes]]:
    """The source with a small grid, and its files."""
    if name == "fashion":
        files = idx_files()
        return small_mnist(files, "http://127.0.0.1/", "fashion"), files
    source = small(name)
    if name == "smallnorb":
        return source, norb_files(source, norb_images(source))
    if name == "cars3d":
        data = cars(source)
        return source, {source.files[0].name: cars3d_archive(data, sorted(data))}
    return source, {source.files[0].name: dsprites_npz(sprites(source), sprite_classes(source))}


def sheets(name: str) -> Iterator[Sheet]:
    """A config, then what it inherits from."""
    sheet = LIBRARY.read(LIBRARY.find(name))
    yield sheet
    for base in sheet.get("_base", ()):
        yield from sheets(base)


@pytest.mark.parametrize("name", ["dsprites", "cars3d", "smallnorb", "fashion"])
def test_the_network_that_the_config_names_trains_on_the_images(name: str, tmp_path: Path) -> None:
    source, files = original(name)
    (tmp_path / "given").mkdir()
    for one, data in files.items():
        (tmp_path / "given" / one).write_bytes(data)
    obtain(source, tmp_path / "data", Telling().manner, given=tmp_path / "given")
    call = {
        "dataroot": str(tmp_path / "data"),
        "saveroot": str(tmp_path / "runs"),
        "budget": 10,
        "quiet": True,
        "device": "cpu",
        "dataset": {"batch_size": 4},
    }
    stack = [Sheet(call, "command line"), *sheets("m/vae"), *sheets(f"d/{name}")]
    assert train(Settings(stack, script="train", argv=["train"])) == 0
    info = Run.find(tmp_path / "runs", "last").info()
    assert (info["status"], info["step"]) == ("completed", 10)
