"""The frame of a page: its head, its style and script, and the rule that nothing is loaded from outside."""

from __future__ import annotations

import base64
import hashlib
from importlib import resources

from .markup import Markup, tag


def part(name: str) -> str:
    """The text of a file of this package: page.css, slider.js."""
    return resources.files(__package__).joinpath(name).read_text(encoding="utf-8")


def document(title: str, body: Markup) -> str:
    """A whole page. Its policy lets the browser run our script and style alone, and fetch nothing."""
    style, script = part("page.css"), part("slider.js")
    policy = (
        f"default-src 'none'; img-src data:; style-src '{_fingerprint(style)}'; "
        f"script-src '{_fingerprint(script)}'; base-uri 'none'; form-action 'none'"
    )
    head = tag(
        "head",
        tag("meta", on={"charset": "utf-8"}),
        tag("meta", on={"http-equiv": "Content-Security-Policy", "content": policy}),
        tag("meta", on={"name": "viewport", "content": "width=device-width, initial-scale=1"}),
        tag("meta", on={"name": "color-scheme", "content": "light dark"}),
        tag("title", title),
        tag("style", Markup(style)),
    )
    page = tag("html", head, tag("body", body, tag("script", Markup(script))), on={"lang": "en"})
    return f"<!doctype html>\n{page}\n"


def _fingerprint(text: str) -> str:
    return f"sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}"
