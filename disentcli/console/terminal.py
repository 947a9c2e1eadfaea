"""What the user sees: short errors on stderr, warnings in one line, colour only where it is welcome."""

from __future__ import annotations

import errno
import logging
import os
import sys
import tempfile
import traceback
import warnings
from types import TracebackType
from typing import Any, TextIO

from ..errors import DisentError
from . import escaped_output, follow_up
from .escaped_output import printable

STYLES = {"bold": "1", "dim": "2", "red": "31", "green": "32", "yellow": "33", "cyan": "36"}
BROKEN_PIPE, INTERRUPTED = 141, 130  # 128 + SIGPIPE, 128 + SIGINT

#: what the system refuses, and what to do about it; no bug, wherever it happens
REFUSED = {
    errno.EACCES: "choose a place that you may use",
    errno.EPERM: "choose a place that you may use",
    errno.EROFS: "choose a place that may be written",
    errno.ENOSPC: "make room there, or choose another place",
    errno.EDQUOT: "make room there, or choose another place",
    errno.EFBIG: "choose a place that takes files of this size (`ulimit -f`)",
    errno.EMFILE: "allow more open files (`ulimit -n`)",
    errno.ENFILE: "close other programs, which hold too many files",
    errno.EIO: "the disk or its connection fails; choose another place",
    errno.ENAMETOOLONG: "choose shorter names",
    errno.ELOOP: "its links lead in a circle",
    errno.EISDIR: "a file should be there; take the folder away",
    errno.ENOTDIR: "a folder should be there; take the file away",
}

debug = False  # set by --debug: the traceback goes to the screen


def styled(text: str, style: str, stream: TextIO | None = None) -> str:
    """The text in this style where the stream is a terminal and NO_COLOR is not set."""
    stream = stream or sys.stdout
    if os.environ.get("NO_COLOR") or os.environ.get("TERM") == "dumb" or not stream.isatty():
        return text
    return f"\033[{STYLES[style]}m{text}\033[0m"


def echo(text: str) -> None:
    """Print a whole page, whose commands are those of this call's program."""
    print(follow_up.with_program(text), flush=True)


def echo_next(text: str) -> None:
    """Print a line that ends in what can be called next."""
    print(follow_up.as_typed_here(text), flush=True)


def warn(message: str) -> None:
    """One line on stderr."""
    text = printable(follow_up.as_typed_here(message))
    print(styled("warning: ", "yellow", sys.stderr) + text, file=sys.stderr)


def report_error(error: BaseException) -> int:
    """Show an error and return the exit code it stands for."""
    if isinstance(error, BrokenPipeError):
        _discard_output()
        return BROKEN_PIPE
    if isinstance(error, KeyboardInterrupt):
        _show("interrupted")
        return INTERRUPTED
    if debug:
        traceback.print_exception(error)
    if isinstance(error, DisentError):
        _show(str(error), _error_file(error))
        return error.exit_code
    if _is_out_of_memory(error):
        _show(f"not enough memory: {error}", _error_file(error))
        return 1
    if isinstance(error, OSError) and error.errno in REFUSED:
        place = "" if error.filename is None else f"{os.fsdecode(error.filename)}: "
        _show(f"{place}{error.strerror}; {REFUSED[error.errno]}", _error_file(error))
        return 1
    where = _error_file(error) or ("" if debug else f"The traceback is in {_write_traceback(error)}")
    if type(error).__module__.startswith("omnifig"):
        _show(f"omnifig: {type(error).__name__}: {error}", where)
        return 2
    _show(
        f"{type(error).__name__}: {error}",
        "This is unexpected, a bug in disentcli or in a module of yours.",
        where,
    )
    return 1


def _is_out_of_memory(error: BaseException) -> bool:
    """Whether NumPy, PyTorch or Python itself could not allocate what was asked for."""
    of_torch = isinstance(error, RuntimeError) and "allocate memory" in str(error)
    return of_torch or isinstance(error, MemoryError) or type(error).__name__ == "OutOfMemoryError"


def install() -> None:
    """Make every error that ends the process, every warning and every log message short."""
    escaped_output.install()
    sys.excepthook = _excepthook
    warnings.showwarning = _showwarning
    logger = logging.getLogger("disentcli")
    logger.propagate = False
    logger.setLevel(logging.INFO)
    if not any(isinstance(handler, _LogHandler) for handler in logger.handlers):
        logger.addHandler(_LogHandler())


class _LogHandler(logging.Handler):
    """What the library logs (a long rendering begins, another process is waited for), a line each."""

    def emit(self, record: logging.LogRecord) -> None:
        if record.levelno >= logging.WARNING:
            warn(record.getMessage())
        else:
            print(printable(follow_up.as_typed_here(record.getMessage())), file=sys.stderr)


def _excepthook(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    try:
        sys.stdout.flush()
    except OSError:
        _discard_output()
    sys.exit(report_error(error))


def _showwarning(message: Warning | str, category: type[Warning], *_: Any, **__: Any) -> None:
    if category is UserWarning or debug:
        warn(str(message))


def _show(message: str, *more: str) -> None:
    text = printable("\n".join((follow_up.as_typed_here(message), *filter(None, more))))
    print(styled("error: ", "red", sys.stderr) + text, file=sys.stderr)


def _error_file(error: BaseException) -> str:
    """Where a run has already written the traceback (its error.txt)."""
    path = getattr(error, "error_file", None)
    return f"The traceback is in {path}" if path else ""


def _write_traceback(error: BaseException) -> str:
    try:
        with tempfile.NamedTemporaryFile("w", prefix="disentcli-", suffix=".txt", delete=False) as file:
            traceback.print_exception(error, file=file)
    except OSError:
        return "what --debug shows, for no file can be written"
    return file.name


def _discard_output() -> None:
    """Point stdout nowhere, so that the interpreter's last flush finds no broken pipe."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
