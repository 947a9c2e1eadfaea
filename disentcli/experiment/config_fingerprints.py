"""Which configs have changed since a run was made or evaluated: a sweep knows both by their names."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from hashlib import sha256
from typing import Any

from ..config.config_layers import ConfigLayer

OF_THE_SWEEP = ("seeds", "grid", "then")  # say which runs there are and what follows, not what a run is


def fingerprints(sheets: Iterable[ConfigLayer]) -> dict[str, str]:
    """Sixteen hexadecimal digits for the values of each config, by its name; comments do not count."""
    return {sheet.name: _fingerprint(sheet) for sheet in sheets if sheet.name}


def changed(made_of: Mapping[str, str], sheets: Iterable[ConfigLayer]) -> list[str]:
    """The configs that are not what they were, by what `fingerprints` said at the time."""
    return [name for name, now in fingerprints(sheets).items() if made_of.get(name, now) != now]


def _fingerprint(sheet: Mapping[str, Any]) -> str:
    told = {key: value for key, value in sheet.items() if key not in OF_THE_SWEEP}
    return sha256(json.dumps(told, sort_keys=True, default=str).encode()).hexdigest()[:16]
