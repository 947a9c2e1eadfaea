"""slider.js in QuickJS: which frame each slider shows, and a page of stand-ins that it drives."""

from __future__ import annotations

import json
from typing import Any

import pytest
import quickjs

from disentcli.report.templating import source

DATA = {
    "frame": [8, 6],
    "latents": ["z0", "z4"],
    "bases": [
        {"base_index": [1, 0], "texts": [["a", "b", "c"], ["d"]]},
        {"base_index": [0, 2], "texts": [["e", "f"], ["g", "h", "i", "j"]]},
    ],
}

STAND_INS = """
const drawn = [];
const element = (name, more = {}) => ({
  name, listeners: {}, attributes: {}, hidden: false,
  addEventListener(kind, does) { this.listeners[kind] = does; },
  setAttribute(key, value) { this.attributes[key] = value; },
  ...more,
});
const canvas = (name) => element(name, {
  width: 8, height: 6, nextElementSibling: element("caption"),
  getContext: () => ({ drawImage: (sheet, ...box) => drawn.push([name, sheet.name, ...box.slice(0, 4)]) }),
});
const rows = ["row0", "row1"].map((name) => {
  const parts = { canvas: canvas(name), input: element("slider"), output: element("output") };
  return { parts, querySelector: (what) => parts[what] };
});
const found = {
  script: element("script", { textContent: DATA }),
  ".sheets": element("sheets"), ".controls": element("controls"), button: element("button"),
  "[data-role=original]": canvas("original"), "[data-role=reconstruction]": canvas("reconstruction"),
  "[data-role=moved]": canvas("moved"),
};
const all = {
  ".sheets img": ["sheet0", "sheet1"].map((name) => element(name, { decode: () => Promise.resolve() })),
  ".bases input": [element("choice0"), element("choice1")],
  ".bases canvas": [canvas("thumbnail0"), canvas("thumbnail1")],
  ".latent": rows,
};
const section = { querySelector: (what) => found[what], querySelectorAll: (what) => all[what] };
connect(section);
"""


@pytest.fixture
def script() -> quickjs.Context:
    context = quickjs.Context()
    context.eval(source("slider.js"))
    return context


def value(script: quickjs.Context, expression: str) -> Any:
    return json.loads(script.eval(f"JSON.stringify({expression})"))


@pytest.fixture
def traversal(script: quickjs.Context) -> quickjs.Context:
    script.eval(f"const t = new Traversal({json.dumps(DATA)})")
    return script


def test_it_begins_at_the_image_itself(traversal: quickjs.Context) -> None:
    assert value(traversal, "[t.base, t.steps, t.moved]") == [0, [1, 0], None]
    assert value(traversal, "t.boxOf(null)") == [8, 0, 8, 6]  # the reconstruction
    assert value(traversal, "t.text(0)") == "b, base image"


def test_a_step_is_a_column_and_a_latent_a_row_below_the_first(traversal: quickjs.Context) -> None:
    traversal.eval("t.choose(1); t.move(1, 3)")
    assert value(traversal, "t.boxOf(1)") == [3 * 8, 2 * 6, 8, 6]
    assert value(traversal, "t.caption()") == "z4 = j"
    assert value(traversal, "t.boxOf(0)") == [0, 6, 8, 6]  # the other latent stays


@pytest.mark.parametrize(("step", "column"), [(-3, 0), (99, 2)])
def test_steps_beyond_the_ends_stay_at_them(traversal: quickjs.Context, step: int, column: int) -> None:
    traversal.eval(f"t.move(0, {step})")
    assert value(traversal, "t.steps[0]") == column


def test_another_base_image_begins_anew(traversal: quickjs.Context) -> None:
    traversal.eval("t.move(0, 2); t.choose(1)")
    assert value(traversal, "[t.steps, t.moved, t.last(1)]") == [[0, 2], None, 3]


@pytest.fixture
def page(script: quickjs.Context) -> quickjs.Context:
    script.eval(STAND_INS.replace("DATA", json.dumps(json.dumps(DATA))))
    while script.execute_pending_job():
        pass
    return script


def test_the_page_shows_controls_in_place_of_the_sheets(page: quickjs.Context) -> None:
    assert value(page, '[found[".sheets"].hidden, found[".controls"].hidden]') == [True, False]
    assert value(page, "rows.map((row) => [row.parts.input.max, row.parts.input.value])") == [[2, 1], [0, 0]]
    assert value(page, "rows.map((row) => row.parts.input.disabled)") == [False, True]
    assert ["thumbnail1", "sheet1", 0, 0, 8, 6] in value(page, "drawn")


def test_moving_a_slider_draws_its_frame_small_and_large(page: quickjs.Context) -> None:
    page.eval("drawn.length = 0; const s = rows[0].parts.input; s.value = '2'; s.listeners.input()")
    frame = ["sheet0", 16, 6, 8, 6]
    assert value(page, "drawn") == [["row0", *frame], ["moved", *frame]]
    assert value(page, "rows[0].parts.output.textContent") == "c"
    assert value(page, 'rows[0].parts.input.attributes["aria-valuetext"]') == "c"
    assert value(page, 'found["[data-role=moved]"].nextElementSibling.textContent') == "z0 = c"


def test_choosing_a_base_image_and_going_back_to_it(page: quickjs.Context) -> None:
    page.eval("all['.bases input'][1].listeners.change()")
    assert value(page, "drawn.at(-1)") == ["moved", "sheet1", 8, 0, 8, 6]
    page.eval("const s = rows[1].parts.input; s.value = '0'; s.listeners.input()")
    assert value(page, "drawn.at(-1)") == ["moved", "sheet1", 0, 12, 8, 6]
    page.eval("found.button.listeners.click()")
    assert value(page, "rows[1].parts.input.value") == 2
