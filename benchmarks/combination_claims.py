"""Claims of the two papers on combinatorial generalisation, by the rows of study/combination: yes or no."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from statistics import median

from combination_published import (
    COMPOSITION,
    CONDITIONS,
    ELEMENT,
    EXTRAPOLATION,
    FLOOR_WALL,
    MODELS,
    RANGE,
    SHAPE_HUE,
    SUPERVISED,
    TRUE_FACTORS,
    VAES,
)
from scipy.stats import spearmanr
from study_page import Row, values

Cells = Mapping[tuple[str, str], Sequence[Row]]
"""The rows of each (model, condition)."""

IDENT = "metrics-combination"
D_LASSO = ("dci-lasso-dummies", "dci.disentanglement")
ENCODER_FAILS = (IDENT, "combination.encoder_fails")
NOT_YET = "not told yet"
NO_GAP = 1.5  # at most so many times the error of images like those of training
SEVERAL = 3.0  # at least so many times
TWO_ORDERS = 10**1.5  # the least ratio that rounds to 100 in powers of ten
FAILS = 2.0  # at least so many times
SIGNIFICANT = 0.05
FEWEST = 6  # runs of a condition, for a rank correlation


def error(row: Row, part: str) -> float:
    """The reconstruction error of a part, in nats above the least that any decoder has; NaN if unknown."""
    found = row["scores"].get(IDENT, {})
    nll, least = (
        found.get(f"reconstruction_by_part.{part}.{name}", math.nan)
        for name in ("nll_per_image", "least_nll_per_image")
    )
    return float(nll - least)


def ratio(row: Row) -> float:
    """The error of held-out images over that of images like those of training; NaN if unknown."""
    return error(row, "held_out") / max(error(row, "in_distribution"), 1e-9)


def ratios(cells: Cells, models: Sequence[str], condition: str) -> list[float]:
    """The known ratios of all runs of these models."""
    found = [ratio(row) for model in models for row in cells.get((model, condition), [])]
    return [one for one in found if not math.isnan(one)]


def claims(cells: Cells) -> Iterator[tuple[str, str]]:
    """Each claim with its answer and the numbers that it rests on."""
    yield (
        f"No gap to element: a VAE's error of held-out images is at most {NO_GAP} times that of others",
        _every(_medians(cells, [*VAES], ELEMENT), lambda one: one <= NO_GAP),
    )
    vae = _medians(cells, ["m/vae"], RANGE)
    yield (
        f"Several-fold to range: at least {SEVERAL:g} times with the VAE (published: 10.6)",
        _every(vae, lambda one: one >= SEVERAL),
    )
    yield (
        "To range is worse than to element, with each VAE and with true factors",
        _worse_to_range(cells),
    )
    for name, models in (("the VAE (published: 123)", ["m/vae"]), ("true factors (54)", [*TRUE_FACTORS])):
        yield (
            f"Two orders of magnitude in extrapolation, a factor of {TWO_ORDERS:.0f} or more, with {name}",
            _every(_medians(cells, models, EXTRAPOLATION), lambda one: one >= TWO_ORDERS),
        )
    yield (
        "Disentanglement does not predict generalisation: D and the ratio of errors of VAEs have no "
        f"significant negative rank correlation (p < {SIGNIFICANT}) in any condition",
        _correlation_answer(cells),
    )
    for name, condition in (("Squares on the right", RANGE), ("Shape × hue", SHAPE_HUE)):
        yield (
            f"{name}: reconstruction fails ({FAILS:g} times the error), and the encoder misplaces",
            _fails(cells, condition),
        )
    yield ("Floor × wall hue succeeds: less than that, and the encoder misplaces nothing", _succeeds(cells))
    for name, condition in (("squares on the right", RANGE), ("capsules of high hue", SHAPE_HUE)):
        yield (f"Supervised encoders misplace {name} too", _misplaced(cells, [*SUPERVISED], condition))


def _medians(cells: Cells, models: Sequence[str], condition: str) -> dict[str, float]:
    """The median ratio of each of these models that has any."""
    found = {MODELS[model]: ratios(cells, [model], condition) for model in models}
    return {name: median(some) for name, some in found.items() if some}


def _every(medians: Mapping[str, float], holds: object) -> str:
    """Yes if it holds of all medians, no if of none, else of which it does not; with the medians."""
    assert callable(holds)
    if not medians:
        return NOT_YET
    right = [name for name, one in medians.items() if holds(one)]
    shown = ", ".join(f"{name} {one:.3g}" for name, one in medians.items())
    word = "yes" if len(right) == len(medians) else f"{'in part' if right else 'no'}"
    return f"{word} (medians: {shown})"


def _worse_to_range(cells: Cells) -> str:
    models = [*VAES, *TRUE_FACTORS]
    element, to_range = (_medians(cells, models, condition) for condition in (ELEMENT, RANGE))
    both = {name: to_range[name] / element[name] for name in element if name in to_range}
    return _every(both, lambda one: one > 1).replace("medians:", "ratio of ratios:")


def correlation(cells: Cells, condition: str) -> tuple[float, float, int] | None:
    """Spearman's ρ of D and the ratio over the runs of VAEs, the one-sided p of a negative ρ, and the runs.

    None of fewer than 6 runs.
    """
    pairs = [
        (values([row], D_LASSO)[0], ratio(row))
        for model in VAES
        for row in cells.get((model, condition), [])
        if values([row], D_LASSO) and not math.isnan(ratio(row))
    ]
    if len(pairs) < FEWEST:
        return None
    found = spearmanr(*zip(*pairs, strict=True), alternative="less")
    return float(found.statistic), float(found.pvalue), len(pairs)


def _correlation_answer(cells: Cells) -> str:
    known = {condition: correlation(cells, condition) for condition in CONDITIONS}
    found = {condition: one for condition, one in known.items() if one is not None}
    if len(found) < len(CONDITIONS):
        return f"{NOT_YET} ({FEWEST} runs of VAEs in each condition are needed)"
    shown = "; ".join(
        f"`{condition.split()[0]}` ρ = {rho:.2f}, p = {p:.2g}, {count} runs"
        for condition, (rho, p, count) in found.items()
    )
    return f"{'no' if any(p < SIGNIFICANT for _, p, _ in found.values()) else 'yes'} ({shown})"


def _misplaced(cells: Cells, models: Sequence[str], condition: str) -> str:
    """Whether the encoder fails in more than half of the runs of these models."""
    found = [one for model in models for one in values(cells.get((model, condition), []), ENCODER_FAILS)]
    if not found:
        return NOT_YET
    word = "yes" if sum(found) > len(found) / 2 else "no"
    return f"{word} ({sum(found):.0f} of {len(found)} runs)"


def _fails(cells: Cells, condition: str) -> str:
    """Whether both hold in more than half of the runs of VAEs and CompositionNets."""
    models = [*VAES, *COMPOSITION]
    errors, misplaced = ratios(cells, models, condition), _misplaced(cells, models, condition)
    if not errors or misplaced == NOT_YET:
        return NOT_YET
    failing = sum(one >= FAILS for one in errors)
    word = "yes" if failing > len(errors) / 2 and misplaced.startswith("yes") else "no"
    return f"{word} (error: {failing} of {len(errors)} runs; misplaced: {misplaced})"


def _succeeds(cells: Cells) -> str:
    models = [*VAES, *COMPOSITION]
    errors, misplaced = ratios(cells, models, FLOOR_WALL), _misplaced(cells, models, FLOOR_WALL)
    if not errors or misplaced == NOT_YET:
        return NOT_YET
    well = sum(one < FAILS for one in errors)
    word = "yes" if well > len(errors) / 2 and misplaced.startswith("no") else "no"
    return f"{word} (error: {well} of {len(errors)} runs; misplaced: {misplaced})"
