"""Fetching over HTTP from a host that breaks off, stalls, refuses, ignores Range, or changes the file."""

from __future__ import annotations

import multiprocessing
import resource
from collections.abc import Iterator
from dataclasses import replace
from hashlib import md5
from pathlib import Path

import numpy as np
import pytest

from disentcli.data.download.fetch import fetch
from disentcli.data.download.http_range import GotHtml, PermanentError, TransientError
from disentcli.data.download.partial_file import PartialFile
from disentcli.data.download.source import RemoteFile
from disentcli.errors import DisentError

from .download_host import Host
from .download_samples import HASTY, Recorder

DATA = np.random.default_rng(0).bytes(300_000)
FILE = RemoteFile("data.bin", (), about=len(DATA))


@pytest.fixture
def host() -> Iterator[Host]:
    with Host({"data.bin": DATA, "twin.bin": DATA}) as host:
        yield host


def fetched(host: Host, folder: Path, file: RemoteFile = FILE, name: str = "data.bin") -> bytes:
    return fetch(host.url(name), file, folder / "data.bin", Recorder().options).read_bytes()


def left_over(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_a_file_comes_whole_and_leaves_nothing_beside_it(host: Host, tmp_path: Path) -> None:
    assert fetched(host, tmp_path) == DATA
    assert left_over(tmp_path) == ["data.bin"]
    assert host.sent == len(DATA)


@pytest.mark.parametrize("fault", ["truncate 100000", "stall 100000"])
def test_a_broken_connection_is_continued_where_it_ended(host: Host, tmp_path: Path, fault: str) -> None:
    host.faults.extend([fault, fault])
    assert fetched(host, tmp_path) == DATA
    assert [request.asked for request in host.requests[1:]] == ["bytes=100000-", "bytes=200000-"]
    assert host.sent == len(DATA)


def test_a_later_call_continues_what_an_earlier_one_left(host: Host, tmp_path: Path) -> None:
    host.faults.extend(["truncate 120000", "drop", "503", "drop"])
    with pytest.raises(TransientError, match="brought nothing new"):
        fetched(host, tmp_path)
    assert left_over(tmp_path) == ["data.bin.part", "data.bin.part.json"]
    assert fetched(host, tmp_path) == DATA
    assert host.sent == len(DATA)


@pytest.mark.parametrize("fault", ["503", "503 retry 0", "503 retry 7", "429", "drop"])
def test_a_passing_failure_is_waited_out(host: Host, tmp_path: Path, fault: str) -> None:
    host.faults.extend([fault, fault])
    assert fetched(host, tmp_path) == DATA


def test_retry_after_is_obeyed_within_bounds(
    host: Host, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    waited: list[float] = []
    monkeypatch.setattr("disentcli.data.download.fetch.time.sleep", waited.append)
    recorder = Recorder(replace(HASTY, max_wait=60))
    host.faults.extend(["503 retry 17", "503 retry 9999"])
    fetch(host.url("data.bin"), FILE, tmp_path / "data.bin", recorder.options)
    host.faults.extend(["503 retry Thu, 01 Jan 1970 00:00:00 GMT", "503 retry Thu, 01 Jan 2970 00:00:00 GMT"])
    fetch(host.url("data.bin"), FILE, tmp_path / "data.bin", recorder.options)
    assert waited == [17, 60, 0, 60]
    assert "HTTP 503" in recorder.text
    assert "trying again in 17 s" in recorder.text


@pytest.mark.parametrize("status", ["404", "403", "410", "401"])
def test_a_refusal_is_not_repeated(host: Host, tmp_path: Path, status: str) -> None:
    host.faults.append(status)
    with pytest.raises(PermanentError, match=f"HTTP {status}"):
        fetched(host, tmp_path)
    assert len(host.requests) == 1


def test_a_host_that_ignores_range_starts_again_and_still_gives_the_right_file(
    host: Host, tmp_path: Path
) -> None:
    host.faults.extend(["truncate 100000", "without range"])
    assert fetched(host, tmp_path) == DATA


def test_a_host_that_ignores_range_and_always_breaks_off_is_given_up(host: Host, tmp_path: Path) -> None:
    host.always = "truncate without range 100000"
    with pytest.raises(TransientError, match="3 attempts in a row brought nothing new"):
        fetched(host, tmp_path)


def test_a_changed_file_is_never_spliced_with_the_old_one(host: Host, tmp_path: Path) -> None:
    host.faults.extend(["truncate 100000", "drop", "drop", "drop"])
    with pytest.raises(TransientError):
        fetched(host, tmp_path)
    host.files["data.bin"] = changed = DATA[::-1]
    assert fetched(host, tmp_path) == changed


@pytest.mark.parametrize("etags", [True, False])
def test_a_changed_file_of_another_length_is_never_spliced(host: Host, tmp_path: Path, etags: bool) -> None:
    host.etags = etags
    host.faults.extend(["truncate 100000", "drop", "drop", "drop"])
    with pytest.raises(TransientError):
        fetched(host, tmp_path)
    host.files["data.bin"] = changed = DATA[::-1][:50_000] if etags else DATA[::-1] + b"longer"
    assert fetched(host, tmp_path) == changed


def test_a_part_longer_than_the_file_on_the_host_is_dropped(host: Host, tmp_path: Path) -> None:
    host.etags = False
    host.faults.extend(["truncate 100000", "drop", "drop", "drop"])
    with pytest.raises(TransientError):
        fetched(host, tmp_path)
    host.files["data.bin"] = shorter = DATA[::-1][:50_000]
    assert fetched(host, tmp_path) == shorter


def test_an_answer_with_another_range_than_asked_for_is_not_used(host: Host, tmp_path: Path) -> None:
    host.faults.extend(["truncate 100000", "other range"])
    assert fetched(host, tmp_path) == DATA


def test_another_mirror_continues_a_part_only_where_the_md5_is_known(host: Host, tmp_path: Path) -> None:
    for known in (True, False):
        file = replace(FILE, md5=md5(DATA).hexdigest() if known else None)
        host.requests.clear()
        host.faults.extend(["truncate 100000", "drop", "drop", "drop"])
        with pytest.raises(TransientError):
            fetched(host, tmp_path, file)
        assert fetched(host, tmp_path, file, name="twin.bin") == DATA
        assert host.sent == len(DATA) + (0 if known else 100_000)


def test_a_complete_part_needs_no_host(tmp_path: Path) -> None:
    with Host({"data.bin": DATA}) as host:
        fetched(host, tmp_path)
        part, origin = PartialFile(tmp_path / "data.bin"), host.url("data.bin")
    (tmp_path / "data.bin").rename(part.path)
    part.sidecar.write_text(f'{{"url": "{origin}", "total": {len(DATA)}, "etag": null, "modified": null}}')
    assert fetch(origin, FILE, tmp_path / "data.bin", Recorder().options).read_bytes() == DATA


@pytest.mark.parametrize("note", ["", "{", '{"url": 1}', "[]"])
def test_a_part_of_unknown_origin_is_not_continued(host: Host, tmp_path: Path, note: str) -> None:
    part = PartialFile(tmp_path / "data.bin")
    part.path.write_bytes(b"something else entirely")
    part.sidecar.write_text(note)
    assert fetched(host, tmp_path) == DATA


@pytest.mark.parametrize("fault", ["html", "disguised html"])
def test_a_web_page_is_not_taken_for_the_file(host: Host, tmp_path: Path, fault: str) -> None:
    host.faults.append(fault)
    with pytest.raises(GotHtml, match="a web page came"):
        fetched(host, tmp_path)
    assert not (tmp_path / "data.bin").exists()


def test_a_web_page_does_not_cost_the_part_that_came_before(host: Host, tmp_path: Path) -> None:
    host.faults.extend(["truncate 100000", "html"])
    with pytest.raises(GotHtml):
        fetched(host, tmp_path)
    assert fetched(host, tmp_path) == DATA
    assert host.sent == len(DATA) + host.requests[1].count


def test_a_file_of_another_length_than_published_is_not_even_begun(host: Host, tmp_path: Path) -> None:
    with pytest.raises(PermanentError, match="has 300,000 bytes, the published one 299,999"):
        fetched(host, tmp_path, replace(FILE, size=299_999))
    assert left_over(tmp_path) == []


def test_a_host_that_does_not_answer_is_named_with_the_reason(tmp_path: Path) -> None:
    with Host({}) as host:
        url = host.url("data.bin")
    with pytest.raises(TransientError, match="Connection refused"):
        fetch(url, FILE, tmp_path / "data.bin", Recorder().options)


def fetch_with_a_limit(url: str, target: Path, most: int, errors: multiprocessing.Queue[str]) -> None:
    """The kernel refuses files of more than `most` bytes, as it does on a full disk."""
    resource.setrlimit(resource.RLIMIT_FSIZE, (most, most))
    try:
        fetch(url, FILE, target, Recorder().options)
    except DisentError as error:
        errors.put(str(error))


def test_a_full_disk_keeps_the_part_and_says_so(host: Host, tmp_path: Path) -> None:
    context = multiprocessing.get_context("spawn")
    errors = context.Queue()
    arguments = (host.url("data.bin"), tmp_path / "data.bin", 100_001, errors)
    child = context.Process(target=fetch_with_a_limit, args=arguments)
    child.start()
    assert "the disk is full: " in (message := errors.get(timeout=30))
    assert "data.bin.part holds 100,001 bytes" in message
    child.join()
    assert fetched(host, tmp_path) == DATA
    assert host.requests[-1].count == len(DATA) - 100_001


def test_a_folder_that_may_not_be_written_is_named(host: Host, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(DisentError, match=r"data\.bin\.part could not be written: Not a directory"):
        fetch(host.url("data.bin"), FILE, tmp_path / "file" / "data.bin", Recorder().options)
