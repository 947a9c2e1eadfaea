"""Colours that colour-blind readers tell apart: Okabe-Ito for classes, viridis and cividis for numbers."""

from __future__ import annotations

BLACK, GREY = "#000000", "#7f7f7f"
OKABE_ITO = ("#E69F00", "#56B4E9", "#009E73", "#F0E442", "#0072B2", "#D55E00", "#CC79A7", BLACK)
BLUE, ORANGE = "#0072B2", "#D55E00"  # the two that differ most on white

SEQUENTIAL, ERRORS, DIVERGING = "viridis", "cividis", "RdBu_r"


def class_colours(count: int, *, ordered: bool = False) -> list[str]:
    """A colour for each class: Okabe and Ito's for names, up to eight of them; else steps through viridis.

    >>> class_colours(2)
    ['#E69F00', '#56B4E9']
    """
    if count <= len(OKABE_ITO) and not ordered:
        return list(OKABE_ITO[:count])
    from matplotlib import colormaps
    from matplotlib.colors import to_hex

    return [to_hex(colormaps[SEQUENTIAL](step / max(count - 1, 1))) for step in range(count)]
