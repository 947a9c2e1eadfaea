"""Hosts that send without end, lie about sizes, write nonsense into headers, or change what they send."""

from __future__ import annotations

import socket
import threading
import urllib.request
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from itertools import chain, repeat
from pathlib import Path

import numpy as np
import pytest

from disentcli.data.download.fetch import fetch
from disentcli.data.download.http_range import PermanentError, _Redirects
from disentcli.data.download.source import RemoteFile

from .download_samples import HASTY, Recorder

DATA = np.random.default_rng(0).bytes(300_000)
FILE = RemoteFile("data.bin", (), about=len(DATA), size=len(DATA))
UNSIZED = replace(FILE, size=None)


class RawHost:
    """Answers each request with the next of `answers`, raw bytes in pieces, and closes the connection."""

    def __init__(self, *answers: Iterator[bytes] | list[bytes]) -> None:
        self.socket = socket.create_server(("127.0.0.1", 0))
        self.answers = list(answers)
        self.asked: list[str] = []
        threading.Thread(target=self._serve, daemon=True).start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.socket.getsockname()[1]}/data.bin"

    def _serve(self) -> None:
        for answer in self.answers:
            connection, _ = self.socket.accept()
            with connection, suppress(OSError):
                self.asked.append(connection.recv(65536).decode())
                for piece in answer:
                    connection.sendall(piece)
        self.socket.close()


def answer(*headers: str, body: bytes = DATA, status: str = "200 OK") -> list[bytes]:
    """One answer with these headers."""
    return [
        ("\r\n".join([f"HTTP/1.1 {status}", *headers, "Connection: close", "", ""])).encode("latin-1"),
        body,
    ]


def fetched(host: RawHost, folder: Path, file: RemoteFile = FILE) -> bytes:
    options = replace(Recorder().options, retry=HASTY)
    return fetch(host.url, file, folder / "data.bin", options).read_bytes()


@pytest.mark.parametrize("file", [FILE, UNSIZED])
def test_a_stream_without_end_is_cut(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, file: RemoteFile
) -> None:
    monkeypatch.setattr("disentcli.data.download.source.MARGIN", 1_000_000)
    host = RawHost(chain(answer(body=b""), repeat(DATA)))
    with pytest.raises(PermanentError, match=f"more than the {file.most:,} bytes"):
        fetched(host, tmp_path, file)
    assert list(tmp_path.iterdir()) == []


def test_an_absurd_announcement_is_refused_before_a_byte_is_written(tmp_path: Path) -> None:
    host = RawHost(answer(f"Content-Length: {10**15}"))
    with pytest.raises(PermanentError, match="1,000,000,000,000,000 bytes, about 300,000 were expected"):
        fetched(host, tmp_path, UNSIZED)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("length", ["\xb2", "9" * 5000, "-5", "1e5", "0x10", ""])
def test_a_length_that_is_no_number_is_none(tmp_path: Path, length: str) -> None:
    assert fetched(RawHost(answer(f"Content-Length: {length}")), tmp_path, UNSIZED) == DATA


@pytest.mark.parametrize("after", ["\xb2", "9" * 400, "nan", "Mon, 99 Foo 99999 99:99:99 GMT", "-1"])
def test_a_wait_that_is_no_number_is_none(tmp_path: Path, after: str) -> None:
    host = RawHost(answer(f"Retry-After: {after}", body=b"", status="503 Busy"), answer())
    assert fetched(host, tmp_path) == DATA


@pytest.mark.parametrize("header", ["X: y", 'ETag: ""'])
def test_content_that_may_have_changed_is_never_mixed(tmp_path: Path, header: str) -> None:
    later = DATA[::-1]
    length = f"Content-Length: {len(DATA)}"
    rest = f"Content-Range: bytes 100000-{len(DATA) - 1}/{len(DATA)}"
    host = RawHost(
        answer(header, length, body=DATA[:100_000]),
        answer(header, rest, body=later[100_000:], status="206 Partial Content"),
        answer(header, length, body=later),
    )
    assert fetched(host, tmp_path) == later
    assert "Range: bytes=100000-" in host.asked[1]
    assert "Range:" not in host.asked[2]


def test_a_rest_that_goes_on_beyond_the_end_is_refused(tmp_path: Path) -> None:
    length, rest = f"Content-Length: {len(DATA)}", f"Content-Range: bytes 100000-{len(DATA) - 1}/{len(DATA)}"
    host = RawHost(
        answer("ETag: a", length, body=DATA[:100_000]),
        answer("ETag: a", rest, body=DATA[100_000:] + DATA, status="206 Partial Content"),
    )
    with pytest.raises(PermanentError, match="more than the 300,000 bytes"):
        fetched(host, tmp_path)


def test_a_redirect_to_an_unprotected_address_is_not_even_asked() -> None:
    asked = urllib.request.Request("https://host/data.bin")
    with pytest.raises(PermanentError, match="unprotected address, http://elsewhere/"):
        _Redirects().redirect_request(asked, None, 302, "Found", {}, "http://elsewhere/data.bin")
    followed = _Redirects().redirect_request(asked, None, 302, "Found", {}, "https://elsewhere/data.bin")
    assert followed.full_url == "https://elsewhere/data.bin"


def test_a_host_without_address_fails_at_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    calls = []

    def unknown(*asked: object, **_: object) -> None:
        calls.append(asked)
        raise socket.gaierror(socket.EAI_AGAIN, "Temporary failure in name resolution")

    monkeypatch.setattr("socket.getaddrinfo", unknown)
    with pytest.raises(
        PermanentError, match=r"no host data\.example is known here; is this machine online\?"
    ):
        fetch("http://data.example/data.bin", FILE, tmp_path / "data.bin", Recorder().options)
    assert len(calls) == 1
