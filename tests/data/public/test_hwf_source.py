"""HWF: the pictures called after their class, in order, as Pillow decodes them; every fault is named."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from disentcli.data.dataset_info import describe_dataset
from disentcli.data.download.index import categories
from disentcli.data.download.pipeline import prepare_dataset
from disentcli.data.download.source import Source
from disentcli.data.download.verify import WrongFile
from disentcli.data.formats import image_decoding
from disentcli.data.public.hwf import HWF
from disentcli.data.public.hwf_source import SYMBOLS
from disentcli.errors import DisentError

from ..download.download_host import Host
from ..download.download_samples import Recorder, mpi3d_file, random_images, small_source
from ..download.hwf_samples import drawn, hwf_files, pixels, small_hwf, zipped

ORDERED = (9, 526, 106510)  # the numbers of the files, not their letters
FIVE = "data/Handwritten_Math_Symbols/5/5_526.jpg"


def written(folder: Path, files: dict[str, bytes]) -> Path:
    path = folder / "HWF.zip"
    path.write_bytes(zipped(files))
    return path


def check(path: Path, source: Source | None = None) -> None:
    source = source or small_hwf()
    source.reader.check(path, source, source.files[0])


def images(path: Path, source: Source | None = None, start: int = 0) -> np.ndarray:
    source = source or small_hwf()
    assert source.reader.blocks is not None
    return np.concatenate([np.empty((0, 45, 45, 1), np.uint8), *source.reader.blocks([path], source, start)])


def labels(path: Path, source: Source | None = None) -> np.ndarray:
    source = source or small_hwf()
    assert source.reader.labels is not None
    return source.reader.labels([path], source)


@pytest.mark.parametrize("top", ["data", "hwf", "a/b", "."])
def test_the_pictures_come_by_class_and_number_as_pillow_decodes_them(tmp_path: Path, top: str) -> None:
    files = hwf_files(top=top)
    path = written(tmp_path, files)
    check(path)
    expected = [
        pixels(files[f"{top}/Handwritten_Math_Symbols/{word}/{word}_{number}.jpg"])
        for word in SYMBOLS
        for number in ORDERED
    ]
    np.testing.assert_array_equal(images(path)[..., 0], expected)
    np.testing.assert_array_equal(labels(path)[:, 0], np.repeat(np.arange(13), 3))
    assert labels(path).dtype == np.int64


@pytest.mark.parametrize("start", [0, 1, 10, 38, 39])
def test_reading_may_start_anywhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, start: int) -> None:
    path = written(tmp_path, hwf_files())
    whole = images(path)
    monkeypatch.setattr(image_decoding, "BATCH", 7)
    np.testing.assert_array_equal(images(path, start=start), whole[start:])


def test_division_is_a_category_of_its_own(tmp_path: Path) -> None:
    path, source = written(tmp_path, hwf_files()), small_hwf("div")
    assert categories("hwf") == ("symbols", "div")
    assert source.info().factor_values == ((*SYMBOLS, "div"),)
    check(path, source)
    assert labels(path, source)[:, 0].tolist() == [place for place in range(14) for _ in range(3)]
    np.testing.assert_array_equal(images(path, source)[:39], images(path))


@pytest.mark.parametrize(("kind", "mode"), [("PNG", "L"), ("PNG", "RGB"), ("PNG", "1"), ("JPEG", "RGB")])
def test_png_and_colour_become_grey(tmp_path: Path, kind: str, mode: str) -> None:
    content = drawn("0", 3, kind=kind, mode=mode)
    name = f"data/Handwritten_Math_Symbols/0/0_3.{'png' if kind == 'PNG' else 'JPEG'}"
    path = written(tmp_path, hwf_files() | {name: content})
    np.testing.assert_array_equal(images(path)[0, :, :, 0], pixels(content))


def test_a_picture_of_another_size_is_refused(tmp_path: Path) -> None:
    path = written(tmp_path, hwf_files() | {FIVE: drawn("5", 526, size=28)})
    with pytest.raises(WrongFile, match=r"5_526\.jpg in it is 28×28 pixels large, not 45×45"):
        images(path)


def test_a_truncated_picture_is_refused(tmp_path: Path) -> None:
    files = hwf_files()
    path = written(tmp_path, files | {FIVE: files[FIVE][:-300]})
    with pytest.raises(WrongFile, match=r"5_526\.jpg in it is no whole JPEG image"):
        images(path)


def test_a_byte_that_changed_on_the_way_is_found(tmp_path: Path) -> None:
    path = written(tmp_path, hwf_files())
    data = bytearray(path.read_bytes())
    data[data.index(b"5_526.jpg") + 100] ^= 0xFF
    path.write_bytes(data)
    with pytest.raises(WrongFile, match=r"5_526\.jpg in it is damaged"):
        images(path)


@pytest.mark.parametrize(
    ("left", "message"),
    [
        (tuple(word for word in SYMBOLS if word != "times"), "no images .*/times/times_….jpg$"),
        (("0", "1", *SYMBOLS[4:]), "no images .*/2/2_….jpg, and none of 3"),
    ],
)
def test_a_missing_class_is_named(tmp_path: Path, left: tuple[str, ...], message: str) -> None:
    with pytest.raises(WrongFile, match=message):
        check(written(tmp_path, hwf_files(left)))


def test_a_class_of_other_names_alone_is_missing(tmp_path: Path) -> None:
    files = {name: data for name, data in hwf_files().items() if "/+_" not in name}
    with pytest.raises(WrongFile, match=r"no images .*/\+/\+_….jpg$"):
        check(written(tmp_path, files))


def test_another_size_shows_before_everything_is_read(tmp_path: Path) -> None:
    with pytest.raises(WrongFile, match=r"9_9\.jpg in it is 32×32"):
        check(
            written(
                tmp_path, hwf_files() | {"data/Handwritten_Math_Symbols/9/9_9.jpg": drawn("9", 9, size=32)}
            )
        )


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (zipped({"train/0/0_1.jpg": drawn("0", 1)}), "it has no images Handwritten_Math_Symbols/0/0_….jpg"),
        (mpi3d_file(random_images(small_source("mpi_toy", None, []))), "it has no images Handwritten"),
        (zipped(hwf_files())[:-50], "not a whole zip file"),
        (b"<!DOCTYPE html><html>", "it is a web page"),
    ],
)
def test_another_file_is_refused(tmp_path: Path, content: bytes, message: str) -> None:
    path = tmp_path / "HWF.zip"
    path.write_bytes(content)
    with pytest.raises(WrongFile, match=message):
        check(path)


def test_it_is_fetched_formatted_and_opened(tmp_path: Path) -> None:
    files = hwf_files()
    with Host({"hwf.zip": zipped(files)}) as host:
        source, recorder = small_hwf(urls=[host.url("hwf.zip")]), Recorder()
        prepare_dataset(source, tmp_path, recorder.options)
    data = HWF(str(tmp_path))
    assert (data.name, data.shape, len(data)) == ("hwf", (1, 45, 45), 39)
    assert (data.factor_names, data.factor_sizes, data.factor_values) == (("symbol",), (13,), (SYMBOLS,))
    assert data.factors(np.array([0, 20, 38])).tolist() == [[0], [6], [12]]
    times = pixels(files["data/Handwritten_Math_Symbols/times/times_106510.jpg"])
    np.testing.assert_array_equal(np.load(tmp_path / "hwf" / "images.npy")[38, :, :, 0], times)
    assert "39 images" in recorder.text


def test_where_the_host_gives_a_page_the_message_says_what_to_do(tmp_path: Path) -> None:
    with Host({"page": b"<!DOCTYPE html><html>"}) as host:
        source = small_hwf(urls=[host.url("page")])
        with pytest.raises(DisentError, match=r"HWF.zip(.|\n)*--from"):
            prepare_dataset(source, tmp_path, Recorder().options)


def test_it_may_be_given_under_either_name(tmp_path: Path) -> None:
    given = tmp_path / "given"
    given.mkdir()
    (given / "hwf.zip").write_bytes(zipped(hwf_files(top="hwf")))
    prepare_dataset(small_hwf(), tmp_path / "data", Recorder().options, local_path=given)
    assert len(HWF(str(tmp_path / "data"))) == 39
    assert (given / "hwf.zip").exists()


def test_without_its_files_the_loader_names_the_command(tmp_path: Path) -> None:
    with pytest.raises(DisentError, match="run `fig download-dataset hwf --cat div`"):
        HWF(str(tmp_path), category="div")
    assert describe_dataset(HWF).shape == (1, 45, 45)
    assert describe_dataset(HWF, {"category": "div"}).factor_sizes == (14,)
