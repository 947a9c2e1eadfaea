"""`fig show`: a config resolved, with the source of each value, and the network it describes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..errors import DisentError
from ..registry import script

if TYPE_CHECKING:
    from ..config.settings import Instance, Settings

SETTINGS = ("load", "saveroot")
TAKES = "configs"
NODES = ("dataset", "view", "split", "model", "model.optim", "scheduler")
INCLUDES = "train"


@script("show")
def show(settings: Settings) -> int:
    """Shows the resolved config, where each value comes from, and the network: fig show <config> … --args."""
    from ..console.provenance import report
    from ..console.terminal import echo
    from ..experiment.dry_run import check_training

    settings = _over_run(settings)
    check_training(settings)
    instances = {}
    try:
        instances["model"], network = describe_network(settings)
    except DisentError as error:
        network = f"The network cannot be shown: {error}"
    echo(f"{report(settings, instances)}\n\n{network}")
    return 0


def _over_run(settings: Settings) -> Settings:
    """The settings over the config of the run that --load names, checked."""
    if not settings.has("load"):
        return settings
    from ..config.call_check import check_keys_in_use
    from ..runs.run import Run

    run = Run.find(settings.get("saveroot"), settings.get("load"))
    merged = settings.with_base(run.config())
    check_keys_in_use(merged)
    return merged


def describe_network(settings: Settings) -> tuple[Instance, str]:
    """The model, and its layers with shapes and numbers of parameters; the data need not be there."""
    from ..experiment.data_setup import dataset_info
    from ..tables.network_summary import summarize

    info = dataset_info(settings)
    factors: dict[str, Any] = {"factor_sizes": info.factor_sizes, "factor_names": info.factor_names}
    model = settings.instantiate("model", input_shape=info.shape, **factors)
    return model, summarize(model.component, info.shape)
