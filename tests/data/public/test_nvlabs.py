"""Isaac3D and Falcor3D from the download to batches: the image at a place shows the factors of that place."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from disentcli.data.dataset import Dataset
from disentcli.data.dataset_folder_writer import StoreWriter
from disentcli.data.dataset_info import describe_dataset
from disentcli.data.download.pipeline import prepare_dataset
from disentcli.data.download.source import Source
from disentcli.data.formats import image_decoding
from disentcli.data.public.nvlabs import Falcor3D, Isaac3D
from disentcli.data.resources import format_bytes
from disentcli.errors import DisentError

from ..download.download_host import Host
from ..download.download_samples import Recorder
from ..download.picture_samples import (
    LABELS,
    SMALL,
    TOP,
    encoded,
    grid_labels,
    npy,
    pictures_of,
    small_pictures,
    unpacked,
    zipped,
)

CLASSES = {"isaac3d": Isaac3D, "falcor3d": Falcor3D}


def telling_zip(name: str, shuffled: np.ndarray) -> bytes:
    """A zip in another order than the grid's, in which colours too tell the first and last factor."""
    labels = grid_labels(SMALL[name])[shuffled]
    files = {f"{TOP[name]}{LABELS[name]}": npy(labels)}
    for row, label in enumerate(labels):
        first, last = label[0], label[-1]
        pixels = np.full((128, 128, 3), [round(255 * first), round(255 * last), 0], np.uint8)
        files[f"{TOP[name]}images/{row:06}.png"] = encoded(pixels, "PNG")
    return zipped(files)


def served(source: Source, host: Host) -> Source:
    file = source.files[0]
    return replace(source, files=(replace(file, urls=(host.url(file.name),)),))


@pytest.mark.parametrize("name", ["isaac3d", "falcor3d"])
@pytest.mark.parametrize("size", [64, 128])
def test_what_is_fetched_shows_its_factors(tmp_path: Path, name: str, size: int) -> None:
    source = small_pictures(name, str(size))
    data = telling_zip(name, np.random.default_rng(2).permutation(source.size))
    with Host({source.files[0].name: data}) as host:
        prepare_dataset(served(source, host), tmp_path, Recorder().options)
    made: Dataset = CLASSES[name](str(tmp_path), size=size)
    assert (len(made), made.shape, made.factor_sizes) == (source.size, (3, size, size), tuple(SMALL[name]))
    everything = np.arange(len(made))
    factors = made.factors(everything)
    values = [np.array(made.factor_values[k])[factors[:, k]] for k in (0, -1)]
    images = made.batch(torch.from_numpy(everything))
    whole_range = [made.factor_values[k][-1] for k in (0, -1)]  # of a grid cut short it is not 1
    for channel, (value, most) in enumerate(zip(values, whole_range, strict=True)):
        expected = torch.from_numpy(value / most).float()[:, None, None].expand(-1, size, size)
        torch.testing.assert_close(images[:, channel], expected, atol=1 / 255, rtol=0)
    found = made.find(factors[::-1], np.random.default_rng(0))
    np.testing.assert_array_equal(found, everything[::-1])
    assert not list((tmp_path / "downloads").glob("*"))


def test_the_two_sizes_lie_side_by_side(tmp_path: Path) -> None:
    given = unpacked(pictures_of("falcor3d"), tmp_path)
    for cat in ("64", "128"):
        prepare_dataset(
            small_pictures("falcor3d", cat), tmp_path / "data", Recorder().options, local_path=given
        )
    small, large = (Falcor3D(str(tmp_path / "data"), size=size) for size in (64, 128))
    np.testing.assert_array_equal(small.factors(), large.factors())
    indices = torch.arange(3)
    for one, other in zip(small.batch(indices), large.batch(indices), strict=True):
        pixels = (other.permute(1, 2, 0) * 255).round().to(torch.uint8).numpy()
        halved = Image.fromarray(pixels).resize((64, 64), Image.Resampling.BICUBIC)
        np.testing.assert_array_equal((one * 255).round().permute(1, 2, 0).numpy(), np.asarray(halved))


def test_an_interrupted_call_is_continued_with_the_same_bytes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(image_decoding, "BATCH", 5)
    given, source = unpacked(pictures_of("falcor3d"), tmp_path), small_pictures("falcor3d")
    whole = prepare_dataset(source, tmp_path / "whole", Recorder().options, local_path=given)
    write, written = StoreWriter.write, []

    def counted(writer: StoreWriter, block: np.ndarray) -> None:
        if len(written) == 3:
            raise KeyboardInterrupt
        written.append(block)
        write(writer, block)

    monkeypatch.setattr(StoreWriter, "write", counted)
    with pytest.raises(KeyboardInterrupt):
        prepare_dataset(source, tmp_path / "data", Recorder().options, local_path=given)
    monkeypatch.setattr(StoreWriter, "write", write)
    started = []
    blocks = source.reader.blocks
    watched = replace(
        source.reader, blocks=lambda paths, of, start: started.append(start) or blocks(paths, of, start)
    )
    continued = prepare_dataset(
        replace(source, reader=watched), tmp_path / "data", Recorder().options, local_path=given
    )
    assert started == [15]
    assert (continued / "images.npy").read_bytes() == (whole / "images.npy").read_bytes()


@pytest.mark.parametrize("place", [".", "Falcor3D_down128", ".."])
def test_an_unpacked_folder_is_taken_in_place_of_the_zip(tmp_path: Path, place: str) -> None:
    unpacked(pictures_of("falcor3d"), tmp_path / "there")
    recorder = Recorder()
    folder = prepare_dataset(
        small_pictures("falcor3d"), tmp_path / "data", recorder.options, local_path=tmp_path / "there" / place
    )
    assert (folder / "images.npy").exists()
    assert "unpacked" in (folder / "meta.json").read_text()


def test_an_unpacked_folder_without_an_image_is_refused(tmp_path: Path) -> None:
    unpacked(pictures_of("falcor3d"), tmp_path)
    (tmp_path / "Falcor3D_down128" / "images" / "000003.png").unlink()
    with pytest.raises(
        DisentError, match=r"Falcor3D_down128 is not Falcor3D_down128.zip .*lacks 1 of 24 images"
    ):
        prepare_dataset(
            small_pictures("falcor3d"), tmp_path / "data", Recorder().options, local_path=tmp_path
        )


def test_a_folder_without_it_is_told_what_was_sought(tmp_path: Path) -> None:
    with pytest.raises(DisentError, match=r"no Isaac3D_down128.zip or folder Isaac3D_down128"):
        prepare_dataset(small_pictures("isaac3d"), tmp_path / "data", Recorder().options, local_path=tmp_path)


def test_a_web_page_instead_of_the_zip_leads_to_instructions(tmp_path: Path) -> None:
    source = small_pictures("isaac3d", "128")
    page = "https://drive.google.com/file/d/1OmQ1G2wnm6eTsSFGTKFZZAh5D3nQTW1B/view"
    with Host({source.files[0].name: b""}) as host:
        host.always = "html"
        with pytest.raises(DisentError) as raised:
            prepare_dataset(served(source, host), tmp_path, Recorder().options)
    assert str(raised.value).splitlines()[1:] == [
        f"1. open {page} in a browser and save the file ({format_bytes(source.files[0].about)})",
        "2. fig download-dataset isaac3d --cat 128 --from PATH/OF/Isaac3D_down128.zip",
    ]


@pytest.mark.parametrize(("name", "count"), [("isaac3d", 737_280), ("falcor3d", 233_280)])
@pytest.mark.parametrize("size", [64, 128])
def test_the_info_tells_it_all_without_files(name: str, count: int, size: int) -> None:
    info = describe_dataset(CLASSES[name], {"size": size})
    assert (info.count, info.shape, info.licence) == (count, (3, size, size), "CC-BY-4.0")
    assert int(np.prod(info.factor_sizes)) == count
    assert (info.folder, info.disk) == (f"{name}_{size}", count * size * size * 3)
    assert all(values[0] == 0 and values[-1] == 1 for values in info.factor_values)
