"""The matrices that metrics have stored: heat maps, and Hinton diagrams of codes × factors."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ...errors import Unsupported
from ...registry import figure
from ...runs.results import idents, read_arrays, read_results
from ..figure_context import FigureContext
from ..hinton import hinton_diagram
from ..matrices import heat_map
from ..metric_arrays import is_matched, labelled_matrices
from ..render_figures import Still


@figure("matrices")
def draw_matrices(subject: FigureContext) -> Iterator[Still]:
    """Every matrix over latents and factors in results of this step; rows in the order of their factors."""
    found, others = False, []
    for ident in idents(subject.run):
        settings = read_results(subject.run, ident).settings
        if settings.get("step", subject.step) != subject.step:
            others.append(f"{ident} is of step {settings['step']:,}")
            continue
        names = varying_factors(settings)
        arrays = read_arrays(subject.run, ident)
        for name, one in labelled_matrices(arrays, subject.naming(names)):
            found = True
            yield Still(f"{ident}_{name}", heat_map(one))
            if is_matched(one):
                yield Still(f"{ident}_{name}_hinton", hinton_diagram(one))
    if not found:
        told = f" of step {subject.step:,} ({', '.join(others)})" if others else ""
        raise Unsupported(f"no metric has stored a matrix{told}; `fig eval-metrics --load RUN` does")


def varying_factors(settings: dict[str, Any]) -> list[str]:
    """The factors that metrics saw in an evaluation, as its settings name them."""
    left_out = settings.get("left_out") or []
    return [
        name for name, size in (settings.get("factors") or {}).items() if size != 1 and name not in left_out
    ]
