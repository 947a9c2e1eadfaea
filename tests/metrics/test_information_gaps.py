"""DCIMIG, MIG-sup and MED: known matrices, closed forms, and agreement with MIG and DCI where they meet."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import mutual_info_score

from disentcli.errors import CallError, Unsupported
from disentcli.metrics.dcimig import dcimig, exclusive_information
from disentcli.metrics.information import information_matrix
from disentcli.metrics.med import med, most_disentangled
from disentcli.metrics.mig import mig
from disentcli.metrics.mig_sup import mig_sup

from . import reference, toys
from .infomec.published import training_points

GRID = np.stack(np.unravel_index(np.arange(60), (3, 4, 5)), axis=1)
PERFECT = GRID.astype(float)
PAIR = np.stack([GRID[:, 0] * 4 + GRID[:, 1], GRID[:, 2]], axis=1).astype(float)  # one code for two factors


def test_credit_goes_to_the_factor_that_a_code_tells_most_of() -> None:
    matrix = np.array([[0.9, 0.2, 0.1], [0.7, 0.1, 0.0], [0.3, 0.8, 0.6], [0.0, 0.0, 0.0]])
    np.testing.assert_allclose(exclusive_information(matrix), [0.7, 0.2, 0.0])


def test_perfect_codes() -> None:
    assert dcimig(PERFECT, GRID)["dcimig"] == pytest.approx(1.0)
    assert dcimig(PERFECT, GRID)["dcimig_nats"] == pytest.approx(np.log([3, 4, 5]).mean())
    assert mig_sup(PERFECT, GRID)["mig_sup"] == pytest.approx(1.0)
    found = med(PERFECT, GRID, PERFECT, GRID)
    for score in ("disentanglement", "completeness"):
        assert found[score] == pytest.approx(1.0, abs=1e-8)  # type: ignore[literal-required]


def test_duplicated_codes_cost_completeness_alone() -> None:
    twice = np.hstack([PERFECT, PERFECT])
    assert mig(twice, GRID)["mig"] == pytest.approx(0.0, abs=1e-12)
    assert mig_sup(twice, GRID)["mig_sup"] == pytest.approx(1.0)
    assert dcimig(twice, GRID)["dcimig"] == pytest.approx(1.0)
    found = med(twice, GRID, twice, GRID)
    assert found["disentanglement"] == pytest.approx(1.0, abs=1e-8)
    assert found["completeness"] == pytest.approx(1 - np.log(2) / np.log(6), abs=1e-8)


def test_one_code_for_two_factors_costs_disentanglement_alone() -> None:
    assert mig(PAIR, GRID)["mig"] == pytest.approx(1.0)
    assert mig_sup(PAIR, GRID)["mig_sup_by_factors"] == pytest.approx(0.5)  # 1 − 1 = 0 of its two, then 1
    first = (np.log(4) - np.log(3)) / np.log(12)  # the code of two factors has 12 values
    assert mig_sup(PAIR, GRID)["per_code"] == pytest.approx([first, 1])
    assert dcimig(PAIR, GRID)["per_factor"].tolist() == pytest.approx(
        [0, (np.log(4) - np.log(3)) / np.log(4), 1]
    )
    found = med(PAIR, GRID, PAIR, GRID)
    assert found["completeness"] == pytest.approx(1.0, abs=1e-8)
    assert found["disentanglement_per_code"] == pytest.approx([1 - np.log(2) / np.log(3), 1], abs=1e-8)


def test_dead_codes() -> None:
    dead = np.ones((60, 3))
    assert dcimig(dead, GRID)["dcimig"] == 0.0
    assert mig_sup(dead, GRID)["mig_sup"] == 0.0
    assert mig_sup(np.hstack([PERFECT, dead]), GRID)["mig_sup"] == pytest.approx(0.5)
    found = med(dead, GRID, dead, GRID)
    assert found["disentanglement"] == pytest.approx(0.0, abs=1e-9)
    assert found["informativeness_train"] == pytest.approx((1 / 3 + 1 / 4 + 1 / 5) / 3)


def test_a_rotation_lowers_all() -> None:
    rng = np.random.default_rng(0)
    factors = rng.integers(8, size=(2000, 2))
    turned = factors @ np.array([[1.0, -1.0], [1.0, 1.0]])
    assert dcimig(turned, factors)["dcimig"] < 0.1
    assert mig_sup(turned, factors)["mig_sup"] < 0.1
    assert med(turned, factors)["disentanglement"] < 0.1


def la_forge_information(codes: np.ndarray, factors: np.ndarray, bins: int) -> tuple[np.ndarray, np.ndarray]:
    """Equal bins of codes scaled to [0, 1], and their information (F, D), by scikit-learn alone."""
    low, high = codes.min(axis=0), codes.max(axis=0)
    labels = np.digitize((codes - low) / (high - low), np.linspace(0, 1, bins + 1)[:-1])
    return labels, np.array([[mutual_info_score(f, z) for z in labels.T] for f in factors.T])


@pytest.mark.parametrize("bins", [10, 20])
def test_the_forms_of_the_review_and_of_its_fork_on_the_reference_input(bins: int) -> None:
    """Zaidi et al. divide sums by sums and each code by its own entropy; the fork takes means of ratios."""
    codes, factors = (part[: reference.TRAIN] for part in reference.noisy_input())
    labels, information = la_forge_information(codes, factors, bins)
    of_factors, of_codes = ([mutual_info_score(x, x) for x in part.T] for part in (factors, labels))
    ranked = np.sort(information, axis=0)
    gaps, favourites = ranked[-1] - ranked[-2], information.argmax(axis=0)
    best = np.array([max([0.0, *gaps[favourites == k]]) for k in range(factors.shape[1])])
    found = dcimig(codes, factors, bins=bins)
    assert found["dcimig"] == pytest.approx(best.sum() / np.sum(of_factors), abs=1e-9)
    assert found["dcimig_mean_of_ratios"] == pytest.approx(np.mean(best / of_factors), abs=1e-9)
    assert found["dcimig_nats"] == pytest.approx(best.mean(), abs=1e-9)
    sup = mig_sup(codes, factors, bins=bins)
    assert sup["mig_sup"] == pytest.approx(np.mean(gaps / of_codes), abs=1e-9)
    ranked = np.sort(information / np.array(of_factors)[:, None], axis=0)
    assert sup["mig_sup_by_factors"] == pytest.approx(np.mean(ranked[-1] - ranked[-2]), abs=1e-9)


REVIEW = {  # (input, bins): DCIMIG and MIG-sup by the code of Zaidi et al. (pyitlib), rows 0…9999
    ("A", 10): (0.719326525155, 0.993764058878),
    ("A", 20): (0.862317774407, 0.990638866312),
    ("C", 10): (0.264675305384, 0.181565953607),
    ("C", 20): (0.271848030302, 0.139554512652),
    ("E", 10): (0.590377385163, 0.430072400600),
    ("E", 20): (0.590995901631, 0.409281738566),
}


@pytest.mark.parametrize(("name", "bins"), REVIEW)
def test_values_by_the_code_of_the_review(name: str, bins: int) -> None:
    codes, factors = training_points(name)
    found = dcimig(codes, factors, bins=bins)["dcimig"], mig_sup(codes, factors, bins=bins)["mig_sup"]
    assert found == pytest.approx(REVIEW[name, bins], abs=1e-9)


def test_values_on_the_reference_input_follow_from_its_published_matrix() -> None:
    codes, factors = (part[: reference.TRAIN] for part in reference.noisy_input())
    information = reference.ARRAYS["mig_C_mutual_information"]
    entropies = mig(codes, factors)["factor_entropy"]
    ranked = np.sort(information / entropies, axis=1)
    found = mig_sup(codes, factors)["mig_sup_by_factors"]
    assert found == pytest.approx((ranked[:, -1] - ranked[:, -2]).mean())
    expected = exclusive_information(information) / entropies
    np.testing.assert_allclose(dcimig(codes, factors)["per_factor"], expected, atol=1e-9)
    importance = information / information.sum(axis=0)
    np.testing.assert_allclose(
        med(codes, factors, codes[:9], factors[:9])["importance"], importance, atol=1e-9
    )


def test_top_k_keeps_the_most_disentangled_favourites_of_every_factor() -> None:
    importance = np.array([[0.5, 0.1], [0.3, 0.0], [0.2, 0.3], [0.0, 0.6], [0.0, 0.0]])
    assert most_disentangled(importance, 1).tolist() == [1, 3]
    assert most_disentangled(importance, 2).tolist() == [0, 1, 2, 3]
    assert most_disentangled(importance, 9).tolist() == [0, 1, 2, 3, 4]
    noisy = np.hstack([PERFECT, np.random.default_rng(0).normal(size=(60, 9))])
    found = med(noisy, GRID, noisy, GRID, top_k=1)
    assert found["chosen_codes"].tolist() == [0, 1, 2]
    assert found["disentanglement"] == pytest.approx(1.0, abs=1e-6)
    with pytest.raises(CallError, match="at least 1, not 0"):
        med(noisy, GRID, noisy, GRID, top_k=0)


def test_informativeness_is_scikit_learns_accuracy_and_points_may_be_cut() -> None:
    (factors,) = toys.points(900)
    codes = toys.toy_a(factors)
    cut = med(codes, factors, train_size=600)
    apart = med(codes[:600], factors[:600], codes[600:], factors[600:])
    assert cut["informativeness_test"] == apart["informativeness_test"]
    assert 0.6 < cut["informativeness_test"] < cut["informativeness_train"] <= 1


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 10_000))
def test_bounds_and_order_and_scale(seed: int) -> None:
    rng = np.random.default_rng(seed)
    factors = rng.integers(4, size=(80, 2))
    codes = rng.normal(size=(80, 3)) + factors[:, [0, 1, 0]]
    for metric, score in ((dcimig, "dcimig"), (mig_sup, "mig_sup"), (mig_sup, "mig_sup_by_factors")):
        value = metric(codes, factors)[score]  # type: ignore[operator]
        assert 0 <= value <= 1
        moved = metric(4 * codes[:, ::-1], factors)[score]  # type: ignore[operator]
        assert moved == pytest.approx(value)
    assert (information_matrix(codes, factors) >= 0).all()


def test_too_little_to_compare_is_unsupported() -> None:
    one = GRID[:, :1]
    for metric in (dcimig, mig_sup, med):
        with pytest.raises(Unsupported, match=r"at least 2.*got 1|at least 2 of both, got 3 and 1"):
            metric(PERFECT, one)
        with pytest.raises(Unsupported, match="factor 1 has a single value"):
            metric(PERFECT, GRID * [1, 0, 1])
        with pytest.raises(CallError, match="row 0, column 0 is inf"):
            metric(PERFECT + np.inf, GRID)
    with pytest.raises(Unsupported, match="at least 2 of both, got 1 and 3"):
        med(PERFECT[:, :1], GRID)
    assert mig_sup(PERFECT[:, :1], GRID)["mig_sup"] == pytest.approx(1.0)
