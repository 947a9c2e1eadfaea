"""Configs that a call names in vain: others override what they choose or set, or nothing in use reads it."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress

from ..errors import CallError
from .config_layers import COMMAND_LINE, ConfigLayer, MergedConfig, Rank
from .config_store import ConfigStore
from .keys import KeyPath, cli_key, flatten, get_path, key_as_written
from .precedence import CHOICES, DATASET, METHOD, choices

_log = logging.getLogger(__name__)


def warn_overridden(name: str, library: ConfigStore, merged: MergedConfig) -> None:
    """Warn where another config of the call wins over all that this one sets, or over its main choice.

    The main choice is the method, else the dataset, else all that it chooses. What is typed as `--key value`
    wins without a word, and so does a value of the config's own grid.
    """
    lineage = library.lineage(name)
    effective, lost = _effective(lineage, merged), _overridden_choices(lineage, merged)
    if lost and effective:
        lost = _overridden_choices(lineage, merged, _varied(lineage, library))
    if lost and (effective or lost[0][0] in (METHOD, DATASET)):
        said = " and ".join(
            f"its {_part(place)} {ours} gives way to {theirs}" for place, ours, theirs in lost
        )
        _log.warning(f"{name}: {said}; put {name} further left to have it, or leave it out")
    elif not effective and (winners := _winners(lineage, merged)):
        wins = "wins" if len(winners) == 1 else "win"
        _log.warning(
            f"{name} has no effect: {', '.join(winners)} {wins} over it; put it further left, or leave it out"
        )


def check_unused(
    name: str, lineage: Sequence[ConfigLayer], merged: MergedConfig, is_read: Callable[[KeyPath], bool]
) -> None:
    """Raise CallError for a config of whose values, and those of its bases, nothing in the call reads any.

    Incidental settings of its bases do not count. `warn_overridden` warns of one that others override.
    """
    if any(place in (METHOD, DATASET) for place, *_ in _overridden_choices(lineage, merged)):
        return
    effective = _effective(lineage, merged)
    unread = effective + [path for path, _ in _stated(lineage, merged) if path not in merged.origins]
    if unread and not any(is_read(path) for path in effective):
        raise CallError(f"{name} has no effect: {_unread(unread, merged)}")


def _stated(lineage: Iterable[ConfigLayer], merged: MergedConfig) -> list[tuple[KeyPath, str]]:
    """The path of each value that a config and its bases state, with the file that states it."""
    stated = [layer for layer in lineage if layer.rank is Rank.STATED]
    return [
        (merged.place(path), layer.source)
        for layer in stated
        for path, _ in flatten(layer)
        if path[0][0] != "_"
    ]


def _effective(lineage: Iterable[ConfigLayer], merged: MergedConfig) -> list[KeyPath]:
    """The paths at which their values are the ones in effect."""
    return [path for path, source in _stated(lineage, merged) if merged.origins.get(path) == source]


def _winners(lineage: Iterable[ConfigLayer], merged: MergedConfig) -> list[str]:
    above = {merged.origins[path] for path, _ in _stated(lineage, merged) if path in merged.origins}
    return sorted(above - {COMMAND_LINE})


def _varied(lineage: Sequence[ConfigLayer], library: ConfigStore) -> set[str]:
    """The files of the configs among the values of a sweep's own grid."""
    grid = next((layer["grid"] for layer in lineage if isinstance(layer.get("grid"), Mapping)), None) or {}
    words = {word for axis in grid.values() for value in axis for word in str(value).split()}
    return {layer.source for word in words if word in library.paths for layer in library.lineage(word)}


def _overridden_choices(
    lineage: Sequence[ConfigLayer], merged: MergedConfig, own: Iterable[str] = ()
) -> list[tuple[KeyPath, str, str]]:
    """(place, ours, theirs) for each part of the main choice; nothing unless other configs win over all."""
    chosen = {
        place: one
        for layer in reversed(lineage)
        if layer.rank is Rank.STATED
        for place, one in choices(layer).items()
    }
    main = next(
        ([place] for place in (METHOD, DATASET) if place in chosen),
        [place for place in CHOICES if place in chosen],
    )
    own = {*own, *(layer.source for layer in lineage), COMMAND_LINE}
    lost = []
    for place in main:
        source = merged.origins.get((*place, "_type"))
        if source is None or source in own:
            return []
        theirs = get_path(merged.values, (*place, "_type"))
        lost.append((place, chosen[place], f"{theirs} of {source}"))
    return lost


def _part(place: KeyPath) -> str:
    """What is chosen at this place, in words."""
    return "method" if place == METHOD else place[-1]


def _unread(paths: Sequence[KeyPath], merged: MergedConfig) -> str:
    """Why none of these has an effect, and the way out.

    `the encoder dislib has no residual`; of a component not taken, `the model vae has no prior`; else
    `nothing reads ident or metrics`.
    """
    for path in paths:
        place = path[:-1] if path[-1] == "_type" and len(path) > 2 else path
        with suppress(KeyError):
            component = get_path(merged.values, (*place[:-1], "_type"))
            lacks = f"the {place[-2]} {component} has no {cli_key(place[-1:])}"
            return f"{lacks}; leave it out, or choose other parts"
    keys = dict.fromkeys(cli_key(key_as_written(path)) for path in paths)
    return f"nothing in this call reads {' or '.join(keys)}; leave it out"
