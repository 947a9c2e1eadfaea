"""What `fig list datasets` prints: a row for each config, of one dataset all; whether its files are here."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from ..config.coercion import CliText
from ..config.config_layers import COMMAND_LINE, ConfigLayer, MergedConfig
from ..config.config_store import ConfigStore
from ..config.dataset_category import CATEGORY, DATASET
from ..config.instantiate import fit_node
from ..console.follow_up import as_typed_here
from ..console.help import table
from ..data.dataset_info import DatasetInfo, describe_dataset
from ..data.resources import format_bytes
from ..errors import CallError, DisentError
from ..registry import catalog

DATASET_HEAD = ("config", "images", "factors", "on disk, or how to get it")
SHOWN = 8  # values of a factor; of longer ones the first, the second and the last


def dataset_node(library: ConfigStore, config: str) -> dict[str, Any]:
    """What a config and its bases say of the dataset."""
    return dict(MergedConfig(library.lineage(config)).values.get("dataset", {}))


def with_category(node: Mapping[str, Any], category: str | None) -> Mapping[str, Any]:
    """What a config says of its dataset, in this category of it.

    Raises:
        CallError: the dataset has no categories.
    """
    if category is None:
        return node
    typed = ConfigLayer({CATEGORY: CliText(category)}, COMMAND_LINE)
    values = MergedConfig([typed, ConfigLayer({DATASET: node}, DATASET)]).values
    if CATEGORY in values:
        raise CallError(f"{node.get('_type')} has no categories: leave out --{CATEGORY} {category}")
    return values[DATASET]  # type: ignore[no-any-return]


def find_info(node: Mapping[str, Any], dataroot: Path) -> DatasetInfo:
    """The info of the dataset that this node of a config describes."""
    if not isinstance(node.get("_type"), str):
        raise CallError("this config names no dataset")
    fit = fit_node("dataset", node, where="dataset", inferred={})
    return describe_dataset(catalog.resolve("dataset", fit.full["_type"]), fit.arguments, root=dataroot)


def dataset_cells(library: ConfigStore, config: str, dataroot: Path) -> tuple[str, ...]:
    """The row of one config below DATASET_HEAD."""
    try:
        info = find_info(dataset_node(library, config), dataroot)
    except DisentError as error:
        return "", "", str(error).partition("\n")[0]
    count = "" if info.count is None else f"{info.count:,}"
    size = "×".join(map(str, info.shape))
    images = f"{count} of {size}" if count and size else count or size or "as the files say"
    here = info.folder and (dataroot / info.folder).exists()
    return images, str(len(info.factor_names) or "–"), "here" if here else as_typed_here(info.obtain)


def describe(name: str, info: DatasetInfo, dataroot: Path) -> str:
    """The info as lines: image, factors with sizes and values, licence, citation, place on the disk."""
    known = (
        ("title", info.title),
        ("images", _images(info)),
        ("licence", info.licence),
        ("cite", info.citation),
        ("home page", info.homepage),
        ("on disk", _place(info, dataroot)),
    )
    head = table([row for row in known if row[1]])
    return "\n".join([f"{name}:", *head, "", *_factors(info)])


def _images(info: DatasetInfo) -> str:
    count = "" if info.count is None else f"{info.count:,} "
    if not info.shape:
        return f"{count}whose shape the files tell"
    kinds = {1: "vectors", 2: "pianorolls (tracks, ticks)", 3: "images"}
    return f"{count}{kinds[len(info.shape)]} of {'×'.join(map(str, info.shape))}"


def _place(info: DatasetInfo, dataroot: Path) -> str:
    if not info.folder:
        return f"nothing; {info.obtain}"
    folder = dataroot / info.folder
    here = "here" if folder.exists() else as_typed_here(f"not here yet: {info.obtain}")
    return f"{format_bytes(info.disk)} in {folder} ({here})" if info.disk else f"{folder} ({here})"


def _factors(info: DatasetInfo) -> list[str]:
    if not info.factor_names:
        return ["no factors are known before the files are there" if not info.shape else "no factors"]
    values = info.factor_values or ((),) * len(info.factor_names)
    rows = [
        (name, f"{size or 'continuous'}  {_values(of_factor)}".rstrip())
        for name, size, of_factor in zip(info.factor_names, info.factor_sizes, values, strict=True)
    ]
    return ["factors:", *table(rows)]


def _values(values: Sequence[float | str]) -> str:
    shown = [one if isinstance(one, str) else f"{one:.4g}" for one in values]
    if len(shown) > SHOWN and not isinstance(values[0], str):
        shown = [*shown[:2], "…", shown[-1]]
    return ", ".join(shown)
