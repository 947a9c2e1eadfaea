"""`fig show`: a config resolved, with the source of each value, and the network it describes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from .. import catalog
from ..errors import DisentError
from ..registry import script

if TYPE_CHECKING:
    from ..console.settings import Settings

SETTINGS = ("load", "saveroot", "dataroot")
TAKES = "configs"


@script("show")
def show(settings: Settings) -> int:
    """Shows the resolved config, where each value comes from, and the network, without running anything."""
    from ..console.provenance import report
    from ..console.screen import page

    if settings.has("load"):
        from ..runs.run import Run

        run = Run.find(settings.get("saveroot"), settings.get("load"))
        settings = settings.over(run.config(), f"{run.name}/config.yaml")
    model, reason = None, "no config of this call sets `model`; nothing to build"
    if settings.has("model"):
        try:
            shape = input_shape(settings)
            model = _on_meta(settings, shape)
        except DisentError as error:
            reason = f"the network cannot be shown: {error}"
    page(report(settings))
    if model is None:
        page(f"\n{reason}")
        return 0
    from ..analysis.summary import summarize

    page("\n" + summarize(model, shape))
    return 0


def input_shape(settings: Settings) -> tuple[int, ...]:
    """The shape of the dataset's images, told by its class without its files."""
    node: Mapping[str, Any] = settings.get("dataset", {})
    if "_type" not in node:
        raise DisentError("no config of this call names a dataset, which gives the input's shape (d/…)")
    component = catalog.resolve("dataset", node["_type"])
    offer = getattr(component, "shape_of", None)
    if offer is None:
        raise DisentError(
            f"the dataset {node['_type']!r} does not tell its shape (shape_of) without its files"
        )
    return tuple(offer({key: value for key, value in node.items() if not key.startswith("_")}))


def _on_meta(settings: Settings, shape: tuple[int, ...]) -> Any:
    """The model without memory for its weights: shapes and counts are all that is wanted."""
    import torch

    with torch.device("meta"):
        return settings.build("model", input_shape=shape)
