"""The metrics of the 2019 study as one writes them down with scikit-learn: what ours are timed against."""

from __future__ import annotations

import numpy as np
from sklearn.ensemble import GradientBoostingClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import mutual_info_score, roc_auc_score
from sklearn.multiclass import OneVsRestClassifier
from sklearn.preprocessing import label_binarize
from sklearn.svm import LinearSVC

from disentcli.metrics.sampling import FactorSampler

Parts = tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]


def mig(codes: np.ndarray, factors: np.ndarray, *_: np.ndarray) -> float:
    """Gap of the two largest mutual informations of each factor, over its entropy."""
    information = _information(codes, factors)
    ranked = np.sort(information, axis=0)[::-1]
    entropies = [mutual_info_score(factor, factor) for factor in factors.T]
    return float(np.mean((ranked[0] - ranked[1]) / entropies))


def dci(codes: np.ndarray, factors: np.ndarray, test_codes: np.ndarray, test_factors: np.ndarray) -> float:
    """Disentanglement from the importances of gradient boosted trees."""
    importance = []
    for factor, test_factor in zip(factors.T, test_factors.T, strict=True):
        model = GradientBoostingClassifier().fit(codes, factor)
        model.score(codes, factor), model.score(test_codes, test_factor)
        importance.append(np.abs(model.feature_importances_))
    shares = np.array(importance).T + 1e-11
    shares /= shares.sum(axis=1, keepdims=True)
    per_code = 1 + (shares * np.log(shares)).sum(axis=1) / np.log(shares.shape[1])
    return float(np.average(per_code, weights=np.array(importance).sum(axis=0)))


def sap(codes: np.ndarray, factors: np.ndarray, test_codes: np.ndarray, test_factors: np.ndarray) -> float:
    """Gap of the two most accurate support vector machines of one code each."""
    scores = np.empty((codes.shape[1], factors.shape[1]))
    for i in range(codes.shape[1]):
        for k in range(factors.shape[1]):
            model = LinearSVC(C=0.01, class_weight="balanced").fit(codes[:, [i]], factors[:, k])
            scores[i, k] = np.mean(model.predict(test_codes[:, [i]]) == test_factors[:, k])
    ranked = np.sort(scores, axis=0)[::-1]
    return float(np.mean(ranked[0] - ranked[1]))


def modularity_explicitness(
    codes: np.ndarray, factors: np.ndarray, test_codes: np.ndarray, test_factors: np.ndarray
) -> float:
    """Modularity, and the areas under the ROC curves of logistic regressions on both parts."""
    squares = _information(codes, factors) ** 2
    top = squares.max(axis=1)
    modularity = 1 - (squares.sum(axis=1) - top) / (top * (squares.shape[1] - 1))
    mean, std = codes.mean(axis=0), codes.std(axis=0)
    for k in range(factors.shape[1]):
        model = OneVsRestClassifier(LogisticRegression(solver="liblinear"))
        model.fit((codes - mean) / std, factors[:, k])
        for z, classes in ((codes, factors[:, k]), (test_codes, test_factors[:, k])):
            one_hot = label_binarize(classes, classes=model.classes_)
            roc_auc_score(one_hot, model.predict_proba((z - mean) / std))
    return float(modularity.mean())


def irs(codes: np.ndarray, factors: np.ndarray, *_: np.ndarray) -> float:
    """Deviations within each group of one factor, point by point as disentanglement_lib has them."""
    binned = _binned(factors.astype(float))
    largest = np.abs(codes - codes.mean(axis=0)).max(axis=0)
    scores = np.empty((codes.shape[1], factors.shape[1]))
    for k in range(factors.shape[1]):
        groups = [codes[binned[:, k] == value] for value in np.unique(binned[:, k])]
        deviations = [np.percentile(np.abs(g - g.mean(axis=0)), 99, axis=0) for g in groups]
        scores[:, k] = 1 - np.mean(deviations, axis=0) / largest
    return float(np.average(scores.max(axis=1), weights=largest))


def unsupervised(codes: np.ndarray, *_: np.ndarray) -> float:
    """Gaussian total correlation, Wasserstein correlation and mutual information of codes."""
    from scipy.linalg import sqrtm

    covariance = np.cov(codes.T)
    np.trace(np.asarray(sqrtm(covariance * np.diag(covariance)[:, None])).real)
    binned = _binned(codes)
    pairs = [
        mutual_info_score(a, b) for i, a in enumerate(binned.T) for j, b in enumerate(binned.T) if i != j
    ]
    return float(np.mean(pairs))


def beta_vae(sampler: FactorSampler, rs: np.random.RandomState) -> float:
    """Two batches that share a factor, 15,000 times, one after the other."""

    def features(count: int) -> tuple[np.ndarray, np.ndarray]:
        rows, labels = [], []
        for _ in range(count):
            factor = rs.randint(len(sampler.sizes))
            first, second = _uniform(sampler, rs), _uniform(sampler, rs)
            second[:, factor] = first[:, factor]
            rows.append(np.abs(sampler.codes(first, rs) - sampler.codes(second, rs)).mean(axis=0))
            labels.append(factor)
        return np.array(rows), np.array(labels)

    model = OneVsRestClassifier(LogisticRegression(solver="liblinear")).fit(*features(10_000))
    return float(model.score(*features(5_000)))


def factor_vae(sampler: FactorSampler, rs: np.random.RandomState) -> float:
    """Batches that hold a factor, 15,000 times, one after the other."""
    variances = sampler.codes(_uniform(sampler, rs, 10_000), rs).var(axis=0, ddof=1)

    def votes(count: int) -> np.ndarray:
        table = np.zeros((len(sampler.sizes), len(variances)))
        for _ in range(count):
            factor, values = rs.randint(len(sampler.sizes)), _uniform(sampler, rs)
            values[:, factor] = values[0, factor]
            table[factor, np.argmin(sampler.codes(values, rs).var(axis=0, ddof=1) / variances)] += 1
        return table

    majority, found = votes(10_000).argmax(axis=0), votes(5_000)
    return float(found[majority, range(len(variances))].sum() / found.sum())


def _uniform(sampler: FactorSampler, rs: np.random.RandomState, count: int = 64) -> np.ndarray:
    return np.stack([rs.randint(size, size=count) for size in sampler.sizes], axis=1)


def _binned(codes: np.ndarray, bins: int = 20) -> np.ndarray:
    edges = [np.histogram(code, bins)[1][:-1] for code in codes.T]
    return np.stack([np.digitize(code, edge) for code, edge in zip(codes.T, edges, strict=True)], axis=1)


def _information(codes: np.ndarray, factors: np.ndarray) -> np.ndarray:
    binned = _binned(codes)
    return np.array([[mutual_info_score(factor, code) for factor in factors.T] for code in binned.T])
