"""HTML that cannot be forgotten to be escaped: text becomes markup only through `tag`."""

from __future__ import annotations

import base64
from collections.abc import Iterable, Mapping
from html import escape

VOID = frozenset({"img", "input", "meta"})


class Markup(str):
    """Text that is HTML already."""


def tag(name: str, *children: str, on: Mapping[str, str] | None = None) -> Markup:
    """An element; children are escaped unless they are markup, values of attributes always.

    >>> tag("b", "1 < 2", on={"class": "sum"})
    '<b class="sum">1 &lt; 2</b>'
    """
    attributes = "".join(f' {key}="{escape(value)}"' for key, value in (on or {}).items())
    if name in VOID:
        return Markup(f"<{name}{attributes}>")
    return Markup(f"<{name}{attributes}>{joined(children)}</{name}>")


def joined(children: Iterable[str]) -> Markup:
    """One after another, with what is not yet markup escaped."""
    return Markup("".join(one if isinstance(one, Markup) else escape(one) for one in children))


def folded(title: str, *children: str, wide_open: bool = False) -> Markup:
    """A part of the page that opens when its title is clicked."""
    return tag("details", tag("summary", title), *children, on={"open": ""} if wide_open else None)


def table(header: Iterable[str], rows: Iterable[Iterable[str]], caption: str) -> Markup:
    """A table whose first column names the rows; it scrolls by itself where the page is narrow."""
    head = tag("tr", *(tag("th", cell, on={"scope": "col"}) for cell in header))
    body = (tag("tr", *_row(list(cells))) for cells in rows)
    whole = tag("table", tag("caption", caption), tag("thead", head), tag("tbody", *body))
    return tag("div", whole, on={"class": "scroll", "tabindex": "0", "role": "region", "aria-label": caption})


def _row(cells: list[str]) -> list[Markup]:
    return [
        tag("th", cells[0], on={"scope": "row"}),
        *(one if isinstance(one, Markup) else tag("td", one) for one in cells[1:]),
    ]


def data_uri(data: bytes, kind: str) -> str:
    """The file itself as an address."""
    return f"data:{kind};base64,{base64.b64encode(data).decode()}"


def encoded_size(data: bytes) -> int:
    """How many characters the file takes in a page."""
    return 4 * -(-len(data) // 3)
