"""Which factors go round in a circle, hues and angles, so that their first and last value look alike."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from typing import NamedTuple

HUE = re.compile(r"(?:^|[^a-z])(?:hue|colou?r[ _-]?angle)s?(?:$|[^a-z])", re.IGNORECASE)
ANGLE = re.compile(
    r"(?:^|[^a-z])(?:orientation|angle|azimuth|rotation|direction|heading|yaw|phase)s?(?:$|[^a-z])",
    re.IGNORECASE,
)
TURNS = (1.0, 2 * math.pi, 360.0)  # what one turn is: a share, radians, degrees
HUES, ANGLES = "hsv", "twilight"  # colour maps that end where they begin


class Cycle(NamedTuple):
    """A colour map that ends where it begins, and how long one turn of the factor is."""

    colours: str
    turn: float


def cycle_of(name: str, values: Sequence[float]) -> Cycle | None:
    """The colours and the length of one turn of a factor; None where it does not go round.

    A hue or an angle goes round if its values, evenly spaced, come within a step of a whole turn.

    >>> cycle_of("floor_hue", [k / 10 for k in range(10)])
    Cycle(colours='hsv', turn=1.0)
    >>> cycle_of("orientation", [-30, -15, 0, 15, 30]) is cycle_of("scale", [0.0, 0.5, 1.0]) is None
    True
    """
    colours = HUES if HUE.search(name) else ANGLES if ANGLE.search(name) else None
    if colours is None or len(values) < 3:
        return None
    span = float(values[-1]) - float(values[0])
    step = span / (len(values) - 1)
    for turn in TURNS:
        if min(abs(span - turn), abs(span + step - turn)) <= 0.25 * abs(step):
            return Cycle(colours, turn)
    return None
