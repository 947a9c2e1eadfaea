"""What a run is: its state, its config and its environment, as tables."""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Mapping
from typing import Any

from ..runs.run import Run
from .markup import Markup, folded, joined, table, tag

SHOWN_ABOVE = ("schema", "name", "status", "step", "budget")


def state(run: Run) -> Markup:
    """The run's status and step, and what ended it if it failed."""
    info, status = run.info(), run.status()
    step, budget = int(info.get("step") or 0), info.get("budget")
    words = f" at step {step:,}" + (f" of {budget:,}" if isinstance(budget, int) else "")
    line = tag("p", tag("span", status, on={"class": f"status {status}"}), words)
    return joined([line, _error(run)])


def _error(run: Run) -> Markup:
    path = run.path / "error.txt"
    if not path.is_file():
        return Markup()
    text = path.read_text(encoding="utf-8", errors="replace").strip()
    last = text.splitlines()[-1] if text else "error.txt is empty"
    return joined([tag("p", last, on={"class": "error"}), folded("error.txt", tag("pre", text))])


def config(run: Run) -> Markup:
    """The values in use, part by part."""
    values = run.config()
    parts = {key: value for key, value in values.items() if isinstance(value, Mapping)}
    root = {key: value for key, value in values.items() if key not in parts}
    tables = [_values("run", root), *(_values(key, part) for key, part in parts.items())]
    return folded("Config", tag("div", *tables, on={"class": "facts"}))


def environment(run: Run) -> Markup:
    """What run.json says, the command line in front."""
    info = {key: value for key, value in run.info().items() if key not in SHOWN_ABOVE}
    command = info.pop("command", None)
    words = shlex.join(map(str, command)) if isinstance(command, list) else str(command)
    shown = tag("pre", words) if command else Markup()
    return folded("Environment", shown, tag("div", _values("run.json", info), on={"class": "facts"}))


def _values(name: str, values: Mapping[str, Any]) -> Markup:
    return table(("key", "value"), list(leaves(values)), name)


def leaves(node: Mapping[str, Any], above: str = "") -> Iterator[tuple[str, str]]:
    """Dotted keys and their values; a component's name stands under its own key.

    >>> list(leaves({"model": {"_type": "vae", "hidden": [64, 32]}, "seed": None}))
    [('model', 'vae'), ('model.hidden', '64, 32'), ('seed', '–')]
    """
    for key, value in node.items():
        place = above if key == "_type" and above else f"{above}.{key}" if above else str(key)
        if isinstance(value, Mapping) and value:
            yield from leaves(value, place)
        else:
            yield place, _text(value)


def _text(value: Any) -> str:
    if value is None or value == [] or value == {}:
        return "–"
    if isinstance(value, list):
        return ", ".join(map(_text, value))
    return str(value).lower() if isinstance(value, bool) else str(value)
