"""Figures of comparisons: panels, curves over a number with their intervals, labels that people write."""

from __future__ import annotations

import doctest
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from scipy import stats

from disentcli.plots import comparison_figures
from disentcli.plots.comparison_figures import _curves, _strips, draw_scores, numeric_key, series_over
from disentcli.tables.grouping import Group, ScoredRun

KEYS = ("method", "reg-wt")
NOISE = np.random.default_rng(0).normal(size=5).tolist()


def group(method: str, weight: str, mean: float) -> Group:
    """Five seeds."""
    scores = [{"mig": mean + noise, "mig.ceiling": 1.0, "dci.completeness": None} for noise in NOISE]
    return Group((method, weight), tuple(ScoredRun(f"r{n}", one, seed=n) for n, one in enumerate(scores)))


GROUPS = [group("vae", str(weight), weight / 10) for weight in (16, 1, 4)] + [group("ae", "–", 0.5)]


def test_examples_hold() -> None:
    assert doctest.testmod(comparison_figures).attempted >= 2
    assert not doctest.testmod(comparison_figures).failed


@pytest.mark.parametrize(
    ("labels", "keys", "expected"),
    [
        ([("vae", "1"), ("vae", "4")], KEYS, 1),
        ([("vae", "1"), ("ae", "4")], KEYS, None),  # the methods differ too
        ([("1", "10"), ("1", "20"), ("2", "10")], ("reg-wt", "latent-dim"), 1),
        ([("0",), ("1",)], ("seed",), None),
        ([("ae",), ("vae",)], ("method",), None),
    ],
)
def test_the_number_that_curves_are_over(
    labels: list[tuple[str, ...]], keys: tuple[str, ...], expected: int | None
) -> None:
    assert numeric_key(labels, keys) == expected


def test_a_curve_is_the_means_over_the_number_in_its_order_with_the_interval_of_scipy() -> None:
    series = series_over(GROUPS, KEYS, 1)
    assert [(one.name, one.numbers) for one in series] == [("VAE", [1.0, 4.0, 16.0]), ("Autoencoder", [])]
    figure = _curves(series, "reg-wt", ["mig"], "", "t", 0.9)
    (axes,) = figure.axes
    curve = next(line for line in axes.lines if line.get_label() == "VAE")
    values = [np.array(one.values("mig")) for one in series[0].groups]
    np.testing.assert_allclose(curve.get_xdata(), [1, 4, 16])
    np.testing.assert_allclose(curve.get_ydata(), [one.mean() for one in values])
    band = axes.collections[0].get_paths()[0].get_extents()
    ends = [stats.t.interval(0.9, 4, one.mean(), stats.sem(one)) for one in values]
    np.testing.assert_allclose([band.y0, band.y1], [min(ends)[0], max(high for _, high in ends)], rtol=1e-6)
    across = next(line for line in axes.lines if line.get_label() == "Autoencoder")
    np.testing.assert_allclose(across.get_ydata(), np.mean(GROUPS[-1].values("mig")))
    assert axes.get_xscale() == "log"
    assert [label.get_text() for label in axes.get_xticklabels()] == ["1", "4", "16"]
    assert figure.get_supxlabel().startswith("regularisation weight, log scale; mean with 90 % t interval")
    assert axes.get_title() == "MIG ↑"


def test_groups_of_words_are_rows_with_every_run_as_a_dot() -> None:
    groups = [group(method, "1", 0.2) for method in ("vae", "tcvae")]
    figure = _strips(groups, KEYS, ["mig", "mig.ceiling"], "")
    first, second = figure.axes
    assert [label.get_text() for label in first.get_yticklabels()] == ["VAE", "β-TCVAE"]
    assert [label.get_text() for label in second.get_yticklabels()] == ["", ""]
    dots = [collection.get_offsets()[:, 0] for collection in first.collections]
    np.testing.assert_allclose(sorted(dots[1]), sorted(groups[1].values("mig")))


def test_one_figure_holds_all_scores_that_differ(tmp_path: Path) -> None:
    paths = draw_scores(GROUPS, KEYS, ["mig", "mig.ceiling", "dci.completeness"], tmp_path)
    assert [path.name for path in paths] == ["scores.png", "scores.pdf"]
    with Image.open(paths[0]) as image:
        assert image.width == int(6.9 * 200)
    assert draw_scores(GROUPS, KEYS, ["dci.completeness"], tmp_path) == []
