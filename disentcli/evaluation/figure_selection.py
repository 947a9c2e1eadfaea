"""Which figures a call draws, in which formats."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..config.coercion import CliText, NonNegativeInt, coerce
from ..errors import CallError
from ..suggestions import unknown

if TYPE_CHECKING:
    from ..config.settings import Settings
    from ..methods.inference import Inference
    from ..plots.drawing import FigureStyle
    from ..plots.figure_context import FigureOptions
    from ..plots.render_figures import Draw

NO = ("no", "none", "")  # titles that stand for none
MOST_DPI, MOST_INCHES, MOST_TILES = 1200, 40.0, 100  # beyond, a figure takes more memory than a page is worth


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


def read_map_factors(settings: Settings, factors: tuple[str, ...]) -> tuple[str, ...]:
    """The two factors of latent maps that the call names, of those of the data; empty where it names none.

    Raises:
        CallError: the call names a factor that the data lack, or not two different ones.
    """
    from .metric_selection import names_of

    given = settings.get("map-factors")
    if given is None:
        return ()
    plain = {name.replace("-", "_"): name for name in factors}
    asked = [one.replace("-", "_") for one in names_of(given, "map-factors")]
    for name in asked:
        if name not in plain:
            raise CallError(f"--map-factors: {unknown('factor', name, factors)}")
    if len(set(asked)) != 2 or len(asked) != 2:
        raise CallError("--map-factors names two different factors, as in --map-factors shape,hue")
    return tuple(plain[name] for name in asked)


def read_style(settings: Settings) -> FigureStyle:
    """The width, resolution and title that the call asks for.

    Raises:
        CallError: the figures would be too large.
    """
    from ..plots.drawing import FigureStyle

    dpi, width, title = settings.get("dpi"), settings.get("inches"), settings.get("title")
    if dpi > MOST_DPI:
        raise CallError(f"--dpi {dpi}: at most {MOST_DPI}")
    if width is not None and not 1 <= width <= MOST_INCHES:
        raise CallError(f"--inches {width:g}: 1 to {MOST_INCHES:g} inches")
    return FigureStyle(dpi, width, "" if title is not None and title.lower() in NO else title)


def read_options(settings: Settings, inference: Inference) -> FigureOptions:
    """The rows, columns, latents and base image that the call asks for.

    Raises:
        CallError: one of them does not fit the model or the data, or a figure would be too large.
    """
    from ..plots.figure_context import FigureOptions
    from .traversal import read_base, read_latents

    rows, columns = settings.get("rows"), settings.get("columns")
    for key, count in (("rows", rows), ("columns", columns)):
        if count is not None and count > MOST_TILES:
            raise CallError(f"--{key} {count}: at most {MOST_TILES}")
    latents, base = settings.get("latents"), settings.get("base")
    dims = getattr(getattr(inference.model, "latent", None), "latent_dim", None)
    return FigureOptions(
        rows,
        columns,
        () if latents is None else tuple(read_latents(latents, dims).tolist()),
        None if base is None else read_base(base, inference),
    )
