"""Colours that colour-blind readers tell apart: Okabe-Ito for classes, viridis and cividis for numbers."""

from __future__ import annotations

BLACK, GREY = "#000000", "#7f7f7f"
OKABE_ITO = ("#E69F00", "#56B4E9", "#009E73", "#F0E442", "#0072B2", "#D55E00", "#CC79A7", BLACK)
BLUE, ORANGE = "#0072B2", "#D55E00"  # the two that differ most on white

SEQUENTIAL, ERRORS, DIVERGING = "viridis", "cividis", "RdBu_r"


def class_colours(count: int) -> list[str]:
    """A colour for each class: Okabe and Ito's up to eight, then steps through viridis.

    >>> class_colours(2)
    ['#E69F00', '#56B4E9']
    """
    if count <= len(OKABE_ITO):
        return list(OKABE_ITO[:count])
    from matplotlib import colormaps
    from matplotlib.colors import to_hex

    return [to_hex(colormaps[SEQUENTIAL](step / (count - 1))) for step in range(count)]
