"""Templates: text is escaped everywhere, a name that is missing is an error, all of them are shipped."""

from __future__ import annotations

from importlib import resources

import pytest
from jinja2 import UndefinedError
from markupsafe import Markup

from disentcli.report import templating
from disentcli.report.embedded_figures import EmbeddedFigure, EmbeddedView
from disentcli.report.templating import data_uri, encoded_size, environment, render, source

from .reading import Page

EVIL = "</script><b onclick='x'>\"&"


def test_text_is_escaped_in_elements_and_in_attributes_and_markup_is_not() -> None:
    one = EmbeddedFigure(EVIL, EVIL, (EmbeddedView("", b"x", "image/png"),))
    page = Page(str(render("figures.html", figures=[one], left_out=[EVIL], prefix="run-0")))
    assert [tag for tag, _ in page.elements] == [
        *("div", "figure", "button", "img", "figcaption", "b"),
        "p",
    ]
    assert page.having("img", "alt") == [EVIL]
    assert page.text.count(EVIL) == 3
    assert "<i>" in render("paragraph.html", lines=[Markup("<i>note</i>")], kind="")


def test_data_of_a_script_cannot_end_it() -> None:
    text = environment().from_string("<script>{{ data|tojson }}</script>").render(data={"a": EVIL})
    assert text.count("</script>") == 1
    assert "<b" not in text


def test_what_a_template_lacks_is_an_error() -> None:
    with pytest.raises(UndefinedError, match="'kind' is undefined"):
        render("paragraph.html", lines=["a"])


def test_every_template_can_be_read_from_the_installed_package() -> None:
    folder = resources.files(templating.__package__) / "templates"
    names = sorted(path.name for path in folder.iterdir())
    assert {"page.html", "run.html", "page.css", "slider.js"} <= set(names)
    for name in names:
        if name.endswith(".html"):
            environment().get_template(name)  # raises where its syntax is wrong
        else:
            assert source(name) == (folder / name).read_text(encoding="utf-8")


@pytest.mark.parametrize("size", [0, 1, 2, 3, 1000])
def test_the_size_of_an_embedded_file_is_known_before(size: int) -> None:
    data = bytes(size)
    assert len(data_uri(data, "image/gif")) == encoded_size(data) + len("data:image/gif;base64,")
