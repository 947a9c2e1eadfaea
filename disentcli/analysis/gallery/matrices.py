"""The matrices that metrics have stored: heat maps, and Hinton diagrams of codes × factors."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ...errors import Unsupported
from ...registry import figure
from ...runs.results import idents, read_arrays, read_results
from ..hinton import hinton_diagram
from ..matrices import heat_map
from ..metric_arrays import is_matched, labelled_matrices
from .hanging import Still
from .subject import Subject


@figure("matrices")
def draw_matrices(subject: Subject) -> Iterator[Still]:
    """Every matrix over latents and factors in the run's results; rows in the order of their factors."""
    found = False
    for ident in idents(subject.run):
        names = varying_factors(read_results(subject.run, ident).settings)
        arrays = read_arrays(subject.run, ident)
        for name, one in labelled_matrices(arrays, subject.naming(names)):
            found = True
            yield Still(f"{ident}_{name}", heat_map(one))
            if is_matched(one):
                yield Still(f"{ident}_{name}_hinton", hinton_diagram(one))
    if not found:
        raise Unsupported("no metric has stored a matrix; `fig eval-metrics --load RUN` does")


def varying_factors(settings: dict[str, Any]) -> list[str]:
    """The factors that metrics saw in an evaluation, as its settings name them."""
    left_out = settings.get("left_out") or []
    return [
        name for name, size in (settings.get("factors") or {}).items() if size != 1 and name not in left_out
    ]
