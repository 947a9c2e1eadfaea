"""The recipe for grids: fetched, checked, formatted, tidied up; a wrong file is named and never formatted."""

from __future__ import annotations

import hashlib
import json
import shutil
import threading
import time
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from disentcli.data.download.pipeline import prepare_dataset
from disentcli.data.download.source import FormatReader, Source
from disentcli.data.formats import hdf5
from disentcli.data.public import shapes3d_source
from disentcli.errors import DisentError

from .download_host import Host
from .download_samples import (
    SOURCES,
    Recorder,
    mpi3d_file,
    random_images,
    shapes3d_file,
    small_source,
    stored_images,
)

IMAGES = random_images(small_source("3ds", None, []))
FILE = shapes3d_file(IMAGES, small_source("3ds", None, []))


@pytest.fixture
def host() -> Iterator[Host]:
    with Host({"3dshapes.h5": FILE, "second.h5": FILE}) as host:
        yield host


def shapes(host: Host, *names: str, data: bytes | None = FILE) -> Source:
    return small_source("3ds", data, [host.url(name) for name in names or ("3dshapes.h5",)])


def names_in(folder: Path) -> list[str]:
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())


def test_the_images_are_fetched_and_formatted_and_the_download_is_deleted(host: Host, tmp_path: Path) -> None:
    recorder = Recorder()
    folder = prepare_dataset(shapes(host), tmp_path, recorder.options)
    np.testing.assert_array_equal(stored_images(folder), IMAGES)
    meta = json.loads((folder / "meta.json").read_text())
    assert meta["sha256"] == hashlib.sha256(IMAGES.tobytes()).hexdigest()
    assert meta["factors"]["sizes"] == [2, 2, 2, 2, 2, 3]
    assert (meta["shape"], meta["count"], meta["licence"]) == ([3, 64, 64], 96, "Apache-2.0")
    assert hashlib.md5(FILE).hexdigest() in meta["source"]
    assert names_in(tmp_path) == ["3ds/images.npy", "3ds/meta.json"]
    assert "of disk at its peak" in recorder.text
    assert "are freed in the end" in recorder.text
    assert "was deleted" in recorder.text
    assert "cite Chris Burgess" in recorder.text


def test_what_is_there_is_not_fetched_again(host: Host, tmp_path: Path) -> None:
    source, recorder = shapes(host), Recorder()
    prepare_dataset(source, tmp_path, recorder.options)
    sent = host.sent
    recorder.lines.clear()
    prepare_dataset(source, tmp_path, recorder.options)
    assert host.sent == sent
    assert recorder.text.startswith(f"3D-Shapes is already in {tmp_path / '3ds'}: 96 images")


def test_force_makes_it_again(host: Host, tmp_path: Path) -> None:
    prepare_dataset(shapes(host), tmp_path, Recorder().options)
    other = random_images(shapes(host), seed=1)
    host.files["3dshapes.h5"] = data = shapes3d_file(other, shapes(host))
    folder = prepare_dataset(shapes(host, data=data), tmp_path, Recorder().options, force=True)
    np.testing.assert_array_equal(stored_images(folder), other)


def test_a_failed_force_leaves_the_old_images(host: Host, tmp_path: Path) -> None:
    folder = prepare_dataset(shapes(host), tmp_path, Recorder().options)
    host.always = "404"
    with pytest.raises(DisentError, match="HTTP 404"):
        prepare_dataset(shapes(host), tmp_path, Recorder().options, force=True)
    np.testing.assert_array_equal(stored_images(folder), IMAGES)


def test_keep_raw_keeps_the_download_and_a_second_call_formats_it_without_a_host(
    host: Host, tmp_path: Path
) -> None:
    prepare_dataset(shapes(host), tmp_path, Recorder().options, keep_raw=True)
    prepare_dataset(shapes(host), tmp_path, Recorder().options)
    assert (tmp_path / "downloads" / "3ds" / "3dshapes.h5").read_bytes() == FILE
    host.always = "404"
    folder = prepare_dataset(shapes(host), tmp_path, Recorder().options, force=True, keep_raw=True)
    np.testing.assert_array_equal(stored_images(folder), IMAGES)


def test_a_kill_just_before_the_download_is_deleted_is_made_up_for(
    host: Host, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr("disentcli.data.download.pipeline._clean_up", lambda *arguments: None)
        prepare_dataset(shapes(host), tmp_path, Recorder().options)
    recorder = Recorder()
    prepare_dataset(shapes(host), tmp_path, recorder.options)
    assert "was deleted" in recorder.text
    assert names_in(tmp_path) == ["3ds/images.npy", "3ds/meta.json"]


def test_a_damaged_folder_is_made_again(host: Host, tmp_path: Path) -> None:
    folder = prepare_dataset(shapes(host), tmp_path, Recorder().options)
    with open(folder / "images.npy", "r+b") as file:
        file.truncate(5000)
    recorder = Recorder()
    prepare_dataset(shapes(host), tmp_path, recorder.options)
    np.testing.assert_array_equal(stored_images(folder), IMAGES)
    assert "3D-Shapes is made again" in recorder.text


def test_a_wrong_checksum_is_named_and_the_file_kept_aside(host: Host, tmp_path: Path) -> None:
    wrong = bytearray(FILE)
    wrong[len(FILE) // 2] ^= 1
    host.files["3dshapes.h5"] = bytes(wrong)
    with pytest.raises(DisentError, match=r"its MD5 is \w+, the published one is \w+; it is kept aside as"):
        prepare_dataset(shapes(host), tmp_path, Recorder().options)
    assert names_in(tmp_path) == ["downloads/3ds/3dshapes.h5.corrupt"]
    host.files["3dshapes.h5"] = FILE
    prepare_dataset(shapes(host), tmp_path, Recorder().options)


def test_the_next_mirror_is_asked_when_one_fails_or_gives_a_wrong_file(host: Host, tmp_path: Path) -> None:
    host.files["wrong.h5"] = FILE[:-1] + bytes([FILE[-1] ^ 1])
    source = shapes(host, "missing.h5", "wrong.h5", "second.h5")
    folder = prepare_dataset(source, tmp_path, Recorder().options)
    np.testing.assert_array_equal(stored_images(folder), IMAGES)


def test_when_no_mirror_gives_the_file_each_reason_and_the_ways_out_are_named(
    host: Host, tmp_path: Path
) -> None:
    with pytest.raises(DisentError) as caught:
        prepare_dataset(shapes(host, "a.h5", "b.h5"), tmp_path, Recorder().options)
    message = str(caught.value)
    assert f"{host.url('a.h5')}: HTTP 404" in message
    assert f"{host.url('b.h5')}: HTTP 404" in message
    assert "--mirror URL" in message
    assert "--from FILE" in message


def test_a_file_without_checksum_that_turns_out_damaged_is_never_left_formatted(tmp_path: Path) -> None:
    source = small_source("mpi_toy", None, [])
    data = bytearray(mpi3d_file(random_images(source)))
    data[300_000] ^= 1
    with Host({"mpi3d_toy.npz": bytes(data)}) as host:
        source = small_source("mpi_toy", None, [host.url("mpi3d_toy.npz")])
        with pytest.raises(DisentError, match=r"Bad CRC.*\n.*kept aside"):
            prepare_dataset(source, tmp_path, Recorder().options)
    assert names_in(tmp_path) == ["downloads/mpi_toy/mpi3d_toy.npz.corrupt"]


@pytest.mark.parametrize("fault", ["html", "disguised html"])
def test_a_host_that_refuses_programs_gets_instructions(tmp_path: Path, fault: str) -> None:
    with Host({"x.npz": b"never sent"}) as host:
        host.always = fault
        source = small_source("mpi_complex", None, [host.url("x.npz")])
        with pytest.raises(DisentError) as caught:
            prepare_dataset(source, tmp_path, Recorder().options)
    message = str(caught.value)
    assert (
        "open https://drive.google.com/file/d/1Tp8eTdHxgUMtsZv5uAoYAbJR1BOa_OQm/view in a browser" in message
    )
    assert (
        "fig download-dataset mpi --cat complex --from PATH/OF/real3d_complicated_shapes_ordered.npz"
        in message
    )
    assert names_in(tmp_path) == []


def test_too_little_disk_is_said_before_anything_is_fetched(
    host: Host, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    usage = type(shutil.disk_usage(tmp_path))(10**9, 10**9 - 1000, 1000)
    monkeypatch.setattr("disentcli.data.resources.shutil.disk_usage", lambda path: usage)
    with pytest.raises(DisentError, match=r"3D-Shapes .*needs 2 MB in .* where 1,000 bytes are free"):
        prepare_dataset(shapes(host), tmp_path, Recorder().options)
    assert host.requests == []


def test_the_disk_that_the_real_files_need_is_said(tmp_path: Path) -> None:
    recorder = Recorder()
    source = replace(SOURCES["mpi_real"], files=(replace(SOURCES["mpi_real"].files[0], urls=()),))
    with pytest.raises(DisentError):
        prepare_dataset(source, tmp_path, recorder.options)
    assert recorder.lines[0] == (
        "MPI3D real needs 25.5 GB of disk at its peak (12.7 GB to fetch, 12.7 GB to format); "
        "12.7 GB are freed in the end"
    )


def test_formatting_goes_on_where_it_was_interrupted(
    host: Host, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("disentcli.data.dataset_folder_writer.SYNC_BYTES", 1)
    monkeypatch.setattr(hdf5, "BLOCK_BYTES", 16 * 64 * 64 * 3)
    starts: list[int] = []
    blocks = shapes3d_source.blocks

    def interrupted(paths: Sequence[Path], source: Source, start: int) -> Iterator[np.ndarray]:
        starts.append(start)
        for k, block in enumerate(blocks(paths, source, start)):
            if k == 3 and len(starts) == 1:
                raise KeyboardInterrupt
            yield block

    source = replace(shapes(host), reader=FormatReader(shapes3d_source.check, interrupted))
    with pytest.raises(KeyboardInterrupt):
        prepare_dataset(source, tmp_path, Recorder().options)
    sent = host.sent
    folder = prepare_dataset(source, tmp_path, Recorder().options)
    assert starts == [0, 48]
    assert host.sent == sent
    np.testing.assert_array_equal(stored_images(folder), IMAGES)


def test_a_folder_begun_from_another_file_is_not_continued(tmp_path: Path) -> None:
    source = small_source("mpi_toy", None, [])
    first, second = (random_images(source, seed) for seed in (1, 2))
    (tmp_path / "first.npz").write_bytes(mpi3d_file(first)[:-400])
    (tmp_path / "second.npz").write_bytes(mpi3d_file(second))
    with pytest.raises(DisentError):
        prepare_dataset(source, tmp_path / "data", Recorder().options, local_path=tmp_path / "first.npz")
    folder = prepare_dataset(
        source, tmp_path / "data", Recorder().options, local_path=tmp_path / "second.npz"
    )
    np.testing.assert_array_equal(stored_images(folder), second)


def test_two_calls_at_once_fetch_once(host: Host, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("INFO")
    host.pause = 0.03
    recorders = [Recorder(), Recorder()]
    calls = [
        threading.Thread(target=prepare_dataset, args=(shapes(host), tmp_path, recorder.options))
        for recorder in recorders
    ]
    calls[0].start()
    while not host.requests:
        time.sleep(0.01)
    calls[1].start()
    for call in calls:
        call.join()
    assert len(host.requests) == 1
    assert "another process is preparing" in caplog.text
    assert "is already in" in recorders[1].text
