"""What is printed moves no cursor and sets no title: names and scores may be those of anybody's files."""

from __future__ import annotations

import io
import os
import re
import sys

#: control characters but tab and new line, and the marks that turn the direction of what follows
CONTROLS = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u200e\u200f\u2028-\u202e\u2066-\u2069]")
COLOUR = re.compile("(\x1b\\[[0-9;]*m)")


def printable(text: str) -> str:
    r"""The text with its control characters spelt out: `\x1b`.

    >>> printable("run\x1b[2J")
    'run\\x1b[2J'
    """
    return CONTROLS.sub(lambda found: found[0].encode("unicode_escape").decode(), text)


class EscapedOutput(io.TextIOWrapper):
    """A text stream that spells out control characters, and what its encoding lacks.

    Colours on a terminal stay. The stream `replaced` lives on: its end would close the file of both.
    """

    def __init__(self, replaced: io.TextIOWrapper) -> None:
        super().__init__(
            replaced.buffer,
            encoding=replaced.encoding,
            errors="backslashreplace",
            line_buffering=replaced.line_buffering,
        )
        self.replaced = replaced

    def write(self, text: str) -> int:
        """Write the text; gives the number of characters that were asked for."""
        if CONTROLS.search(text):
            parts = COLOUR.split(text) if self.isatty() else [text]
            safe = [part if number % 2 else printable(part) for number, part in enumerate(parts)]
            super().write("".join(safe))
        else:
            super().write(text)
        return len(text)


def install() -> None:
    """Let stdout be such a stream; one that a test or a notebook has put in its place stays.

    Where the caller has closed stdout or stderr, what is printed there is lost.
    """
    sys.stdout = sys.stdout or open(os.devnull, "w")  # noqa: SIM115 - open as long as the process
    sys.stderr = sys.stderr or open(os.devnull, "w")  # noqa: SIM115
    replaced = sys.stdout
    if type(replaced) is io.TextIOWrapper:
        replaced.flush()
        sys.stdout = EscapedOutput(replaced)
