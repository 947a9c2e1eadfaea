"""The study of combinatorial generalisation: its runs, and the answers that its rows become."""

from __future__ import annotations

import importlib
import math
from types import ModuleType
from typing import Any

import pytest

from disentcli.experiment.sweep_call import SweepCall

from ..configs import LIBRARY
from ..conftest import PROJECT

IDENT = "metrics-combination"


@pytest.fixture(scope="module", autouse=True)
def benchmarks() -> Any:
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(PROJECT / "benchmarks")
        yield


@pytest.fixture(scope="module")
def known() -> ModuleType:
    return importlib.import_module("combination_published")


@pytest.fixture(scope="module")
def claims() -> ModuleType:
    return importlib.import_module("combination_claims")


@pytest.fixture(scope="module")
def report() -> ModuleType:
    return importlib.import_module("combination_report")


@pytest.fixture(scope="module")
def asked() -> SweepCall:
    """The study; reading it checks each run and each call that follows."""
    return importlib.import_module("combination_study").read_study(["study/combination"])


def test_the_report_knows_every_model_and_condition_of_the_study(known: ModuleType):
    (grid,) = [layer["grid"] for layer in LIBRARY.lineage("study/combination") if "grid" in layer]
    assert grid == {"model": list(known.MODELS), "condition": list(known.CONDITIONS)}


def test_what_tells_most_comes_first(asked: SweepCall, known: ModuleType):
    places = [(known.MODELS[one.grid_cell[0]], one.grid_cell[1], one.seed) for one in asked.plan]
    main = {"VAE", "β-VAE, β = 12", "FactorVAE, γ = 100", "decoder of true factors"}
    sprites = {known.ELEMENT, known.RANGE, known.EXTRAPOLATION}
    assert set(places[:12]) == {(model, condition, 0) for model in main for condition in sprites}
    soon = [*main, "supervised encoder", "CompositionNet, linear"]
    first = {(model, condition, 0) for model in soon for condition in known.CONDITIONS}
    assert set(places[:30]) == first
    several = {*main, "supervised encoder"}
    for seed, start in ((1, 30), (2, 55)):
        expected = {(model, condition, seed) for model in several for condition in known.CONDITIONS}
        assert set(places[start : start + 25]) == expected
    assert len(places) == len(set(places)) == 110
    assert set(places[80:]) == {
        (model, condition, 0)
        for model in known.MODELS.values()
        for condition in known.CONDITIONS
        if model not in soon
    }


def test_every_run_says_its_steps_and_more_or_fewer_can_be_asked_for(asked: SweepCall):
    study = importlib.import_module("combination_study")
    assert {dict(one.arguments)["budget"] for one in asked.plan} == {"5000"}
    short = study.read_study(["study/combination"], 40).plan
    assert {dict(one.arguments)["budget"] for one in short} == {"40"}
    assert [one.grid_cell for one in short] == [one.grid_cell for one in asked.plan]


def row(model: str, condition: str, seed: int = 0, **found: float) -> dict[str, Any]:
    """A row with errors above 10 nats of entropy: `held_out` times the 20 of the others; D; what fails."""
    parts = {"train": 18.0, "in_distribution": 20.0, "held_out": 20.0 * found.get("ratio", 1.0)}
    scores = {f"reconstruction_by_part.{part}.nll_per_image": 10 + error for part, error in parts.items()}
    scores |= {f"reconstruction_by_part.{part}.least_nll_per_image": 10.0 for part in parts}
    if model.startswith("m/supervised"):
        scores = {}
    scores["combination.encoder_fails"] = found.get("encoder", 0.0)
    lasso = {"dci.disentanglement": found.get("d", 0.5)}
    return {
        "model": model,
        "condition": condition,
        "stage": "first",
        "seed": seed,
        "steps": 5000,
        "scores": {IDENT: scores, "dci-lasso-dummies": lasso},
    }


def answers(report: ModuleType, claims: ModuleType, rows: list[dict[str, Any]]) -> dict[str, str]:
    """The word of each claim's answer, by the first word of the claim and its number."""
    cells = report.by_cell(rows, ("model", "condition"))
    return dict(claims.claims(cells))


def as_published(known: ModuleType) -> list[dict[str, Any]]:
    """Rows after which all claims hold."""
    ratios = {known.ELEMENT: 1.0, known.RANGE: 8.0, known.EXTRAPOLATION: 90.0}
    ratios |= {known.SHAPE_HUE: 3.0, known.FLOOR_WALL: 1.2}
    failing = {known.RANGE, known.EXTRAPOLATION, known.SHAPE_HUE}
    return [
        row(
            model,
            condition,
            seed,
            ratio=much + 0.01 * (place % 3),
            encoder=condition in failing,
            d=0.1 * place,
        )
        for place, model in enumerate(known.MODELS)
        for condition, much in ratios.items()
        for seed in range(2)
    ]


def test_without_rows_nothing_is_told(report: ModuleType, claims: ModuleType):
    assert {answer.partition(" (")[0] for answer in answers(report, claims, []).values()} == {"not told yet"}


def test_rows_like_the_published_ones_say_yes_to_every_claim(
    report: ModuleType, claims: ModuleType, known: ModuleType
):
    found = answers(report, claims, as_published(known))
    assert {claim: answer.split()[0] for claim, answer in found.items()} == dict.fromkeys(found, "yes")
    assert "(medians: VAE 8)" in " ".join(found.values())


def test_rows_that_say_the_opposite_say_no(report: ModuleType, claims: ModuleType, known: ModuleType):
    ratios = {known.ELEMENT: 2.5, known.RANGE: 1.5, known.EXTRAPOLATION: 20.0}
    ratios |= {known.SHAPE_HUE: 1.5, known.FLOOR_WALL: 9.0}
    rows = [
        row(model, condition, ratio=much * 0.9**place, d=0.1 * place, encoder=condition == known.FLOOR_WALL)
        for condition, much in ratios.items()
        for place, model in enumerate(known.MODELS)
    ]
    found = {claim: answer.split()[0] for claim, answer in answers(report, claims, rows).items()}
    assert set(found.values()) <= {"no", "in"}  # "in part" of several models
    correlated = next(claim for claim in found if claim.startswith("Disentanglement"))
    assert found[correlated] == "no"


def test_the_correlation_is_that_of_ranks(report: ModuleType, claims: ModuleType, known: ModuleType):
    """ρ = 1 − 6 Σ d² / (n (n² − 1)), without ties."""
    ratios = (3.0, 1.0, 6.0, 4.0, 5.0, 2.0)
    rows = [
        row(model, known.RANGE, ratio=much, d=0.1 * place)
        for place, (model, much) in enumerate(zip(known.VAES, ratios, strict=True))
    ]
    rho, _, count = claims.correlation(report.by_cell(rows, ("model", "condition")), known.RANGE)
    squares = sum((place - (much - 1)) ** 2 for place, much in enumerate(ratios))
    assert (rho, count) == (pytest.approx(1 - 6 * squares / (6 * 35)), 6)
    assert claims.correlation(report.by_cell(rows[:5], ("model", "condition")), known.RANGE) is None


def test_ratios_are_of_errors_above_the_entropy_of_the_pixels(claims: ModuleType, known: ModuleType):
    one = row("m/vae", known.RANGE, ratio=3.0)
    assert claims.ratio(one) == pytest.approx(3.0)
    del one["scores"][IDENT]["reconstruction_by_part.held_out.least_nll_per_image"]
    assert math.isnan(claims.ratio(one))


def test_ours_stand_beside_the_published_ones(report: ModuleType, known: ModuleType):
    rows = [row("m/vae", known.RANGE, seed, ratio=much) for seed, much in enumerate((2.0, 4.0))]
    lines = list(
        report.tables(
            report.by_cell(rows, ("model", "condition")),
            "",
            report.ERRORS_HEAD,
            report.errors_line,
            known.MODELS,
        )
    )
    start = lines.index(f"### {known.CONDITIONS[known.RANGE]}")
    line = next(one for one in lines[start:] if one.startswith("| VAE |"))
    expected = "| VAE | 0.278; 18.82 → 200.36 | 18 ± 0 | 20 ± 0 | 60 ± 28 | 3.0 ± 1.4 | 0.5 ± 0 | – | 2 |"
    assert line == expected


def test_composed_images_are_those_of_the_metric_of_that_name(report: ModuleType, known: ModuleType):
    model = next(iter(known.COMPOSITION))
    one = row(model, known.RANGE)
    parts = {"in_distribution": (0.002, 0.75, 0.5), "held_out": (0.008, 0.25, 0.125)}
    scores = one["scores"][IDENT]
    for part, found in parts.items():
        names = (f"composition.{part}.{score}" for score in ("mse_per_pixel", "asked", "others"))
        scores |= dict(zip(names, found, strict=True))
    scores["reconstruction_by_part.held_out.mse_per_pixel"] = 0.004
    line = report.composed_line(known.RANGE, "CompositionNet, linear", [one])
    expected = ["2", "8", "4", "0.75", "0.25", "0.5", "0.125"]
    assert [cell.partition(" ±")[0] for cell in line] == ["CompositionNet, linear", *expected, "1"]
    assert len(line) == len(report.COMPOSED_HEAD)


def test_the_page_says_what_the_rows_hold(report: ModuleType):
    text = report.PAGE.read_text(encoding="utf-8")
    written = report.page(text, report.Rows.of_study(report.STUDY).read())
    assert text == written, "python benchmarks/combination_report.py writes it anew"
