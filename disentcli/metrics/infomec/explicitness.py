"""InfoE: how well a linear model on all codes predicts each factor, as a class or as a number."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from ..information import relabel
from ..linear_models import explained, fit_linear
from ..standardize import scaling_of

TOLERANCE = 1e-4  # of the gradient of the summed loss, scikit-learn's at the time
EPSILON = float(np.finfo(float).eps)  # the smallest probability of scikit-learn's log_loss


class Classification(NamedTuple):
    """cross_entropy and chance (F,) in nats; iterations (F,): as many as allowed means not converged."""

    cross_entropy: np.ndarray
    chance: np.ndarray
    iterations: np.ndarray

    @property
    def score(self) -> float:
        """InfoE = mean over factors of 1 − cross-entropy / chance; negative where worse than chance."""
        return float(((self.chance - self.cross_entropy) / self.chance).mean())


def features_of(codes: np.ndarray, code_indices: np.ndarray | None) -> Any:
    """Codes (N, D) with mean 0 and deviation 1, or a sparse matrix: a column for each value of each index."""
    if code_indices is None:
        return scaling_of(codes)(codes)
    from scipy.sparse import csr_array

    values = np.stack([np.unique(column, return_inverse=True)[1] for column in code_indices.T], axis=1)
    widths = values.max(axis=0) + 1
    columns = (values + np.cumsum(widths) - widths).ravel()
    rows = np.repeat(np.arange(len(values)), values.shape[1])
    shape = (len(values), int(widths.sum()))
    return csr_array((np.ones(len(columns)), (rows, columns)), shape=shape)


def classify(features: Any, classes: np.ndarray, max_iter: int, clipped: bool) -> Classification:
    """Multinomial logistic regressions without penalty, balanced classes, scored on the points they fit.

    Chance is the same fit on nothing: uniform, ln of the number of classes. Features (N, P), classes (N, F).
    """
    labels = relabel(classes)
    fits = [_fit(features, np.unique(column, return_inverse=True)[1], max_iter) for column in labels.T]
    ceiling = -np.log(EPSILON) if clipped else np.inf
    return Classification(
        cross_entropy=np.array([np.minimum(losses, ceiling).mean() for losses, _ in fits]),
        chance=np.log([len(np.unique(column)) for column in labels.T]),
        iterations=np.array([iterations for _, iterations in fits]),
    )


def regress(features: Any, factors: np.ndarray) -> np.ndarray:
    """R² (F,) of ordinary least squares on the points it was fitted to, factors (N, F) as numbers."""
    return explained(fit_linear(features, factors.astype(float))(features), factors)


def _fit(features: Any, labels: np.ndarray, max_iter: int) -> tuple[np.ndarray, int]:
    """−ln p of every point's own class (N,) after at most `max_iter` steps of L-BFGS from zero, and steps."""
    from scipy.optimize import minimize

    loss = _BalancedLoss(features, labels)
    options = {"maxiter": max_iter, "gtol": TOLERANCE, "maxfun": 100 * max_iter}
    found = minimize(loss, np.zeros(loss.size), method="L-BFGS-B", jac=True, options=options)
    return loss.surprise(found.x), int(found.nit)


class _BalancedLoss:
    """Σ over points of (N / K N_class) · −ln p(class), and its gradient, of weights (P + 1, K) laid flat.

    Logits lie as (K, N) in one array kept between calls: both halve the time.
    """

    def __init__(self, features: Any, labels: np.ndarray) -> None:
        counts = np.bincount(labels)
        self.dense = isinstance(features, np.ndarray)
        self.features = features
        self.transposed = np.ascontiguousarray(features.T) if self.dense else features.T.tocsr()
        self.shape = (features.shape[1] + 1, len(counts))
        self.size = self.shape[0] * self.shape[1]
        self.weights = len(labels) / (len(counts) * counts[labels])
        self.own = (labels, np.arange(len(labels)))
        self.table = np.empty((len(counts), len(labels)))

    def surprise(self, parameters: np.ndarray) -> np.ndarray:
        """−ln p (N,) of each point's own class."""
        logits = self._logits(parameters)
        own = logits[self.own]
        return np.log(np.exp(logits, out=logits).sum(axis=0)) - own

    def __call__(self, parameters: np.ndarray) -> tuple[float, np.ndarray]:
        logits = self._logits(parameters)
        own = logits[self.own]
        shares = np.exp(logits, out=logits)
        totals = shares.sum(axis=0)
        shares *= self.weights / totals
        shares[self.own] -= self.weights
        gradient = np.empty(self.shape)
        gradient[:-1] = self.transposed @ shares.T
        gradient[-1] = shares.sum(axis=1)
        return float(self.weights @ (np.log(totals) - own)), gradient.ravel()

    def _logits(self, parameters: np.ndarray) -> np.ndarray:
        """Logits (K, N), the largest of each point 0."""
        matrix = parameters.reshape(self.shape)
        if self.dense:
            np.matmul(matrix[:-1].T, self.transposed, out=self.table)
        else:
            self.table[...] = (self.features @ matrix[:-1]).T
        self.table += matrix[-1][:, None]
        self.table -= self.table.max(axis=0)
        return self.table
