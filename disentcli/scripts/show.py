"""`fig show`: a config resolved, with the source of each value, and the network it describes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..errors import DisentError
from ..registry import catalog, script

if TYPE_CHECKING:
    from ..config.settings import Settings

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
    from ..experiment.dataset_cache import dataset_info
    from ..tables.network_summary import summarize

    info = dataset_info(settings)
    model = settings.build("model", input_shape=info.shape, factor_sizes=info.factor_sizes)
    return summarize(model, info.shape)
