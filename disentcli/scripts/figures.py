"""`fig figures`: every picture that a run supports."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from ..config.coercion import Count, PositiveFloat, PositiveInt
from ..config.root_settings import Setting
from ..evaluation.session import find_run, open_run, results_path
from ..registry import script

if TYPE_CHECKING:
    from ..config.settings import Settings

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
    Setting(
        "map-latents", object, None, "the two latents of response maps: 0,3 (those that vary most)", rare=True
    ),
    Setting(
        "map-extent",
        PositiveFloat,
        2.0,
        "response maps go from minus this value to it, in both latents",
        rare=True,
    ),
    Setting(
        "map-factors",
        object,
        None,
        "the two factors of latent maps: shape,hue (those that the split holds out)",
        rare=True,
    ),
    Setting("points", Count, 2000, "codes in histograms and clouds, at most"),
    Setting("rows", PositiveInt, None, "rows of images; of traversals, how many latents"),
    Setting("columns", PositiveInt, None, "images side by side; of traversals, values of a latent"),
    Setting("latents", object, None, "the latents to show: 0,3 (those that vary or tell most)"),
    Setting("base", object, None, "the base image of traversals and swaps: its place in the data"),
    Setting("inches", PositiveFloat, None, "inches across (3.3 of a column to 6.9 of a page, by content)"),
    Setting("dpi", PositiveInt, 200, "dots an inch of PNG and GIF"),
    Setting("title", str, None, "what stands above the figures; no: nothing"),
    Setting("formats", object, "png,svg", "file formats of what does not move: png, svg, pdf"),
    "seed",
    "device",
    "saveroot",
    "path",
    "dataroot",
    "download",
    "data-changed",
    "dataset.batch-size",
    "quiet",
)
TAKES = "configs"
NODES = ()


@script("figures")
def draw_figures(settings: Settings) -> int:
    """Draws all that a run supports, for screen and paper: fig figures --load RUN --only traversals,scatter.

    Files go to figures/<ident>/ in the run, by default figures-<mode>; they replace those of an earlier call,
    all of them where that was on another step or split. Of a file of scores (`--load SCORES.json`), the
    matrices are drawn into SCORES/figures/.
    """
    from ..runs.result_file import is_result_file

    if (load := settings.get("load")) is not None and is_result_file(load):
        from ..evaluation.result_figures import draw_result_file

        return draw_result_file(settings, Path(load).expanduser())
    from ..evaluation.figure_selection import (
        read_figures,
        read_map_factors,
        read_map_latents,
        read_options,
        read_style,
    )
    from ..evaluation.session import by_reason
    from ..plots.figure_context import FigureContext
    from ..plots.render_figures import render
    from ..runs.figures import begin_pictures
    from ..runs.lock import evaluation_lock

    run, mode, seed = find_run(settings), settings.get("mode", "val"), settings.get("seed")
    ident, points = settings.get("ident") or f"figures-{mode}", settings.get("points")
    figures, span, formats = read_figures(settings)
    map_latents, map_extent, style = (
        read_map_latents(settings),
        settings.get("map-extent"),
        read_style(settings),
    )
    results_path(run, ident)
    opened = open_run(settings, run, settings.get("representation"))
    indices, sampling = opened.indices(mode)
    context = FigureContext(
        run,
        opened.inference,
        indices,
        opened.step,
        seed,
        points,
        span,
        map_latents=map_latents,
        map_extent=map_extent,
        splits=opened.splits,
        map_factors=read_map_factors(settings, opened.inference.dataset.factor_names),
        options=read_options(settings, opened.inference),
    )

    folder = run.path / "figures" / ident
    about = {"step": opened.step, "mode": mode, "representation": settings.get("representation")}
    with evaluation_lock(run.path, f"{ident}.json", str(folder), "ident"):
        removed = begin_pictures(folder, about)
        if removed:
            print(f"removed {removed} files of an earlier call on another step or split")
        paths, left_out = render(context, figures, folder, formats, style)
    drawn = f"{len(paths)} files of {len(figures) - len(left_out)} figures"
    print(f"{run.name}, step {opened.step:,}: {drawn} of {sampling}, seed {seed}")
    if left_out:
        print(f"left out: {by_reason(left_out)}")
    if paths:
        names = list(dict.fromkeys(path.stem for path in paths))
        print(f"figures: {paths[0].parent} ({', '.join(names)})")
    return 0
