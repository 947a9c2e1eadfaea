"""Gradient boosted classification trees, equal to scikit-learn's defaults and far faster with numba.

`fit_boosted` is for one target; `fit_boosted_each` for several over the same codes, all at once.
"""

from __future__ import annotations

from .boosting import BoostedTrees, fit_boosted, fit_boosted_each

__all__ = ["BoostedTrees", "fit_boosted", "fit_boosted_each"]
