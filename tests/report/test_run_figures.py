"""The figures of a run: each once, with a caption in words, and its views behind a switch."""

from __future__ import annotations

from disentcli.report.run_figures import FigureEntry, run_figures
from disentcli.runs.figures import begin_pictures
from disentcli.runs.results import write_results
from disentcli.runs.run import Run

from .conftest import Maker
from .test_embedded_figures import with_figure


def drawn(run: Run, *names: str, kind: str = "png") -> None:
    """Figures that all differ."""
    for number, name in enumerate(names):
        with_figure(run, name, seed=hash_of(name) + number, kind=kind)


def hash_of(text: str) -> int:
    return sum(ord(letter) * place for place, letter in enumerate(text, 1))


def views(entries: list[FigureEntry]) -> dict[str, list[str]]:
    return {one.title: [view.label for view in one.views] for one in entries}


def test_matrix_and_hinton_diagram_are_two_views_of_one_figure(bare: Maker) -> None:
    run = bare()
    write_results(run, "metrics-x", {"mig": {"mig": 0.5}}, settings={"step": 3})
    stem = "figures-val/metrics-x_mig_mutual_information"
    drawn(run, f"{stem}_hinton", stem)
    (one,) = run_figures(run)
    assert (one.title, [view.label for view in one.views]) == (
        "MIG: mutual information",
        ["matrix", "Hinton diagram"],
    )
    assert one.caption == "From the evaluation metrics-x."


def test_what_evaluation_and_gallery_both_drew_is_there_once(bare: Maker) -> None:
    run = bare()
    write_results(run, "eval-val", {"losses": {"loss": 1.0}}, settings={"step": 3, "mode": "val"})
    write_results(run, "m", {"dci": {"completeness": 0.5}}, settings={"step": 3})
    begin_pictures(run.path / "figures" / "figures-val", {"step": 3, "mode": "val"})
    drawn(run, "eval-val/samples", "eval-val/traversals", "m/dci_importance")
    drawn(run, "figures-val/samples", "figures-val/traversals", "figures-val/m_dci_importance")
    found = run_figures(run)
    assert [one.title for one in found] == [
        "Traversals",
        "Samples",
        "DCI: importance for predicting each factor",
    ]
    assert {view.files[0].parent.name for one in found for view in one.views} == {"figures-val"}
    assert found[0].caption.endswith("Validation images. Step 3.")


def test_pictures_of_another_part_or_step_are_figures_of_their_own(bare: Maker) -> None:
    run = bare()
    for mode in ("val", "test"):
        begin_pictures(run.path / "figures" / f"figures-{mode}", {"step": 3, "mode": mode})
    drawn(run, "figures-val/samples", "figures-test/samples")
    captions = [one.caption for one in run_figures(run)]
    assert len(captions) == 2
    assert "Test images." in captions[0] + captions[1]


def test_the_same_bytes_under_two_names_are_one_figure(bare: Maker) -> None:
    run = bare()
    with_figure(run, "a/mig_mutual_information")
    with_figure(run, "b/mig_mutual_information")
    assert len(run_figures(run)) == 1


def test_codes_by_factor_are_one_figure_with_a_view_a_factor(bare: Maker) -> None:
    run = bare()
    drawn(run, *(f"figures-val/scatter_{name}" for name in ("floor_hue", "shape")))
    assert views(run_figures(run)) == {"Codes by factor": ["floor hue", "shape"]}


def test_a_moving_picture_is_a_view_of_the_still_one(bare: Maker) -> None:
    run = bare()
    drawn(run, "figures-val/traversals")
    drawn(run, "figures-val/traversals", kind="gif")
    assert views(run_figures(run)) == {"Traversals": ["still", "moving"]}


def test_curves_are_the_pages_own_and_reconstructions_come_first(bare: Maker) -> None:
    run = bare()
    drawn(run, *(f"figures-val/{name}" for name in ("curves", "histograms", "samples", "reconstructions")))
    assert [one.title for one in run_figures(run)] == ["Reconstructions", "Samples", "Histograms of codes"]


def test_a_figure_without_a_caption_has_the_first_line_of_its_documentation(bare: Maker) -> None:
    run = bare()
    drawn(run, "figures-val/region_samples", "figures-val/of_a_user")
    captions = {one.title: one.caption for one in run_figures(run)}
    assert captions["Region samples"].startswith("Images decoded from samples of each region")
    assert captions["Of a user"] == ""
