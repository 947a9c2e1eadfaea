"""Control characters and what an encoding lacks are spelt out; colours of our own stay on a terminal."""

from __future__ import annotations

import io

import pytest

from disentcli.console.escaped_output import EscapedOutput, printable


class Terminal(io.BytesIO):
    """Bytes that say they are shown on a terminal."""

    def isatty(self) -> bool:
        return True


def written(text: str, raw: io.BytesIO, encoding: str = "utf-8") -> str:
    stream = EscapedOutput(io.TextIOWrapper(raw, encoding=encoding, newline="\n"))
    assert stream.write(text) == len(text)
    stream.flush()
    return raw.getvalue().decode(encoding)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("a\tb\n", "a\tb\n"),
        ("größer ± 日本", "größer ± 日本"),
        ("\x1b[2Jgone", "\\x1b[2Jgone"),
        ("\x1b]0;title\x07", "\\x1b]0;title\\x07"),
        ("back\rover", "back\\rover"),
        ("\u202egpj.exe", "\\u202egpj.exe"),
        ("\x9b31m", "\\x9b31m"),
    ],
)
def test_controls_are_spelt_out(text: str, shown: str) -> None:
    assert printable(text) == shown
    assert written(text, io.BytesIO()) == shown


def test_colours_stay_on_a_terminal_alone() -> None:
    text = "\x1b[31mred\x1b[0m \x1b[2J"
    assert written(text, Terminal()) == "\x1b[31mred\x1b[0m \\x1b[2J"
    assert written(text, io.BytesIO()) == "\\x1b[31mred\\x1b[0m \\x1b[2J"


def test_what_the_encoding_lacks_is_spelt_out() -> None:
    assert written("3×3 日", io.BytesIO(), "ascii") == "3\\xd73 \\u65e5"
