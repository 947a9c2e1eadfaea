"""One HTTP request that continues a partial file by Range, or fetches it from the start where it must."""

from __future__ import annotations

import http.client
import re
import socket
import ssl
import urllib.error
import urllib.request
from collections.abc import Callable
from email.message import Message
from email.utils import parsedate_to_datetime
from time import time
from typing import Any
from urllib.parse import urlsplit

from ...errors import DisentError
from .partial_file import PartialFile, RemoteVersion
from .source import RemoteFile

BLOCK = 1 << 20  # bytes asked of the socket at a time
PASSING = {408, 425, 429, 500, 502, 503, 504}  # HTTP statuses that may be gone in a moment


class TransientError(DisentError):
    """The transfer broke off and may go on later, not before `wait` seconds where the host said so."""

    def __init__(self, message: str, wait: float | None = None) -> None:
        super().__init__(message)
        self.wait = wait


class RemoteChanged(TransientError):
    """The host has another file by now: the bytes received so far belong to none."""


class PermanentError(DisentError):
    """The host does not give this file; asking it again is of no use."""


class GotHtml(PermanentError):
    """The host sent a page for a person to click on instead of the file."""


def transfer(
    url: str, file: RemoteFile, part: PartialFile, *, stall: float, received: Callable[[int], object]
) -> None:
    """Ask `url` for what `part` lacks and append it; returns when every byte has come.

    `received` is called with the size of the part after each block.

    Raises:
        TransientError: No byte came for `stall` seconds, or a further try makes sense for another reason.
        PermanentError: No further try makes sense.
        OSError: Writing fails.
    """
    try:
        with _asked(_request(url, file, part), stall) as response:
            _refuse_downgrade(url, response.url)
            _refuse_web_page(response.headers.get_content_type())
            version = _version(url, response)
            _refuse_other_size(file, version)
            if response.status != 206:
                part.restart(version)
            elif not _fits(response, version, part, file):
                raise RemoteChanged("the file has changed on the host; starting again", wait=0)
            _append(response, part, file, stall, received)
    except RemoteChanged:
        part.discard()
        raise
    if version.total is not None and part.size != version.total:
        raise TransientError(f"the connection ended after {part.size:,} of {version.total:,} bytes")


def _request(url: str, file: RemoteFile, part: PartialFile) -> urllib.request.Request:
    """The request for the rest of a part, or for the whole file.

    Bytes of another mirror are continued only where the MD5 of the whole is known: it finds out unfit ones.
    """
    headers = {"User-Agent": "disentcli", "Accept-Encoding": "identity"}
    version, size = part.version, part.size
    if size and version is not None and (version.url == url or file.is_certain):
        headers["Range"] = f"bytes={size}-"
    return urllib.request.Request(url, headers=headers)  # noqa: S310 - of our table, or the user's mirrors


def _asked(request: urllib.request.Request, stall: float) -> Any:
    try:
        return urllib.request.build_opener(_Redirects).open(request, timeout=stall)
    except urllib.error.HTTPError as error:
        error.close()
        reason = f"HTTP {error.code} {error.reason}".rstrip()
        if error.code in PASSING:
            raise TransientError(reason, wait=_retry_after(error.headers)) from error
        if error.code == 416:  # the part is longer than the file
            raise RemoteChanged("the file has changed on the host; starting again", wait=0) from error
        raise PermanentError(reason) from error
    except urllib.error.URLError as error:
        if isinstance(error.reason, ssl.SSLCertVerificationError):
            raise PermanentError(f"its certificate is not trusted ({error.reason.verify_message})") from error
        if isinstance(error.reason, socket.gaierror) and not request.has_header("Range"):
            raise PermanentError(f"no host {request.host} is known here; is this machine online?") from error
        raise TransientError(_in_words(error.reason, stall)) from error
    except (OSError, http.client.HTTPException) as error:
        raise TransientError(_in_words(error, stall)) from error


class _Redirects(urllib.request.HTTPRedirectHandler):
    """Follows a host to another address, but never from a protected one to one that is not."""

    def redirect_request(self, req: Any, fp: Any, code: int, msg: str, headers: Any, newurl: str) -> Any:
        """The request for the new address."""
        _refuse_downgrade(req.full_url, newurl)
        return super().redirect_request(req, fp, code, msg, headers, newurl)


def _append(
    response: Any, part: PartialFile, file: RemoteFile, stall: float, received: Callable[[int], object]
) -> None:
    """Write what comes, never more than the file can have."""
    size, version = part.size, part.version
    most = file.most if version is None or version.total is None else version.total
    with part.appending() as stream:
        while block := _block(response, stall):
            if size == 0 and block.lstrip()[:14].lower().startswith((b"<!doctype html", b"<html")):
                part.discard()
                _refuse_web_page("text/html")
            if size + len(block) > most:
                part.discard()
                raise PermanentError(f"it sends more than the {most:,} bytes that the file can have")
            stream.write(block)
            size += len(block)
            received(size)


def _block(response: Any, stall: float) -> bytes:
    try:
        return response.read1(BLOCK)
    except (OSError, http.client.HTTPException) as error:
        raise TransientError(_in_words(error, stall)) from error


def _in_words(error: object, stall: float) -> str:
    if isinstance(error, TimeoutError):
        return f"no byte came for {stall:g} s"
    return f"the connection failed ({str(error) or type(error).__name__})"


def _version(url: str, response: Any) -> RemoteVersion:
    if response.status == 206:
        matched = re.fullmatch(
            r"bytes [0-9]+-[0-9]+/([0-9]+)", response.headers.get("Content-Range", "").strip()
        )
        total = _number(matched[1]) if matched else None
    else:
        length = response.headers.get("Content-Length", "")
        total = _number(length)
    etag = response.headers.get("ETag", "")
    named = etag if etag.strip('W/" ') else None  # an empty one tells nothing
    return RemoteVersion(url, total, named, response.headers.get("Last-Modified"))


def _number(text: str) -> int | None:
    """A number of bytes or seconds in a header; None where it is none, or absurd."""
    return int(text) if re.fullmatch(r"[0-9]{1,18}", text.strip()) else None


def _fits(response: Any, version: RemoteVersion, part: PartialFile, file: RemoteFile) -> bool:
    """Whether a partial answer begins where the part ends, and is of the same file.

    The check is ours instead of the host's (If-Range, which some answer with the whole file every time).
    """
    before = part.version
    begins = response.headers.get("Content-Range", "").strip().startswith(f"bytes {part.size}-")
    if before is None or not begins or before.total != version.total:
        return False
    return file.is_certain or before.unchanged(version)


def _refuse_downgrade(asked: str, answered: str) -> None:
    if urlsplit(asked).scheme == "https" and urlsplit(answered).scheme != "https":
        raise PermanentError(f"it redirects to an unprotected address, {answered}")


def _refuse_web_page(content_type: str) -> None:
    if content_type in ("text/html", "application/xhtml+xml"):
        raise GotHtml("a web page came instead of the file")


def _refuse_other_size(file: RemoteFile, version: RemoteVersion) -> None:
    if version.total is None:
        return
    if file.size is not None and version.total != file.size:
        raise PermanentError(f"the file there has {version.total:,} bytes, the published one {file.size:,}")
    if version.total > file.most:
        raise PermanentError(
            f"the file there has {version.total:,} bytes, about {file.about:,} were expected"
        )


def _retry_after(headers: Message) -> float | None:
    value = headers.get("Retry-After", "").strip()
    if (seconds := _number(value)) is not None:
        return float(seconds)
    try:
        return max(0.0, parsedate_to_datetime(value).timestamp() - time())
    except (TypeError, ValueError, OverflowError):
        return None
