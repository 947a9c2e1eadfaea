"""Whole pages: nothing from outside, nothing unescaped, never too large, of runs in any state."""

from __future__ import annotations

import base64
import hashlib
import json
import shutil
from pathlib import Path

import numpy as np
import pytest

from disentcli.data.public.cmnist import ColoredMNIST
from disentcli.errors import CallError, DisentError
from disentcli.file_lock import FileLock
from disentcli.methods.inference import Inference
from disentcli.report import page as pages
from disentcli.report import write_report
from disentcli.report.page import ModelOf
from disentcli.runs.results import Results, write_result_file, write_results
from disentcli.runs.run import Run

from ..plots.oracle import Oracle
from ..toy_runs import VECTORS, make_run
from .conftest import Maker
from .reading import Page
from .test_embedded_figures import with_figure

DATA = str(Path(__file__).parents[1] / "data")  # holds mnist/


@pytest.fixture
def full(tmp_path: Path) -> Run:
    """A run that has something of everything, with names that are markup."""
    run = make_run(tmp_path, "full", method="vae")
    renamed = run.path.rename(run.path.with_name("<script>alert(1)<b>&\"'"))
    run = Run(renamed)
    run.write_config({**run.config(), "note": "</script><img src=x onerror=alert(2)>"})
    run.results.mkdir()
    found = Results({"<b>": {"<u>": 1.0, "x": None}}, {"<b>": "<s>why</s>"}, {"mode": "<val>"})
    write_result_file(run.results / "eval-<i>.json", found)
    with_figure(run, "eval-<i>/<em>")
    run.records.mkdir()
    line = {"step": 1, "train/<kl>": 2.0, "val/<kl>": 3.0}
    (run.records / "scalars.jsonl").write_text(json.dumps(line) + "\n")
    run.write_error("<h1>Error</h1>")
    return run


def test_one_run_whole_and_nothing_of_it_is_taken_for_markup(
    full: Run, tmp_path: Path, model_of: ModelOf
) -> None:
    path = write_report(tmp_path / "report.html", [full], model_of=model_of)
    page = Page(path)
    known = "html head meta title style body script main h1 h2 p span pre details summary div table caption"
    known += " thead tbody tr th td svg g circle path text figure figcaption b img canvas fieldset legend"
    known += " label input output button nav ul li a section dl dt dd"
    assert {tag for tag, _ in page.elements} <= {*known.split(), "title"}
    assert not [name for _, values in page.elements for name in values if name.startswith("on")]
    assert len(page.scripts) == 2
    assert full.name in page.text
    for text in ("<u>", "<s>why</s>", "<kl>", "<h1>Error</h1>", "onerror=alert(2)"):
        assert text in page.text
    assert len(page.having("input", "type")) == 4 + 4  # latents, base images


def test_a_page_asks_for_nothing_and_runs_no_script_but_ours(
    full: Run, tmp_path: Path, model_of: ModelOf
) -> None:
    page = Page(text := write_report(tmp_path / "report.html", [full], model_of=model_of).read_text())
    assert all(one.startswith("data:image/") for one in page.having("img", "src"))
    assert not [
        tag for tag, values in page.elements if tag in ("link", "iframe", "object") or "style" in values
    ]
    assert "url(" not in text
    policy = next(one for one in page.having("meta", "content") if "default-src 'none'" in one)
    digest = base64.b64encode(hashlib.sha256(page.scripts[-1].encode()).digest()).decode()
    assert f"script-src 'sha256-{digest}';" in policy


def test_everything_that_can_be_used_has_a_name(full: Run, tmp_path: Path, model_of: ModelOf) -> None:
    page = Page(write_report(tmp_path / "report.html", [full], model_of=model_of))
    ids = [values["id"] for _, values in page.elements if "id" in values]
    assert len(ids) == len(set(ids))
    sliders = [values["id"] for tag, values in page.elements if values.get("type") == "range"]
    assert sliders
    assert set(sliders) <= set(page.having("label", "for"))
    assert all(page.having("img", "alt"))
    for tag, values in page.elements:
        if tag in ("svg", "canvas"):
            assert values.get("aria-label") or values.get("aria-hidden")


def test_several_runs_have_one_table_and_a_section_each(bare: Maker, tmp_path: Path) -> None:
    runs = [bare(name) for name in ("one", "two")]
    write_results(runs[0], "m", {"mig": {"mig": 0.25}})
    page = Page(write_report(tmp_path / "all.html", runs, title="Both <runs>"))
    assert ["mig", "0.25", "–"] in page.rows
    assert "Both <runs>" in page.text
    assert page.having("a", "href") == ["#top", "#scores", "#run-0", "#run-1", "#run-0", "#run-1"]
    ids = {values["id"] for _, values in page.elements if "id" in values}
    assert {"top", "scores", "run-0", "run-1"} <= ids


def test_sliders_of_vectors_and_of_images_stand_on_one_page(
    tmp_path: Path, model_of: ModelOf, vae: Run
) -> None:
    vectors = make_run(tmp_path, "vectors", data=VECTORS)
    text = write_report(tmp_path / "all.html", [vectors, vae], model_of=model_of).read_text()
    assert text.count("data-traversal=") == 2
    assert Page(text).having("input", "id") == [f"run-{n}-z{d}" for n in range(2) for d in range(4)]


@pytest.mark.parametrize("status", ["created", "running", "interrupted", "failed"])
def test_a_run_without_anything_says_what_is_missing(
    bare: Maker, tmp_path: Path, status: str, model_of: ModelOf
) -> None:
    run = bare()
    run.lock.acquire()
    run.update(status=status)
    page = Page(write_report(run.path / "report.html", [run], model_of=model_of))
    for words in (status, "No results yet", "Nothing was recorded", "No slider: ", "No figures yet"):
        assert words in page.text
    run.lock.release()


def test_a_model_without_a_decoder_has_no_slider_and_the_reason_is_said(
    vae: Run, tmp_path: Path, model_of: ModelOf
) -> None:
    def blind(run: Run) -> tuple[Inference, np.ndarray, str]:
        return Inference(Oracle(), ColoredMNIST(DATA), 64, representation="S_X"), np.arange(60), ""

    page = Page(write_report(tmp_path / "r.html", [vae], model_of=blind))
    assert "No slider: oracle has no decoder" in page.text
    assert not page.having("input", "type")


def test_thirty_runs_of_large_figures_stay_below_the_limit(
    vae: Run, bare: Maker, tmp_path: Path, model_of: ModelOf
) -> None:
    runs = [bare(f"r{n}") for n in range(29)]
    for run in runs:
        for name in ("a", "b"):
            with_figure(run, f"e/{name}", width=1500, seed=ord(name))
    path = write_report(tmp_path / "all.html", [*runs, vae], model_of=model_of)
    assert 500_000 < path.stat().st_size < 5_000_000
    text = path.read_text()
    assert text.count('<details class="run"') == 30
    assert "Reduced to fit this page" in text
    assert text.count("data-traversal=") == 1


def test_the_contents_lead_to_every_part_of_a_run(full: Run, tmp_path: Path, model_of: ModelOf) -> None:
    page = Page(write_report(tmp_path / "report.html", [full], model_of=model_of))
    ids = {values["id"] for _, values in page.elements if "id" in values}
    targets = [one.removeprefix("#") for one in page.having("a", "href")]
    assert set(targets) <= ids
    assert len(targets) == 1 + 6


def test_a_run_without_figures_has_images_and_reconstructions_on_its_first_screen(
    vae: Run, tmp_path: Path, model_of: ModelOf
) -> None:
    text = write_report(tmp_path / "report.html", [vae], model_of=model_of).read_text()
    first = text[text.index('class="summary"') : text.index('id="run-0-scores"')]
    assert "what is decoded from their codes" in first
    assert first.count("data:image/png") == 1


def test_a_figure_is_on_the_page_once(vae: Run, tmp_path: Path) -> None:
    run = Run(shutil.copytree(vae.path, tmp_path / "copy"))
    for name in ("eval-val/samples", "figures-val/samples", "figures-val/traversals"):
        with_figure(run, name)
    text = write_report(tmp_path / "r.html", [run]).read_text()
    assert text.count("data:image/") == 1  # all three are the same picture


def test_more_runs_than_a_page_holds_are_refused(bare: Maker, tmp_path: Path) -> None:
    run = bare()
    with pytest.raises(CallError, match="at most 60 runs, not 61"):
        write_report(tmp_path / "r.html", [run] * 61)


def test_tables_that_are_too_large_are_refused(
    bare: Maker, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pages, "LIMIT", 5_000)
    with pytest.raises(CallError, match="alone take"):
        write_report(tmp_path / "r.html", [bare()])
    assert not (tmp_path / "r.html").exists()


def test_a_page_is_the_same_every_time(vae: Run, tmp_path: Path, model_of: ModelOf) -> None:
    first, second = (write_report(tmp_path / f"{n}.html", [vae], model_of=model_of) for n in "ab")
    assert first.read_bytes() == second.read_bytes()


def test_a_page_has_one_writer(bare: Maker, tmp_path: Path) -> None:
    run, path = bare("one"), tmp_path / "report.html"
    with (
        FileLock(tmp_path / ".report.html.lock", str(path), "wait for it"),
        pytest.raises(DisentError, match=r"report\.html is being written by pid"),
    ):
        write_report(path, [run])
    assert write_report(path, [run]) == path
    assert list(tmp_path.glob(".*.lock")) == []
