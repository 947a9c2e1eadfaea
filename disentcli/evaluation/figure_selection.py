"""Which figures a call draws, in which formats."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..config.coercion import CliText, NonNegativeInt, coerce

if TYPE_CHECKING:
    from ..config.settings import Settings
    from ..plots.render_figures import Draw


def read_figures(settings: Settings) -> tuple[dict[str, Draw], str, list[str]]:
    """The figures to draw by name, the range of traversals, and the file formats; all of it exists."""
    from ..plots.render_figures import check_formats, figure_names, find_figures
    from ..plots.traversal_ranges import check_range
    from .metric_selection import names_of

    only, span = settings.get("only"), settings.get("range")
    formats = names_of(settings.get("formats"), "formats")
    figures = find_figures(figure_names() if only is None else names_of(only, "only"))
    check_range(span)
    check_formats(formats)
    return figures, span, formats


def read_map_latents(settings: Settings) -> tuple[int, int] | None:
    """The two latents that response maps are drawn over; None where the call names none."""
    given = settings.get("map-latents")
    if given is None:
        return None
    listed = [CliText(one.strip()) for one in given.split(",")] if isinstance(given, str) else given
    pair: tuple[int, int] = coerce(listed, tuple[NonNegativeInt, NonNegativeInt], "map-latents")
    return pair
