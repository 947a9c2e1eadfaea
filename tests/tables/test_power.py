"""Seeds that a t-test needs: Cohen's tables, simulation by the noncentral t of scipy.stats, and limits."""

from __future__ import annotations

import math

import pytest
from scipy import stats

from disentcli.tables.power import Design, power, seeds_needed


@pytest.mark.parametrize(
    ("effect", "design", "seeds"),
    [
        (0.2, "two-sample", 394),
        (0.5, "two-sample", 64),
        (0.8, "two-sample", 26),
        (0.2, "paired", 199),
        (0.5, "paired", 34),
        (0.8, "paired", 15),
    ],
)
def test_the_sample_sizes_are_those_of_cohen(effect: float, design: Design, seeds: int) -> None:
    assert seeds_needed(effect, 1.0, design=design) == seeds
    assert seeds_needed(-effect * 7, 7.0, design=design) == seeds  # only the ratio counts


@pytest.mark.parametrize("seeds", [2, 5, 50])
@pytest.mark.parametrize("effect", [0.1, 1.0, 3.0])
def test_the_power_is_that_of_the_noncentral_t(effect: float, seeds: int) -> None:
    freedom, center = 2 * seeds - 2, effect * math.sqrt(seeds / 2)
    critical = stats.t.ppf(0.975, freedom)
    expected = stats.nct.sf(critical, freedom, center) + stats.nct.cdf(-critical, freedom, center)
    assert power(effect, 1.0, seeds) == pytest.approx(expected, abs=1e-9)


def test_fewer_seeds_than_needed_have_less_power() -> None:
    needed = seeds_needed(0.7, 1.3)
    assert needed is not None
    assert power(0.7, 1.3, needed) >= 0.8 > power(0.7, 1.3, needed - 1)


def test_what_cannot_be_found_has_no_number() -> None:
    assert seeds_needed(0.0, 1.0) is None
    assert seeds_needed(1e-4, 1.0) is None
    assert seeds_needed(0.1, 0.0) == 2
    assert power(1.0, 1.0, 1) == 0
