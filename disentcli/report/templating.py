"""The report's HTML: Jinja2 templates that escape what is put into them, and files embedded in a page."""

from __future__ import annotations

import base64
import hashlib
from functools import cache
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

SCRIPTS = ("slider.js", "page.js")


@cache
def environment() -> Environment:
    """The templates of this folder, in which every text is escaped unless it is Markup."""
    found = Environment(
        loader=PackageLoader(__package__),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    found.filters["data_uri"] = data_uri
    found.policies["json.dumps_kwargs"] = {"separators": (",", ":")}
    return found


def render(template: str, **values: Any) -> Markup:
    """A template filled with these values.

    >>> render("paragraph.html", lines=["1 < 2"], kind="reason")
    Markup('<p class="reason">1 &lt; 2</p>')
    """
    return Markup(environment().get_template(template).render(values).strip("\n"))  # noqa: S704 - by Jinja2, which escapes


def render_page(title: str, body: Markup, *, refresh: int = 0) -> str:
    """A whole page; its policy lets a browser run our script and style alone, and fetch nothing.

    refresh: seconds after which a browser loads it again; 0 for never.
    """
    style, script = source("page.css"), Markup("\n").join(map(source, SCRIPTS))
    policy = (
        f"default-src 'none'; img-src data:; style-src '{_digest(style)}'; "
        f"script-src '{_digest(script)}'; base-uri 'none'; form-action 'none'"
    )
    parts = {"policy": policy, "style": style, "script": script, "body": body, "refresh": refresh}
    return f"{render('page.html', title=title, **parts)}\n"


def source(name: str) -> Markup:
    """The text of a file of the templates folder, unchanged: page.css, slider.js."""
    loader = environment().loader
    assert loader is not None
    return Markup(loader.get_source(environment(), name)[0])  # noqa: S704 - by Jinja2, which escapes


def _digest(text: str) -> str:
    """What a page's policy calls a script or a style by."""
    return f"sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}"


def data_uri(data: bytes, kind: str = "image/png") -> str:
    """A file as an address that holds all of it; `kind` is its media type."""
    return f"data:{kind};base64,{base64.b64encode(data).decode()}"


def encoded_size(data: bytes) -> int:
    """How many characters a file takes in a page."""
    return 4 * -(-len(data) // 3)
