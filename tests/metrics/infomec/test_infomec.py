"""InfoMEC in its published versions against the authors' code, closed forms, and odd input."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.metrics import mutual_info_score

from disentcli.errors import CallError, Unsupported
from disentcli.metrics.infomec.metric import infomec
from disentcli.metrics.infomec.versions import VERSIONS

from . import published
from .published import RATIOS_AND_GAPS, indices_of, mask, training_points


@pytest.mark.parametrize(("name", "bins"), published.BINNED)
def test_binned_snapshot(name: str, bins: int | str) -> None:
    result = infomec(
        *training_points(name), version="v1-snapshot", estimator="binned", bins=bins, explicitness="none"
    )
    found = [result[score] for score in RATIOS_AND_GAPS]  # type: ignore[literal-required]
    assert found == pytest.approx(published.BINNED[name, bins], abs=1e-9)
    assert result["active"].tolist() == mask(published.ACTIVE_EIGHTH[name]).tolist()
    if bins == 20:
        expected = published.ARRAYS[f"twenty_bins_{name}"]
        np.testing.assert_allclose(result["normalised_information"], expected, atol=1e-9)


@pytest.mark.parametrize("name", published.DISCRETE)
def test_discrete_snapshot(name: str) -> None:
    codes, factors = training_points(name)
    for indices in (None, indices_of(codes)):  # a code's values tell its classes
        result = infomec(
            codes, factors, indices, version="v1-snapshot", estimator="discrete", explicitness="none"
        )
        found = [result[score] for score in RATIOS_AND_GAPS]  # type: ignore[literal-required]
        assert found == pytest.approx(published.DISCRETE[name], abs=1e-9)
        assert result["active"].tolist() == mask(published.ACTIVE_EIGHTH[name]).tolist()


@pytest.mark.parametrize("name", published.THREE_NEIGHBOURS)
def test_snapshot(name: str) -> None:
    result = infomec(*training_points(name), version="v1-snapshot", explicitness="none")
    for score, (mean, deviation) in zip(RATIOS_AND_GAPS, published.THREE_NEIGHBOURS[name], strict=True):
        least = 0.001 if score == "infoc" else 0.003
        assert result[score] == pytest.approx(mean, abs=max(least, 4 * deviation))  # type: ignore[literal-required]
    assert result["active"].tolist() == mask(published.ACTIVE_EIGHTH[name]).tolist()


@pytest.mark.parametrize("name", published.STANDALONE)
def test_standalone(name: str) -> None:
    result = infomec(*training_points(name))
    modularity, compactness, explicitness = published.STANDALONE[name]
    assert result["infom"] == pytest.approx(modularity[0], abs=max(0.003, 4 * modularity[1]))
    assert result["infoc"] == pytest.approx(compactness[0], abs=max(0.001, 4 * compactness[1]))
    assert result["infoe"] == pytest.approx(explicitness, abs=1e-6)
    assert result["active"].tolist() == mask(published.ACTIVE_TWENTIETH[name]).tolist()


def test_standalone_of_quantised_codes() -> None:
    codes, factors = training_points("E")
    result = infomec(codes, factors, indices_of(codes))
    assert result["infom"] == pytest.approx(0.755505847099, abs=1e-9)
    assert result["infoc"] == pytest.approx(0.501658117883, abs=1e-9)
    assert result["infoe"] == pytest.approx(0.97688448027, abs=2e-5)
    assert result["active"].all()


def test_tripod_prunes_quantised_codes_by_their_values() -> None:
    """As in the code of Hsu et al. 2024: active where the interquartile range of the values is above 0.1."""
    codes, factors = training_points("E")
    result = infomec(codes, factors, indices_of(codes), version="tripod", explicitness="none")
    low, high = np.quantile(codes, [0.25, 0.75], axis=0)
    active = high - low > 0.1
    assert 0 < active.sum() < codes.shape[1]
    np.testing.assert_array_equal(result["active"], active)
    information = np.array([[mutual_info_score(v, z) for z in codes.T] for v in factors.T])
    information /= np.array([mutual_info_score(v, v) for v in factors.T])[:, None]
    kept, chance = information[:, active], 1 / factors.shape[1]
    expected = ((kept.max(axis=0) / kept.sum(axis=0)).mean() - chance) / (1 - chance)
    assert result["infom"] == pytest.approx(expected, abs=1e-9)


def grid_codes(count: int = 1200) -> tuple[np.ndarray, np.ndarray]:
    factors = np.random.default_rng(0).integers([3, 4, 5], size=(count, 3))
    return factors.astype(float), factors


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("discrete", [False, True])
def test_one_to_one_codes_beside_dead_ones_are_perfect(version: str, discrete: bool) -> None:
    codes, factors = grid_codes()
    codes = np.hstack([codes + 5, np.full((len(codes), 2), 0.3)])
    indices = indices_of(codes) if discrete else None
    result = infomec(codes, factors, indices, version=version)
    assert result["active"].tolist() == [True, True, True, False, False]
    for score in ("infom", "infoc", "infoe", "infoe_regression"):
        assert result[score] == pytest.approx(1.0, abs=0.03)  # type: ignore[literal-required]


def test_duplicates_are_less_compact_and_shared_codes_less_modular() -> None:
    codes, factors = grid_codes()
    indices = factors
    twice = infomec(np.hstack([codes, codes]), factors, np.hstack([indices, indices]), explicitness="none")
    assert twice["infom"] == pytest.approx(1.0, abs=0.02)
    assert twice["infoc"] == pytest.approx((1 / 2 - 1 / 6) / (1 - 1 / 6), abs=0.02)
    pair = np.stack([indices[:, 0] * 4 + indices[:, 1], indices[:, 2]], axis=1)
    shared = infomec(pair.astype(float), factors, pair, explicitness="none")
    assert shared["infoc"] == pytest.approx(1.0, abs=0.02)
    assert shared["infom"] == pytest.approx((3 / 4 - 1 / 3) / (1 - 1 / 3), abs=0.02)


def test_a_rotation_is_neither_modular_nor_compact_but_explicit() -> None:
    factors = np.random.default_rng(0).integers(6, size=(3000, 2))
    quarter = np.array([[1.0, -1.0], [1.0, 1.0]]) / np.sqrt(2)
    result = infomec(factors @ quarter, factors)
    assert result["infom"] < 0.2
    assert result["infoc"] < 0.2
    assert result["infoe_regression"] == pytest.approx(1.0)
    assert result["infoe"] > 0.9


def test_order_shift_and_scale_of_codes_do_not_matter() -> None:
    rng = np.random.default_rng(1)
    factors = rng.integers([3, 4], size=(600, 2))
    codes = factors @ rng.normal(size=(2, 3)) + rng.normal(size=(600, 3))
    plain = infomec(codes, factors)
    moved = infomec(3 * codes[:, ::-1] - 7, factors)
    for score in ("infom", "infoc", "infom_gap", "infoc_gap"):
        assert moved[score] == pytest.approx(plain[score], abs=1e-2)  # type: ignore[literal-required]
    assert moved["infoe"] == pytest.approx(plain["infoe"], abs=1e-4)
    assert moved["infoe_regression"] == pytest.approx(plain["infoe_regression"])


def test_discrete_codes_may_be_renamed_or_stretched() -> None:
    rng = np.random.default_rng(2)
    factors = rng.integers([3, 4], size=(500, 2))
    indices = (factors @ rng.integers(3, size=(2, 3)) + rng.integers(2, size=(500, 3))) % 7
    plain = infomec(indices**1.0, factors, indices)
    renamed = infomec(np.exp(indices), factors, (indices * 3) % 7 - 2)
    for score in ("infom", "infoc", "infom_gap", "infoc_gap"):
        assert renamed[score] == pytest.approx(plain[score], abs=1e-12)  # type: ignore[literal-required]
    assert renamed["infoe"] == pytest.approx(plain["infoe"], abs=1e-3)


def test_every_setting_is_recorded() -> None:
    codes, factors = grid_codes(300)
    plain = infomec(codes, factors, explicitness="none")
    assert plain["settings"] == {
        "version": "standalone",
        "estimator": "neighbours",
        "pruning": "range/20",
        "neighbours": 10,
        "clipped": True,
        "one_hot": False,
        "by_index": False,
        "max_iter": 100,
        "normalisation": "factors",
    }
    assert "infoe" not in plain
    changed = infomec(
        codes, factors, estimator="binned", bins=7, pruning="iqr/10", max_iter=5, explicitness="regression"
    )
    assert changed["settings"]["bins"] == 7
    assert changed["settings"]["pruning"] == "iqr/10"
    assert "neighbours" not in changed["settings"]
    assert "infoe" not in changed
    assert changed["infoe_regression"] == pytest.approx(1.0)


def test_versions_differ_as_published() -> None:
    snapshot, standalone, tripod, factorqvae = (VERSIONS[name] for name in VERSIONS)
    assert [pair[0].neighbours for pair in VERSIONS.values()] == [3, 10, 10, 3]
    assert [pair[0].pruning for pair in VERSIONS.values()] == ["range/8", "range/20", "iqr/10", "range/20"]
    assert [pair[1].pruning for pair in VERSIONS.values()] == ["range/8", "range>0", "iqr>0.1", "range>0"]
    assert [pair[1].one_hot for pair in VERSIONS.values()] == [False, True, True, True]
    assert factorqvae[0].max_iter == 500
    assert not snapshot[0].clipped
    assert standalone[0].clipped
    assert tripod[1].estimator == "discrete"


@pytest.mark.parametrize("normalisation", ["factors", "codes", "geometric-mean", "arithmetic-mean"])
def test_normalisations_of_a_code_with_itself(normalisation: str) -> None:
    codes, factors = grid_codes()
    codes = np.hstack([codes, np.zeros((len(codes), 1))])
    result = infomec(codes, factors, estimator="discrete", normalisation=normalisation, explicitness="none")
    np.testing.assert_allclose(np.diag(result["normalised_information"]), 1.0)
    assert result["normalised_information"][3].tolist() == [0, 0, 0]


def test_degenerate_codes_have_defined_scores() -> None:
    _, factors = grid_codes(300)
    for version in VERSIONS:
        dead = infomec(np.ones((300, 3)), factors, version=version)
        assert (dead["infom"], dead["infoc"], dead["infom_gap"]) == (0.0, 0.0, 0.0)
        assert dead["infoe"] == pytest.approx(0.0, abs=1e-9)
        alone = infomec(factors[:, :1].astype(float), factors, version=version)
        assert alone["infoc"] == 1.0
        assert 0.9 < alone["infom"] <= 1


def test_few_points_and_many_codes() -> None:
    rng = np.random.default_rng(0)
    result = infomec(rng.normal(size=(12, 20)), np.arange(12)[:, None] % [2, 3])
    assert all(np.isfinite(result[score]) for score in RATIOS_AND_GAPS)  # type: ignore[literal-required]
    assert result["infoe"] == pytest.approx(1.0, abs=0.01)


def test_wrong_calls_say_what_is_known() -> None:
    codes, factors = grid_codes(60)
    with pytest.raises(CallError, match="known: v1-snapshot, standalone, tripod, factorqvae"):
        infomec(codes, factors, version="v2")
    with pytest.raises(CallError, match="knows no estimator 'knn'; known: neighbours, binned, discrete"):
        infomec(codes, factors, estimator="knn")
    with pytest.raises(CallError, match="at least 1, not 0 and 100"):
        infomec(codes, factors, neighbours=0)
    with pytest.raises(CallError, match="bins is a whole number of at least 1"):
        infomec(codes, factors, estimator="binned", bins="many")
    with pytest.raises(CallError, match="give code_indices"):
        infomec(codes, factors, one_hot=True)
    with pytest.raises(CallError, match="normalise by factors"):
        infomec(codes, factors, normalisation="codes")
    with pytest.raises(CallError, match="explicitness is one of both, classification"):
        infomec(codes, factors, explicitness="all")  # type: ignore[arg-type]
    with pytest.raises(CallError, match=r"of shape \(60, 2\), the codes of shape \(60, 3\)"):
        infomec(codes, factors, factors[:, :2])
    with pytest.raises(CallError, match=r"not finite: row \d+, column \d is nan"):
        infomec(np.where(codes == 2, np.nan, codes), factors)
    with pytest.raises(Unsupported, match="at least 2, got 1"):
        infomec(codes, factors[:, :1])
    with pytest.raises(Unsupported, match="factor 1 has a single value"):
        infomec(codes, factors * [1, 0, 1])
