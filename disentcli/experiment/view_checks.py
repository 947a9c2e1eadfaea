"""Whether a method learns from as many images at a time as its data give, and what to do if not."""

from __future__ import annotations

from typing import Any

from ..data.dataset import Dataset
from ..data.views.view import View
from ..errors import CallError
from ..methods.method import Method
from ..registry import catalog


def check_views(model: Method, dataset: Dataset) -> None:
    """CallError unless the method learns from as many images at a time as the data give."""
    if model.num_views == dataset.views:
        return
    raise CallError(
        f"{model.short_name} learns from {_images(model.num_views)} at a time, "
        f"the data give {dataset.views}; "
        f"{_way_out(model.num_views, dataset)}"
    )


def _way_out(wanted: int, dataset: Dataset) -> str:
    """How to come from the images that the data give at a time to as many as are wanted."""
    in_view = isinstance(dataset, View)
    if wanted == 1 and in_view:
        return "leave the view out"
    if wanted == 1:
        return f"take other data, or a method that learns from {_images(dataset.views)} (`fig list methods`)"
    known: dict[str, Any] = {one.name: catalog.resolve("view", one.name) for one in catalog.entries("view")}
    views = [name for name, view in known.items() if view.views == wanted]
    named = " or ".join(views) or "none yet, a class of your own"
    stacked = "in place of this one" if in_view else "above the data"
    return f"stack a view of {_images(wanted)} {stacked}: {named} (`fig list configs view/`)"


def _images(count: int) -> str:
    return "1 image" if count == 1 else f"{count} images"
