"""What `fig list datasets NAME` prints: the card of one dataset, and whether its files are here."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from ..config.config_layers import MergedConfig
from ..config.config_store import ConfigStore
from ..console.help import table
from ..data.dataset_info import DatasetInfo
from ..data.resources import format_bytes
from ..errors import CallError, DisentError
from ..registry import catalog

SHOWN = 8  # values of a factor; of longer ones the first, the second and the last


def dataset_node(library: ConfigStore, config: str) -> dict[str, Any]:
    """What a config and its bases say of the dataset."""
    return dict(MergedConfig(library.stack(config)).values.get("dataset", {}))


def find_card(node: Mapping[str, Any]) -> DatasetInfo:
    """The card of the dataset that this node of a config describes."""
    name = node.get("_type")
    if not isinstance(name, str):
        raise CallError("this config names no dataset")
    component: Any = catalog.resolve("dataset", name)
    if not hasattr(component, "card"):
        raise DisentError(f"the dataset {name!r} has no card(options) that tells what it is")
    return component.card({key.replace("-", "_"): value for key, value in node.items() if key[0] != "_"})


def describe(name: str, card: DatasetInfo, dataroot: Path) -> str:
    """The card as lines: image, factors with sizes and values, licence, citation, place on the disk."""
    known = (
        ("title", card.title),
        ("images", _images(card)),
        ("licence", card.licence),
        ("cite", card.citation),
        ("home page", card.homepage),
        ("on disk", _place(card, dataroot)),
    )
    head = table([row for row in known if row[1]])
    return "\n".join([f"{name}:", *head, "", *_factors(card)])


def _images(card: DatasetInfo) -> str:
    count = "" if card.count is None else f"{card.count:,} "
    if not card.shape:
        return f"{count}whose shape the files tell"
    kind = "images" if len(card.shape) == 3 else "vectors"
    return f"{count}{kind} of {'×'.join(map(str, card.shape))}"


def _place(card: DatasetInfo, dataroot: Path) -> str:
    if not card.folder:
        return f"nothing; {card.obtain}"
    folder = dataroot / card.folder
    here = "here" if folder.exists() else f"not here yet: {card.obtain}"
    return f"{format_bytes(card.disk)} in {folder} ({here})" if card.disk else f"{folder} ({here})"


def _factors(card: DatasetInfo) -> list[str]:
    if not card.factor_names:
        return ["no factors are known before the files are there" if not card.shape else "no factors"]
    values = card.factor_values or ((),) * len(card.factor_names)
    rows = [
        (name, f"{size or 'continuous'}  {_values(of_factor)}".rstrip())
        for name, size, of_factor in zip(card.factor_names, card.factor_sizes, values, strict=True)
    ]
    return ["factors:", *table(rows)]


def _values(values: Sequence[float | str]) -> str:
    shown = [one if isinstance(one, str) else f"{one:.4g}" for one in values]
    if len(shown) > SHOWN and not isinstance(values[0], str):
        shown = [*shown[:2], "…", shown[-1]]
    return ", ".join(shown)
