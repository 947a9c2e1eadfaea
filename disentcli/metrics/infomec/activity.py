"""Which codes count as active: those that spread enough."""

from __future__ import annotations

import re
from dataclasses import dataclass

import numpy as np

from ...errors import CallError
from ..standardize import common_unit

_RULE = re.compile(r"(range|iqr)\s*([/>])\s*(\d+(?:\.\d+)?(?:e[+-]?\d+)?)")


@dataclass(frozen=True)
class Rule:
    """A code is active if its range, or interquartile range, is more than a share of the largest one
    ("range/8": an eighth) or more than a number ("iqr>0.1")."""

    spread: str
    relative: bool
    threshold: float

    @classmethod
    def parse(cls, text: str) -> Rule:
        """The rule that a text such as "range/20" stands for; CallError if it is none."""
        found = _RULE.fullmatch(str(text).strip())
        if found is None or (found[2] == "/" and float(found[3]) < 1):
            raise CallError(
                f"{text!r} is no pruning rule; write range/20 (more than a twentieth of the largest range), "
                "range>0, iqr/10 or iqr>0.1"
            )
        return cls(found[1], found[2] == "/", float(found[3]))

    def active(self, codes: np.ndarray) -> np.ndarray:
        """Mask (D,) of the active ones among codes (N, D); a code that never changes is not."""
        unit = common_unit(codes) if self.relative else np.float64(1)  # a difference may overflow
        codes = codes / unit
        if self.spread == "range":
            spread = codes.max(axis=0) - codes.min(axis=0)
        else:
            low, high = np.percentile(codes, [25, 75], axis=0)
            spread = high - low
        return spread > (spread.max() / self.threshold if self.relative else self.threshold)
