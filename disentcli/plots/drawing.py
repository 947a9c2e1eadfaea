"""Matplotlib without global state: figures for paper, saved whole, the same bytes every time.

Colours are those that colour-blind readers tell apart: Okabe and Ito's for classes, viridis and cividis for
numbers.
"""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from ..atomic_io import atomic_file
from ..errors import DisentError

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.colors import Colormap
    from matplotlib.figure import Figure
    from matplotlib.patches import Ellipse

DPI = 200
COLUMN, PAGE, TALLEST = 3.3, 6.9, 9.0  # inches: the width of a column and of a page, the height of a page
SMALL, NORMAL = 7, 8  # points
LONGEST = 28  # letters of a name in a figure
FORMATS = ("png", "svg", "pdf")

BLACK, GREY = "#000000", "#7f7f7f"
OKABE_ITO = ("#E69F00", "#56B4E9", "#009E73", "#F0E442", "#0072B2", "#D55E00", "#CC79A7", BLACK)
BLUE, ORANGE = "#0072B2", "#D55E00"  # the two that differ most on white
SHADE = 0.8  # of twilight, so that its ends are seen on white
SEQUENTIAL, ERRORS, DIVERGING = "viridis", "cividis", "RdBu_r"

STYLE: dict[str, Any] = {
    "font.size": NORMAL,
    "axes.titlesize": NORMAL,
    "axes.labelsize": NORMAL,
    "figure.titlesize": NORMAL + 1,
    "figure.labelsize": SMALL,
    "xtick.labelsize": SMALL,
    "ytick.labelsize": SMALL,
    "legend.fontsize": SMALL,
    "legend.title_fontsize": SMALL,
    "axes.linewidth": 0.6,
    "lines.linewidth": 1.2,
    "text.parse_math": False,  # names that people give are no formulas: rate $a_$
    "pdf.fonttype": 42,  # letters stay letters
    "svg.hashsalt": "disentcli",
}
WITHOUT_DATES: dict[str, dict[str, Any]] = {
    "png": {"Software": None},
    "svg": {"Date": None, "Creator": None},
    "pdf": {"CreationDate": None, "Creator": None, "Producer": None},
}


@contextmanager
def paper_style() -> Iterator[None]:
    """Letters and lines for paper, while the block draws; also a decorator of a function that draws."""
    from matplotlib import rc_context, rcParamsDefault

    plain: dict[Any, Any] = {key: value for key, value in rcParamsDefault.items() if "backend" not in key}
    with rc_context(plain | STYLE):
        yield


def new_figure(width: float, height: float) -> Figure:
    """An empty figure, in inches, that makes room for its labels."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(width, height), layout="constrained")
    FigureCanvasAgg(figure)
    return figure


def subplot_grid(
    count: int, across: int, height: float, *, above: float = 0.8, share: bool = False
) -> tuple[Figure, list[Axes]]:
    """A page of so many axes, each `height` inches, in rows of `across`; the last row may be shorter.

    Args:
        count: how many axes there are.
        across: how many of them are side by side.
        height: of one, in inches; the page is never higher than paper.
        above: inches for titles.
        share: all have the same scales.
    """
    down = -(-count // across)
    figure = new_figure(PAGE, min(above + height * down, TALLEST))
    axes = figure.subplots(down, across, squeeze=False, sharex=share, sharey=share).ravel().tolist()
    for ax in axes[count:]:
        ax.set_axis_off()
    return figure, axes[:count]


def class_colours(
    count: int, *, ordered: bool = False, scale: str | None = None, share: float = 1.0
) -> list[str]:
    """A colour for each class: Okabe and Ito's for names, up to eight of them; else steps through viridis.

    scale: another colour map, of which the classes cover this share.

    >>> class_colours(2)
    ['#E69F00', '#56B4E9']
    """
    if count <= len(OKABE_ITO) and not ordered:
        return list(OKABE_ITO[:count])
    from matplotlib.colors import to_hex

    colours = colour_map(scale or SEQUENTIAL)
    return [to_hex(colours(share * step / max(count - 1, 1))) for step in range(count)]


def colour_map(name: str) -> Colormap:
    """A colour map of matplotlib; twilight, which begins and ends in white, a shade darker."""
    from matplotlib import colormaps
    from matplotlib.colors import ListedColormap

    if name != "twilight":
        return colormaps[name]
    colours = colormaps[name](np.linspace(0, 1, 256))
    return ListedColormap(colours * [SHADE, SHADE, SHADE, 1.0], name=name)


def covariance_ellipse(
    mean: np.ndarray, covariance: np.ndarray, *, deviations: float = 1.0, **style: Any
) -> Ellipse:
    """So many standard deviations about a mean (2,) in every direction of a covariance (2, 2)."""
    from matplotlib.patches import Ellipse

    variances, directions = np.linalg.eigh(covariance)
    width, height = 2 * deviations * np.sqrt(variances.clip(0))
    angle = float(np.degrees(np.arctan2(directions[1, 0], directions[0, 0])))
    return Ellipse((mean[0], mean[1]), width, height, angle=angle, **style)


def use_log_scale(ax: Axes, which: Literal["x", "y"]) -> None:
    """A logarithmic axis whose ticks are plain numbers, for powers would be formulas."""
    from matplotlib.ticker import FuncFormatter, NullFormatter

    ax.set(**{f"{which}scale": "log"})
    axis = ax.xaxis if which == "x" else ax.yaxis
    axis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
    axis.set_minor_formatter(NullFormatter())


def short_label(value: float | str) -> str:
    """A factor's name or value as figures show it: words of 28 letters at most, numbers of three digits.

    >>> short_label("a" * 100), short_label(0.123456)
    ('aaaaaaaaaaaaaaaaaaaaaaaaaaa…', '0.123')
    """
    if not isinstance(value, str):
        return f"{value:.3g}"
    return value if len(value) <= LONGEST else f"{value[: LONGEST - 1]}…"


def set_title(figure: Figure, title: str, foot: str = "") -> None:
    """A title above everything, and a note below that is broken into lines where the figure ends."""
    across = int(figure.get_figwidth() * 72 / (0.52 * SMALL))
    figure.suptitle(textwrap.fill(title, across))
    if foot:
        figure.supxlabel(textwrap.fill(foot, across), fontsize=SMALL)


@dataclass(frozen=True)
class FigureStyle:
    """How figures are saved: dots an inch, inches across, what stands above (None: as drawn, "": nothing)."""

    dpi: int = DPI
    width: float | None = None
    title: str | None = None

    def apply(self, figure: Figure) -> None:
        """Give a figure this width, its height in proportion, and this title."""
        if self.width is not None:
            figure.set_size_inches(self.width, figure.get_figheight() * self.width / figure.get_figwidth())
        if self.title is not None and figure.get_suptitle():
            across = int(figure.get_figwidth() * 72 / (0.52 * SMALL))
            figure.suptitle(textwrap.fill(self.title, across))


AS_DRAWN = FigureStyle()


def save(figure: Figure, path: Path, style: FigureStyle = AS_DRAWN) -> Path:
    """Write a PNG, SVG or PDF, as the name ends, atomically; no date or version goes into it."""
    return save_formats(figure, path.parent, path.stem, [path.suffix[1:]], style)[0]


@paper_style()
def save_formats(
    figure: Figure, folder: Path, name: str, formats: Sequence[str], style: FigureStyle = AS_DRAWN
) -> list[Path]:
    """Write a figure as files of these formats; its labels find their places once, for all of them."""
    make_folder(folder)
    style.apply(figure)
    figure.set_dpi(style.dpi)
    place_labels(figure)
    paths = [folder / f"{name}.{one}" for one in formats]
    for path in paths:
        kind = path.suffix[1:]
        with atomic_file(path) as file:
            figure.savefig(file, format=kind, dpi=style.dpi, metadata=WITHOUT_DATES[kind])
    return paths


def place_labels(figure: Figure) -> None:
    """Make room for all labels once, so that drawing does not do it again each time."""
    engine = figure.get_layout_engine()
    if engine is not None:
        engine.execute(figure)
        figure.set_layout_engine(None)


def make_folder(folder: Path) -> None:
    """Make this folder for figures; raises DisentError where that cannot be."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise DisentError(f"cannot make the folder {folder} for figures: {error.strerror}") from error
