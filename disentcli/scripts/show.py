"""`fig show`: a config resolved, with the source of each value, and the network it describes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from ..errors import DisentError
from ..registry import catalog, script

if TYPE_CHECKING:
    from ..config.settings import Settings
    from ..data.dataset_info import DatasetInfo

SETTINGS = ("load", "saveroot")
TAKES = "configs"


@script("show")
def show(settings: Settings) -> int:
    """Shows the resolved config, where each value comes from, and the network: fig show <config> … --args."""
    from ..console.provenance import report
    from ..console.terminal import page
    from ..experiment.call_check import check_training

    settings = _over_run(settings)
    check_training(settings.above([]))
    _read_training(settings)
    try:
        network = describe_network(settings)
    except DisentError as error:
        network = f"The network cannot be shown: {error}"
    page(f"{report(settings)}\n\n{network}")
    return 0


def _over_run(settings: Settings) -> Settings:
    """With the config of the run that --load names beneath."""
    if not settings.has("load"):
        return settings
    from ..runs.run import Run

    run = Run.find(settings.get("saveroot"), settings.get("load"))
    return settings.over(run.config())


def _read_training(settings: Settings) -> None:
    """The settings of a training that a run would keep, with their defaults."""
    from ..config.schema import script_rows

    scripts = [entry for entry in catalog.entries("script") if entry.name == "train"]
    rows = [row for entry in scripts for row in script_rows(entry)]
    for row in rows:
        if row.stored and row.default is not None:
            settings.get(row.key)


def describe_network(settings: Settings) -> str:
    """The layers with shapes and numbers of parameters; the data need not be there."""
    card = data_card(settings)
    model = settings.build("model", input_shape=card.shape, factor_sizes=card.factor_sizes)
    from ..tables.network_summary import summarize

    return summarize(model, card.shape)


def data_card(settings: Settings) -> DatasetInfo:
    """What the dataset's class tells of it without its files, the shape of its images at least."""
    node: Mapping[str, Any] = settings.get("dataset", {})
    if "_type" not in node:
        raise DisentError("no config of this call names a dataset (d/…), which gives the input's shape")
    if settings.has("path"):
        node = {"path": settings.get("path"), **node}
    component: Any = catalog.resolve("dataset", node["_type"])
    if not hasattr(component, "card"):
        raise DisentError(f"the dataset {node['_type']!r} has no card(options) that tells its shape")
    card: DatasetInfo = component.card({key: value for key, value in node.items() if key[0] != "_"})
    if not card.shape:
        raise DisentError(f"the dataset {node['_type']!r} knows its shape only from its files")
    return card
