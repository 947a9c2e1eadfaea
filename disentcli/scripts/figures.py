"""`fig figures`: every picture that a run supports."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..registry import script
from ..root_settings import Setting
from .evaluation import at_least_one, find_run, open_run, writable

if TYPE_CHECKING:
    from ..console.settings import Settings

SETTINGS = (
    "load",
    "checkpoint",
    "mode",
    "ident",
    "representation",
    Setting("only", object, None, "the figures to draw: traversals,scatter (all that the run supports)"),
    Setting(
        "range", str, "quantiles", "of traversals: quantiles (middle 95 %), std (± 2), minmax, fixed (± 2)"
    ),
    Setting("points", int, 2000, "codes in histograms and clouds, at most"),
    Setting("formats", object, "png,svg", "file formats of what does not move: png, svg, pdf"),
    "seed",
    "device",
    "saveroot",
    "dataroot",
    "data-changed",
    "dataset.batch-size",
    "quiet",
)
TAKES = "configs"


@script("figures")
def draw_figures(settings: Settings) -> int:
    """Draws all that a run supports, for screen and paper: fig figures --load RUN --only traversals,scatter.

    Files go to figures/<ident>/ in the run, by default figures-<mode>; they replace those of an earlier call,
    all of them where that was on another step or split.
    """
    from ..analysis.gallery.hanging import check_formats, figure_names, find_figures, hang
    from ..analysis.gallery.subject import Subject
    from ..analysis.spans import check_range
    from ..runs.figures import begin_pictures
    from .metric_choice import names_of

    run, mode, seed = find_run(settings), settings.get("mode"), settings.get("seed")
    ident, span = settings.get("ident") or f"figures-{mode}", settings.get("range")
    only, formats = settings.get("only"), names_of(settings.get("formats"), "formats")
    (points,) = at_least_one(settings, "points")
    figures = find_figures(figure_names() if only is None else names_of(only, "only"))
    check_range(span)
    check_formats(formats)
    writable(run, ident)
    opened = open_run(settings, run, settings.get("representation"))
    subject = Subject(run, opened.inference, opened.indices(mode), opened.step, seed, points, span)

    folder = run.path / "figures" / ident
    about = {"step": opened.step, "mode": mode, "representation": settings.get("representation")}
    removed = begin_pictures(folder, about)
    if removed:
        print(f"removed {removed} files of an earlier call on another step or split")
    paths, left_out = hang(subject, figures, folder, formats)
    print(f"{run.name}, step {opened.step:,}: {len(paths)} files of {len(figures) - len(left_out)} figures")
    for name, reason in left_out.items():
        print(f"no {name}: {reason}")
    if paths:
        names = list(dict.fromkeys(path.stem for path in paths))
        print(f"figures: {paths[0].parent} ({', '.join(names)})")
    return 0
