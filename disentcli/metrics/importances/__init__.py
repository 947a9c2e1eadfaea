"""How much each code matters for predicting each factor, by kind of predictor."""

from __future__ import annotations

from collections.abc import Callable

from . import boosted, regressed
from .prediction import Importances, Prediction

__all__ = ["PREDICTORS", "Importances", "Prediction"]

PREDICTORS: dict[str, Callable[[Prediction], Importances]] = {
    "gbt": boosted.by_our_trees,
    "sklearn": boosted.by_sklearn,
    "hist": boosted.by_binned_trees,
    "xgb": boosted.by_xgboost,
    "lightgbm": boosted.by_lightgbm,
    "lasso": regressed.by_lasso,
    "lasso-raw": regressed.by_raw_lasso,
    "lasso-dummies": regressed.by_lasso_with_dummies,
    "forest": regressed.by_forest,
}
