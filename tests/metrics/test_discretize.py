"""Codes in bins against numpy and scipy, factors as classes, scores by quantile bins against scikit-learn."""

from __future__ import annotations

import warnings

import numpy as np
import pytest
from scipy.stats import rankdata
from sklearn.metrics import mutual_info_score

from disentcli.errors import CallError, Unsupported
from disentcli.metrics import (
    dcimig,
    infomec,
    jemmig,
    med,
    mig,
    mig_sup,
    modularity_explicitness,
    r2,
    rmig,
    unsupervised,
)
from disentcli.metrics.dci import completeness_per_factor, disentanglement_per_code, weighted_mean
from disentcli.metrics.discretize import binned_codes, factor_classes, in_one_type, quantile_bins
from disentcli.metrics.information import entropies
from disentcli.metrics.metric_warnings import MetricWarning
from disentcli.metrics.modularity_explicitness import modularity_per_code

RNG = np.random.default_rng(0)
FACTORS = RNG.integers(0, 4, (900, 3))
CODES = FACTORS + 0.05 * RNG.normal(size=FACTORS.shape)
SKEWED = np.exp(2 * CODES @ np.array([[1.0, 0.2, 0.0], [0.0, 1.0, 0.3], [0.1, 0.0, 1.0]]))


def with_outlier() -> np.ndarray:
    codes = CODES.copy()
    codes[17] = 1e6
    return codes


def labels_by_ranks(codes: np.ndarray, bins: int = 20) -> np.ndarray:
    ranks = rankdata(codes, method="average", axis=0) - 1
    return np.floor(bins * ranks / len(codes)).astype(int)


def information(labels: np.ndarray, classes: np.ndarray) -> np.ndarray:
    return np.array([[mutual_info_score(code, factor) for factor in classes.T] for code in labels.T])


def test_quantile_bins_are_those_of_numpys_quantiles() -> None:
    for points, bins in ((900, 20), (40, 20), (60, 3)):
        codes = RNG.normal(size=(points, 2))
        cuts = np.quantile(codes, np.arange(1, bins) / bins, axis=0)
        expected = np.stack(
            [np.digitize(column, cut, right=True) for column, cut in zip(codes.T, cuts.T, strict=True)],
            axis=1,
        )
        np.testing.assert_array_equal(quantile_bins(codes, bins), expected)
        assert (np.bincount(quantile_bins(codes, bins)[:, 0]) == points // bins).all()


def test_quantile_bins_keep_equal_values_together_and_few_values_apart() -> None:
    codes = np.column_stack([np.repeat([0.0, 1.0], [97, 3]), np.repeat([0.0, 5.0, 7.0], [1, 98, 1])])
    assert quantile_bins(codes, 20)[[0, 96, 97, 99], 0].tolist() == [9, 9, 19, 19]
    assert quantile_bins(codes, 20)[[0, 1, 98, 99], 1].tolist() == [0, 9, 9, 19]
    np.testing.assert_array_equal(quantile_bins(codes, 20), labels_by_ranks(codes))


def test_an_outlier_does_not_move_quantile_bins() -> None:
    """Equal widths, as published, put all other points into one bin."""
    assert mig(CODES, FACTORS)["mig"] > 0.95
    with pytest.warns(MetricWarning, match=r"codes 0, 1, 2: one equal-width bin .*90%.*binning: quantile"):
        assert mig(with_outlier(), FACTORS)["mig"] < 0.01
    with warnings.catch_warnings():
        warnings.simplefilter("error", MetricWarning)
        assert mig(with_outlier(), FACTORS, binning="quantile")["mig"] > 0.9


def test_codes_of_few_values_or_evenly_spread_are_no_reason_to_warn() -> None:
    rare = (RNG.random((900, 2)) < 0.05).astype(float)  # 95 % of the points at one value, as the code has it
    with warnings.catch_warnings():
        warnings.simplefilter("error", MetricWarning)
        for codes in (rare, CODES, np.ones((900, 2)), RNG.normal(size=(900, 2))):
            binned_codes(codes, 20, "width", FACTORS)


def test_gaps_of_quantile_bins_are_those_of_scikit_learns_information() -> None:
    table = information(labels_by_ranks(SKEWED), FACTORS)
    ranked, entropy = np.sort(table, axis=0)[::-1], entropies(FACTORS)
    assert mig(SKEWED, FACTORS, binning="quantile")["mig"] == pytest.approx(
        ((ranked[0] - ranked[1]) / entropy).mean(), abs=1e-12
    )
    by_code = np.sort(table, axis=1)[:, ::-1]
    gaps = by_code[:, 0] - by_code[:, 1]
    assert mig_sup(SKEWED, FACTORS, binning="quantile")["mig_sup"] == pytest.approx(
        (gaps / entropies(labels_by_ranks(SKEWED))).mean(), abs=1e-12
    )
    credit = [gaps[table.argmax(axis=1) == factor].max(initial=0.0) for factor in range(3)]
    assert dcimig(SKEWED, FACTORS, binning="quantile")["dcimig"] == pytest.approx(
        sum(credit) / entropy.sum(), abs=1e-12
    )


def test_other_scores_of_quantile_bins_are_those_of_scikit_learns_information() -> None:
    train = slice(600)
    table = information(labels_by_ranks(SKEWED[train]), FACTORS[train])
    found = modularity_explicitness(SKEWED, FACTORS, train_size=600, binning="quantile")
    assert found["modularity"] == pytest.approx(modularity_per_code(table).mean(), abs=1e-12)
    importance = table / table.sum(axis=0)
    shares = med(SKEWED, FACTORS, train_size=600, binning="quantile")
    assert shares["disentanglement"] == pytest.approx(
        weighted_mean(disentanglement_per_code(importance), importance.sum(axis=1)), abs=1e-12
    )
    assert shares["completeness"] == pytest.approx(completeness_per_factor(importance).mean(), abs=1e-12)
    labels = labels_by_ranks(SKEWED)
    pairs = information(labels, labels)
    assert unsupervised(SKEWED, binning="quantile")["mutual_info_score"] == pytest.approx(
        (pairs.sum() - np.trace(pairs)) / 6, abs=1e-12
    )


def test_gaps_of_codes_as_distributions_of_quantile_bins() -> None:
    """RMIG is MIG there; JEMMIG is the joint entropy of each factor with its best code, less the gap."""
    labels = labels_by_ranks(SKEWED, 30)
    table, entropy = information(labels, FACTORS), entropies(FACTORS)
    ranked, best = np.sort(table, axis=0)[::-1], table.argmax(axis=0)
    gaps = ranked[0] - ranked[1]
    options = {"bins": 30, "binning": "quantile"}
    assert rmig(SKEWED, FACTORS, **options)["rmig"] == pytest.approx((gaps / entropy).mean(), abs=1e-12)  # type: ignore[arg-type]
    joint = entropies(labels)[best] + entropy - table.max(axis=0)
    assert jemmig(SKEWED, FACTORS, **options)["jemmig"] == pytest.approx((joint - gaps).mean(), abs=1e-12)  # type: ignore[arg-type]
    with pytest.raises(Unsupported, match="without noise"):
        rmig(SKEWED, FACTORS, np.ones_like(SKEWED), **options)  # type: ignore[arg-type]


def test_outliers_are_said_by_every_metric_that_cuts_codes_into_equal_widths() -> None:
    codes = with_outlier()
    for metric in (mig, mig_sup, dcimig, med, modularity_explicitness, rmig, jemmig):
        with pytest.warns(MetricWarning, match="equal-width bin"):
            metric(codes, FACTORS)
    with pytest.warns(MetricWarning, match="equal-width bin"):
        unsupervised(codes)
    with pytest.warns(MetricWarning, match="equal-width bin"):
        infomec(codes, FACTORS, estimator="binned", normalisation="factors")


def test_another_binning_is_refused_with_the_known_ones() -> None:
    with pytest.raises(CallError, match="width, quantile, not 'equal'"):
        mig(CODES, FACTORS, binning="equal")  # type: ignore[arg-type]
    with pytest.raises(CallError, match="at least 1, not 0"):
        mig(CODES, FACTORS, bins=0, binning="quantile")


def test_classes_beside_continuous_factors_stay_classes() -> None:
    rng = np.random.default_rng(0)
    symbol, slant = rng.integers(0, 13, 2000), rng.normal(size=2000)
    classes = factor_classes(np.stack([symbol, slant], axis=1))
    np.testing.assert_array_equal(classes[:, 0], symbol)
    assert np.bincount(classes[:, 1]).tolist() == [200] * 10


def test_whole_numbers_that_are_said_to_be_continuous_are_cut_into_quantiles() -> None:
    rng = np.random.default_rng(0)
    factors = np.stack([rng.integers(0, 360, 3000), rng.integers(0, 4, 3000)], axis=1)
    codes = factors + rng.normal(size=(3000, 2))
    kept = in_one_type(factors, (0, 4))
    assert len(np.unique(factor_classes(kept)[:, 0])) == 10
    np.testing.assert_array_equal(factor_classes(kept)[:, 1], factors[:, 1])
    assert (
        mig(codes, kept)["mig"]
        == mig(codes, factors + np.array([0.25, 0]))["mig"]
        != mig(codes, factors)["mig"]
    )
    assert r2(codes, kept)["linear_test"] == pytest.approx(r2(codes, factors)["linear_test"], abs=1e-12)


def test_continuous_columns_that_are_not_whole_stay_as_they_are() -> None:
    factors = np.array([[0.5, 1.0], [1.0, 2.0]])
    assert in_one_type(factors, (0, 3)) is factors
    assert in_one_type(factors.astype("f4"), (0, 3)).dtype == np.float64
    assert in_one_type(factors.astype("u1"), (2, 3)).dtype == np.int64
