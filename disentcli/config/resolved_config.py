"""What a call uses of its settings, as one config: a run's config.yaml, enough to rebuild model and data."""

from __future__ import annotations

from collections.abc import Mapping
from copy import deepcopy
from pathlib import Path
from typing import Any

from ..registry import catalog
from .keys import KeyPath, split
from .root_settings import LOCAL_ARGS, NODE_KINDS, ROOT, Setting
from .schema import declared_settings
from .settings import Instance, Settings


def resolved_config(
    settings: Settings,
    instances: Mapping[str, Instance],
    given: Mapping[str, Any] | None = None,
    *,
    partial: bool = False,
) -> dict[str, Any]:
    """The stored settings that the script declares, in that order, and the nodes of its components in full.

    Args:
        settings: those of the call.
        instances: what was built, by the keys of the nodes.
        given: values that the script has worked out itself, by the keys of their settings.
        partial: not all components are built; settings without a default are left out.
    """
    declared = declared_settings(catalog.find("script", settings.script))
    keys = {one.key for one in declared}
    result: dict[str, Any] = {}
    for setting in (*declared, *(one for one in ROOT.values() if one.key not in keys)):
        if not setting.stored or not _in_use(setting, setting.key in keys, instances, partial):
            continue
        value = (given or {}).get(setting.key, settings.get(setting.key, None))
        if setting.where_set and (not value or value == setting.default):
            continue
        _put(result, split(setting.key), str(value) if isinstance(value, Path) else deepcopy(value))
    for key in sorted(instances, key=lambda one: one.count(".")):
        _put(result, split(key), _portable(instances[key].node))
    return result


def _in_use(setting: Setting, declared: bool, instances: Mapping[str, Instance], partial: bool) -> bool:
    """Whether the script reads the setting, beside a component that it has built, or a component got it."""
    if setting.where_set:
        return True
    owner = setting.key.rpartition(".")[0]
    if declared and not setting.of_component:
        return setting.default is not None if partial else owner not in NODE_KINDS or owner in instances
    return any(split(setting.key) == (name,) for one in instances.values() for name in one.reached)


def _portable(node: Mapping[str, Any]) -> dict[str, Any]:
    """The node without the arguments that are of the machine."""
    return {
        key: _portable(value) if isinstance(value, Mapping) and "_type" in value else deepcopy(value)
        for key, value in node.items()
        if key not in LOCAL_ARGS
    }


def _put(config: dict[str, Any], path: KeyPath, value: Any) -> None:
    """Place a value; a node keeps what it holds already (`dataset.batch_size` beside the dataset's own)."""
    *groups, last = path
    for group in groups:
        config = config.setdefault(group, {})
    known = config.get(last)
    if isinstance(value, dict) and isinstance(known, dict):
        value = value | {key: one for key, one in known.items() if key not in value}
    config[last] = value
