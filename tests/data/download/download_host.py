"""A local HTTP host for the tests that serves files by Range, and misbehaves on demand."""

from __future__ import annotations

import hashlib
import re
import threading
import time
from collections import deque
from contextlib import suppress
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

PAGE = b"<!DOCTYPE html><html><body>Google Drive can't scan this file for viruses</body></html>"


@dataclass
class Request:
    """A request that was answered: its path, its Range, and how many bytes of body went out."""

    path: str
    asked: str | None
    count: int = 0


class Host:
    """Serves `files` at http://127.0.0.1:<port>/<name>; each entry of `faults` spoils one request, in turn.

    Faults: "404" or another status, "503 retry SECONDS", "drop" (no answer at all), "truncate N",
    "stall N" (after N bytes), "without range", "other range", "html", "disguised html" (as octet-stream).
    """

    def __init__(self, files: dict[str, bytes]) -> None:
        self.files = files
        self.faults: deque[str] = deque()
        self.always = ""  # the fault of every request after those
        self.requests: list[Request] = []
        self.etags = True
        self.pause = 0.0  # seconds between blocks of 64 kB
        self.released = threading.Event()  # ends the stalls
        host = self

        class Handler(_Handler):
            of = host

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True)

    def url(self, name: str) -> str:
        return f"http://127.0.0.1:{self._server.server_port}/{name}"

    @property
    def sent(self) -> int:
        return sum(request.count for request in self.requests)

    def __enter__(self) -> Host:
        self._thread.start()
        return self

    def __exit__(self, *error: object) -> None:
        self.released.set()
        self._server.shutdown()
        self._server.server_close()


class _Handler(BaseHTTPRequestHandler):
    of: Host
    protocol_version = "HTTP/1.1"

    def log_message(self, *arguments: object) -> None:
        """Keep the test's output clean."""

    def do_GET(self) -> None:
        host = self.of
        self.close_connection = True
        self.request_seen = Request(self.path, self.headers.get("Range"))
        host.requests.append(self.request_seen)
        with suppress(OSError):  # the client may be killed
            self._answer(host.faults.popleft() if host.faults else host.always, self.request_seen.asked)

    def _answer(self, fault: str, asked: str | None) -> None:
        data = self.of.files.get(self.path.lstrip("/"))
        if fault == "drop":
            return
        if data is None or re.match(r"\d{3}", fault):
            self._refuse(fault or "404")
            return
        if fault.endswith("html"):
            data, asked = PAGE, None
        etag = f'"{hashlib.md5(data).hexdigest()}"'
        start = self._start(asked) if "without range" not in fault else 0
        if start and start >= len(data):
            self._refuse("416")
            return
        self.send_response(206 if start else 200)
        if start:
            shifted = start - 1 if fault == "other range" else start
            self.send_header("Content-Range", f"bytes {shifted}-{len(data) - 1}/{len(data)}")
        if self.of.etags:
            self.send_header("ETag", etag)
        self.send_header("Content-Type", "text/html" if fault == "html" else "application/octet-stream")
        self.send_header("Content-Length", str(len(data) - start))
        self.end_headers()
        self._send(data[start:], fault)

    def _start(self, asked: str | None) -> int:
        return int(re.fullmatch(r"bytes=(\d+)-", asked)[1]) if asked else 0

    def _refuse(self, fault: str) -> None:
        self.send_response(int(fault[:3]))
        if "retry" in fault:
            self.send_header("Retry-After", fault.partition("retry ")[2])
        self.send_header("Content-Length", "0")
        self.end_headers()

    def _send(self, body: bytes, fault: str) -> None:
        body = body[: int(fault.split()[-1])] if fault.startswith(("truncate", "stall")) else body
        self.request_seen.count = len(body)
        for first in range(0, len(body), 1 << 16):
            self.wfile.write(body[first : first + (1 << 16)])
            if self.of.pause:
                time.sleep(self.of.pause)
        self.wfile.flush()
        if fault.startswith("stall"):
            self.of.released.wait(20)
