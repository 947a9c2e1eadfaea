"""The page in a headless Chromium, wherever one is found; test_slider_script.py needs none."""

from __future__ import annotations

import io
import json
from base64 import b64decode
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from disentcli.report import write_report
from disentcli.report.page import ModelOf
from disentcli.runs.results import write_results
from disentcli.runs.run import Run

from .chromium import BROWSER, Tab, browsing
from .test_embedded_figures import with_figure

pytestmark = pytest.mark.skipif(BROWSER is None, reason="there is no Chromium on this machine")
READY = "document.querySelector('.controls:not([hidden])') !== null"


@pytest.fixture(scope="module")
def tab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Tab]:
    with browsing(tmp_path_factory.mktemp("profile")) as one:
        yield one


@pytest.fixture(scope="module")
def page(vae: Run, model_of: ModelOf) -> Path:
    records = vae.path / "records"
    records.mkdir()
    lines = [json.dumps({"step": step, "train/loss": 2.0 / step}) for step in (1, 2)]
    (records / "scalars.jsonl").write_text("\n".join(lines) + "\n")
    for seed, name in enumerate(("m_mig_mutual_information", "m_mig_mutual_information_hinton", "samples")):
        with_figure(vae, f"figures-val/{name}", seed=seed)
    write_results(vae, "m", {"mig": {"mig": 0.5}})
    return write_report(vae.path / "report.html", [vae], model_of=model_of)


def opened(tab: Tab, page: Path, width: int = 1300, dark: bool = False) -> None:
    tab.opens(page, width, dark)
    wait = (
        f"new Promise(done => {{ const look = () => {READY} ? done(true) : setTimeout(look, 20); look(); }})"
    )
    assert tab.says(wait)


def pixels(tab: Tab, canvas: str) -> np.ndarray:
    """What a canvas shows, (H, W) grey."""
    uri = tab.says(f"document.querySelector('{canvas}').toDataURL('image/png')")
    with Image.open(io.BytesIO(b64decode(uri.partition(",")[2]))) as image:
        return np.asarray(image.convert("L"))


def frame(tab: Tab, base: int, row: int, column: int) -> np.ndarray:
    """A frame of a sheet, cut out of its PNG by hand; the toy's frames are 32 pixels a side."""
    uri = tab.says(f"document.querySelectorAll('.sheets img')[{base}].src")
    with Image.open(io.BytesIO(b64decode(uri.partition(",")[2]))) as image:
        return np.asarray(image.convert("L"))[row * 32 :, column * 32 :][:32, :32]


def test_no_error_and_nothing_fetched_with_the_network_off(tab: Tab, page: Path) -> None:
    tab.said.clear()
    tab.asked.clear()
    opened(tab, page)
    assert tab.says("document.querySelectorAll('svg .train .line').length") == 1
    assert tab.said == []
    assert [one for one in tab.asked if not one.startswith("data:")] == [page.resolve().as_uri()]


def test_a_slider_moved_by_a_script_changes_the_displayed_frame(tab: Tab, page: Path) -> None:
    opened(tab, page)
    np.testing.assert_array_equal(pixels(tab, "[data-role=moved]"), frame(tab, 0, 0, 1))
    before = pixels(tab, ".latent:nth-child(3) canvas")
    tab.says(
        "(s => { s.value = s.value === '0' ? 8 : 0; s.dispatchEvent(new Event('input')) })"
        "(document.querySelector('#run-0-z2'))"
    )
    step = int(tab.says("document.querySelector('#run-0-z2').value"))
    expected = frame(tab, 0, 3, step)
    assert (expected != before).any()
    np.testing.assert_array_equal(pixels(tab, ".latent:nth-child(3) canvas"), expected)
    np.testing.assert_array_equal(pixels(tab, "[data-role=moved]"), expected)


def test_the_keyboard_moves_a_slider_and_chooses_the_base_image(tab: Tab, page: Path) -> None:
    opened(tab, page)
    tab.says("document.querySelector('#run-0-z1').focus()")
    tab.presses("Home")
    tab.presses("ArrowRight")
    assert tab.says("document.querySelector('#run-0-z1').value") == "1"
    np.testing.assert_array_equal(pixels(tab, "[data-role=moved]"), frame(tab, 0, 2, 1))
    assert tab.says("document.querySelector('[data-role=moved] + figcaption').textContent").startswith(
        "z1 = "
    )
    tab.says("document.querySelector('.bases input').focus()")
    tab.presses("ArrowRight")
    np.testing.assert_array_equal(pixels(tab, "[data-role=original]"), frame(tab, 1, 0, 0))
    np.testing.assert_array_equal(pixels(tab, "[data-role=moved]"), frame(tab, 1, 0, 1))


@pytest.mark.parametrize("dark", [False, True])
@pytest.mark.parametrize("width", [400, 1300])
def test_the_page_fits_the_window_in_both_colour_schemes(
    tab: Tab, page: Path, width: int, dark: bool
) -> None:
    opened(tab, page, width, dark)
    tab.says("document.querySelectorAll('details').forEach(one => { one.open = true })")
    assert tab.says("document.documentElement.scrollWidth") <= width
    ground, ink = (
        sum(map(int, tab.says(f"getComputedStyle(document.body).{what}")[4:-1].split(",")[:3]))
        for what in ("backgroundColor", "color")
    )
    assert (ground < ink) == dark


VIEWS = "[...document.querySelectorAll('[data-views] .enlarge')].map(one => one.offsetHeight > 0)"


def test_a_switch_shows_one_view_of_a_figure_at_a_time(tab: Tab, page: Path) -> None:
    opened(tab, page)
    assert tab.says(VIEWS) == [True, False]
    tab.says("document.querySelectorAll('.switch input')[1].click()")
    assert tab.says(VIEWS) == [False, True]


def test_a_click_enlarges_a_picture_and_escape_or_a_click_puts_it_back(tab: Tab, page: Path) -> None:
    opened(tab, page)
    for picture in ("img", "svg"):
        button = f"document.querySelector('.enlarge:not([hidden]) > {picture}').parentElement"
        before = tab.says(f"{button}.offsetWidth")
        tab.says(f"{button}.click()")
        assert tab.says(f"document.querySelector('dialog {picture}').getBoundingClientRect().width") > before
        assert tab.says("document.querySelector('dialog p').textContent.length") > 3
        tab.says("document.querySelector('dialog button').click()")
        tab.says("new Promise(done => setTimeout(done, 30))")
        assert tab.says("document.querySelector('dialog')") is None
        assert tab.says(f"document.activeElement === {button}")


def test_contents_stand_at_the_side_or_on_a_narrow_window_above_and_open_what_they_lead_to(
    tab: Tab, page: Path
) -> None:
    opened(tab, page)
    box = "document.querySelector('{}').getBoundingClientRect()"
    nav, content = box.format(".contents"), box.format(".content")
    assert tab.says(f"{nav}.right <= {content}.left")
    assert tab.says("document.querySelector('#run-0-config details').open") is False
    tab.says("document.querySelector('.contents a[href=\"#run-0-config\"]').click()")
    tab.says("new Promise(done => setTimeout(done, 50))")
    assert tab.says("document.querySelector('#run-0-config details').open") is True
    opened(tab, page, width=400)
    assert tab.says(f"{nav}.bottom <= {content}.top")


def test_without_javascript_the_sheets_themselves_are_shown(tab: Tab, page: Path) -> None:
    tab.does("Emulation.setScriptExecutionDisabled", value=True)
    tab.opens(page)
    heights = "[...document.querySelectorAll('.sheets img')].map(one => one.offsetHeight > 30)"
    assert tab.says(heights) == [True] * 4
    assert tab.says("document.querySelector('.controls').offsetHeight") == 0
    assert tab.says(VIEWS) == [True, True]
    tab.does("Emulation.setScriptExecutionDisabled", value=False)
