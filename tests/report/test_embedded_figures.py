"""Figures on the page: all of them where there is room, smaller ones where there is little."""

from __future__ import annotations

import base64
import io
import re

import numpy as np
from PIL import Image

from disentcli.report.embedded_figures import render_figures
from disentcli.runs.run import Run

from .conftest import Maker
from .reading import Page


def with_figure(run: Run, name: str, width: int = 40, kind: str = "png") -> bytes:
    """A figure of noise, which compresses badly."""
    noise = np.random.default_rng(0).integers(0, 256, (40, width, 3), dtype=np.uint8)
    path = run.path / "figures" / f"{name}.{kind}"
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(noise).save(path)
    return path.read_bytes()


def images(html: str) -> list[bytes]:
    return [base64.b64decode(one) for one in re.findall(r"base64,([^\"]+)", html)]


def test_figures_are_embedded_whole_with_captions_and_alternative_texts(bare: Maker) -> None:
    run = bare()
    files = [with_figure(run, name) for name in ("eval-val/samples", "metrics-x/mig_mutual_information")]
    html = str(render_figures(run, 1_000_000))
    assert images(html) == files
    page = Page(html)
    assert page.having("img", "alt") == ["eval-val: samples", "metrics-x: mig mutual information"]
    assert page.text == "eval-val: samplesmetrics-x: mig mutual information"


def test_a_figure_in_two_formats_is_shown_once_and_moving_ones_come_last(bare: Maker) -> None:
    run = bare()
    with_figure(run, "e/a", kind="gif")
    with_figure(run, "e/b", width=500)
    (run.path / "figures" / "e" / "b.svg").write_text("<svg xmlns='http://www.w3.org/2000/svg'/>")
    (run.path / "figures" / "e" / "b.pdf").write_text("no picture of a page")
    html = str(render_figures(run, 1_000_000))
    assert re.findall(r"data:image/(\S+?);", html) == ["svg+xml", "gif"]
    assert Page(html).having("img", "alt") == ["e: b", "e: a (moving)"]


def test_a_large_figure_is_reduced_and_its_caption_says_so(bare: Maker) -> None:
    run = bare()
    with_figure(run, "e/large", width=2000)
    html = str(render_figures(run, 60_000))
    assert len(html) <= 60_000
    with Image.open(io.BytesIO(images(html)[0])) as image:
        assert image.width < 2000
        assert image.width / image.height == 50
    assert "reduced to fit" in Page(html).text


def test_figures_without_room_are_named(bare: Maker) -> None:
    run = bare()
    for n in range(20):
        with_figure(run, f"e/f{n}", width=900)
    html = str(render_figures(run, 30_000))
    assert len(html) <= 30_000 + 1_000
    assert "No room on this page for" in Page(html).text


def test_a_damaged_picture_harms_no_other(bare: Maker) -> None:
    run = bare()
    with_figure(run, "e/good")
    (run.path / "figures" / "e" / "bad.png").write_bytes(bytes(100_000))
    page = Page(str(render_figures(run, 20_000)))
    assert page.having("img", "alt") == ["e: good"]
    assert "No room on this page for e: bad" in page.text


def test_no_figures_yet(bare: Maker) -> None:
    assert "No figures yet" in render_figures(bare(), 1000)
