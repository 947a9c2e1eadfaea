"""The figures of small untrained runs: what is drawn, what is left out, and what stands on the axes."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from disentcli import registry
from disentcli.data.public.cmnist import ColoredMNIST
from disentcli.errors import CallError
from disentcli.methods.inference import Inference
from disentcli.metrics.response_maps import response_maps
from disentcli.nets.structural import StructuralDecoder
from disentcli.plots.drawing import DPI, PAGE, FigureStyle, new_figure
from disentcli.plots.figure_context import FigureContext, FigureOptions
from disentcli.plots.gallery.codes import (
    colour_by,
    draw_scatter,
    informative_latents,
    jitter,
    principal_plane,
)
from disentcli.plots.gallery.curves import curve_figure, curves
from disentcli.plots.gallery.images import draw_reconstructions, draw_swaps
from disentcli.plots.gallery.response_maps import draw_response_maps
from disentcli.plots.gallery.traversals import draw_animations, draw_traversals
from disentcli.plots.render_figures import StaticFigure, check_formats, figure_names, find_figures, render
from disentcli.plots.sample_images import swaps, traversal_loops, traversals
from disentcli.runs.load import load_run
from disentcli.runs.results import write_results

from ..configs import trained
from ..toy_runs import VECTORS, make_run
from .oracle import Oracle

DATA = str(Path(__file__).parents[1] / "data")  # holds mnist/
OF_COMBINATIONS = ("latent_map", "reconstructions_by_part", "compositions")
OF_REGIONS = ("regions", "region_samples", "relation_strips", "relation_arithmetic", "composed_relations")
TINY = {"latent-dim": 4, "budget": 2, "device": "cpu"}
TURNED = {"_type": "sprites", "size": 32, "shapes": 2, "scales": 1, "orientations": 20, "positions": 1}


def context(folder: Path, run, **options) -> FigureContext:
    loaded = load_run(run.path, dataroot=folder / "data")
    inference = Inference(loaded.model, loaded.items)
    return FigureContext(run, inference, np.arange(min(len(loaded.dataset), 40)), loaded.step, **options)


@pytest.fixture(scope="module")
def vae(tmp_path_factory: pytest.TempPathFactory) -> FigureContext:
    folder = tmp_path_factory.mktemp("gallery")
    return context(folder, make_run(folder, "toy", method="vae", data=TURNED))


@pytest.fixture(scope="module")
def qlae(tmp_path_factory: pytest.TempPathFactory) -> FigureContext:
    folder = tmp_path_factory.mktemp("discrete")
    names = ("m/qlae", "a/dislib", "d/sprites32")
    run = trained(*names, data=folder / "data", runs=folder / "runs", **{**TINY, "validation.freq": 2})
    return context(folder, run)


def test_one_image_is_drawn(vae: FigureContext, tmp_path: Path) -> None:
    few = FigureContext(vae.run, vae.inference, np.arange(1), vae.step)
    paths, left_out = render(few, find_figures(figure_names()), tmp_path, ["png"])
    assert {"reconstructions.png", "traversals.png", "samples.png"} <= {path.name for path in paths}
    assert left_out["interpolations"] == "interpolations are between two images, there are fewer"
    assert left_out["projection"] == "a plane needs two latents and two images"


def drawn(
    context: FigureContext, names: list[str], folder: Path, *formats: str
) -> tuple[set[str], dict[str, str]]:
    paths, left_out = render(context, find_figures(names), folder, formats or ("png",))
    return {path.name for path in paths}, left_out


def test_a_run_of_images_and_factors_has_all_but_codebooks_and_results(
    vae: FigureContext, tmp_path: Path
) -> None:
    names, left_out = drawn(vae, figure_names(), tmp_path)
    assert names == {
        *("traversals.gif", "traversals.png", "reconstructions.png", "samples.png", "swaps_1.png"),
        *("swaps_2.png", "interpolations.png", "histograms.png", "projection.png", "responses.png"),
        *("interactions.png", "scatter_shape.png", "scatter_orientation.png", "response_maps.png"),
    }
    assert left_out.keys() == {*("codebooks", "matrices", "curves"), *OF_COMBINATIONS, *OF_REGIONS}
    assert "continuous" in left_out["codebooks"]
    assert "eval-metrics" in left_out["matrices"]
    with Image.open(tmp_path / "traversals.gif") as gif:
        assert (gif.n_frames, gif.info["loop"]) == (20, 0)


def test_vectors_have_no_animation_and_no_factors_no_clouds(tmp_path: Path) -> None:
    vectors = context(tmp_path, make_run(tmp_path, "vec", data=VECTORS))
    wanted = ["animations", "reconstructions", "traversals", "swaps", "interpolations", "samples"]
    _, left_out = drawn(vectors, wanted, tmp_path / "out")
    assert left_out.keys() == {"animations", "samples"}
    assert "vectors" in left_out["animations"]
    assert "hybrid" in left_out["samples"]
    vectors.dataset.factor_names = ()
    _, left_out = drawn(vectors, ["scatter", "projection"], tmp_path / "out")
    assert set(left_out.values()) == {"the data have no factors"}


def test_without_a_decoder_what_needs_images_is_left_out(vae: FigureContext, tmp_path: Path) -> None:
    inference = Inference(Oracle(), ColoredMNIST(DATA), 64, representation="E_X")
    hues = FigureContext(vae.run, inference, np.arange(60), 0)
    wanted = [
        "reconstructions",
        "samples",
        "traversals",
        "animations",
        "swaps",
        "interpolations",
        "responses",
        "response_maps",
    ]
    names, left_out = drawn(hues, [*wanted, "histograms", "scatter", "projection"], tmp_path)
    assert {name.partition("_")[0].partition(".")[0] for name in names} == {
        "histograms",
        "scatter",
        "projection",
    }
    assert left_out.keys() == set(wanted)
    assert all("no decoder" in reason for reason in left_out.values())


def test_a_discrete_run_shows_its_codebooks_and_records(qlae: FigureContext, tmp_path: Path) -> None:
    lines = [{"step": step, "train/quantization": 1.0 / step, "val/quantization": 0.5} for step in (1, 2)]
    scalars = qlae.run.records / "scalars.jsonl"
    scalars.write_text("".join(f"{json.dumps(line)}\n" for line in lines))
    names, left_out = drawn(qlae, ["codebooks", "curves", "histograms"], tmp_path, "svg")
    assert names == {"codebooks.svg", "curves.svg", "histograms.svg"}
    assert not left_out
    text = (tmp_path / "curves.svg").read_text()
    assert all(word in text for word in ("quantization", "training", "validation"))


def test_matrices_of_every_result_are_drawn_twice(vae: FigureContext, tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    arrays = {"mig/mutual_information": rng.random((4, 2)), "mig/per_factor": rng.random(2)}
    settings = {"factors": {"shape": 2, "scale": 1, "orientation": 20}}
    write_results(vae.run, "mine", {}, settings=settings, arrays=arrays, overwrite=True)
    names, _ = drawn(vae, ["matrices"], tmp_path)
    assert names == {"mine_mig_mutual_information.png", "mine_mig_mutual_information_hinton.png"}


def test_the_same_call_gives_the_same_bytes(vae: FigureContext, tmp_path: Path) -> None:
    kinds = ["histograms", "projection"]
    again = FigureContext(vae.run, vae.inference, vae.indices, vae.step)
    for one, folder in ((vae, tmp_path / "a"), (again, tmp_path / "b")):
        drawn(one, kinds, folder, "png", "svg")
    names = sorted(path.name for path in (tmp_path / "a").iterdir())
    assert len(names) == 4
    for name in names:
        assert (tmp_path / "a" / name).read_bytes() == (tmp_path / "b" / name).read_bytes(), name


def test_traversals_name_every_latent_and_show_the_base(vae: FigureContext) -> None:
    (still,) = draw_traversals(vae)
    axes = still.figure.axes[0]
    assert [label.get_text().split()[0] for label in axes.get_yticklabels()] == ["z0", "z1", "z2", "z3"]
    assert [label.get_text() for label in axes.get_xticklabels()] == ["base", "lowest", *[""] * 7, "highest"]
    assert "95 %" in still.figure.get_supxlabel()


def test_the_groups_that_are_swapped_are_those_of_the_decoder(
    vae: FigureContext, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert vae.groups == [[0], [1], [2], [3]]
    decoder = StructuralDecoder(4, (1, 32, 32), transforms=2, width=24)
    monkeypatch.setitem(vae.inference.model._modules, "decoder", decoder)
    structural = FigureContext(vae.run, vae.inference, vae.indices, vae.step)
    assert structural.groups == [[0, 1], [2, 3]]
    still, _ = draw_swaps(structural)
    labels = [label.get_text() for label in still.figure.axes[0].get_yticklabels()]
    assert labels == ["donors", "z0–z1", "z2–z3"]


def test_a_swap_takes_just_the_named_latents_from_the_donor(vae: FigureContext) -> None:
    found = swaps(vae.inference, 3, np.array([5, 9]), [[0, 2], [1, 3], [0, 1, 2, 3]])
    own, donors = vae.inference.encode(np.array([3])), vae.inference.encode(np.array([5, 9]))
    mixed = np.where([True, False, True, False], donors, own)
    np.testing.assert_allclose(found["images"][0], vae.inference.decode(mixed), atol=1e-6)
    np.testing.assert_allclose(found["images"][2], found["donors"], atol=1e-6)


def test_a_loop_begins_at_the_base_itself(vae: FigureContext, qlae: FigureContext) -> None:
    for one in (vae, qlae):
        bases, images = traversal_loops(one.inference, one.indices, 2, "minmax")
        assert images.shape[:3] == (2, 4, 20)
        for d in range(4):
            np.testing.assert_allclose(images[:, d, 0], bases, atol=1e-4)


def test_clouds_show_the_latents_that_tell_of_factors_and_name_the_classes(vae: FigureContext) -> None:
    shown = informative_latents(vae, 3)
    assert len(set(shown)) == 3
    stills = {still.name: still.figure for still in draw_scatter(vae)}
    axes = stills["scatter_shape"].axes
    assert len(axes) == 4 + 6 + 1  # histograms, each pair once, the colours
    assert axes[6].get_xlabel() == f"z{informative_latents(vae, 4)[0]}"
    assert [label.get_text() for label in axes[-1].get_yticklabels()] == ["square", "ellipse"]


def test_equal_discrete_codes_are_spread_apart_but_stay_nearest_to_their_value() -> None:
    codes = np.random.default_rng(0).choice([-1.0, 0.0, 0.5], size=(200, 2))
    moved = jitter(codes, discrete=True)
    values = np.array([-1.0, 0.0, 0.5])
    nearest = values[np.abs(moved[..., None] - values).argmin(axis=-1)]
    np.testing.assert_array_equal(nearest, codes)
    assert len(np.unique(moved)) == moved.size
    assert jitter(codes, discrete=False) is codes
    assert np.isfinite(jitter(np.zeros((3, 2)), discrete=True)).all()


def test_the_plane_is_that_of_scikit_learn() -> None:
    from sklearn.decomposition import PCA

    codes = np.random.default_rng(0).normal(size=(50, 4)) * [1, 5, 2, 0.5]
    plane, shares = principal_plane(codes)
    reference = PCA(2).fit(codes)
    np.testing.assert_allclose(np.abs(plane), np.abs(reference.transform(codes)), atol=1e-10)
    np.testing.assert_allclose(shares, reference.explained_variance_ratio_)


def test_curves_are_read_term_by_term() -> None:
    lines = [
        {"step": 5, "train/kl": 2.0, "lr": 0.1},
        {"step": 10, "train/kl": None, "val/kl": 3.0, "lr": 0.1},
    ]
    found = curves(lines)
    assert {term: set(parts) for term, parts in found.items()} == {"kl": {"train", "val"}, "lr": {"train"}}
    assert [axis.tolist() for axis in found["kl"]["train"]] == [[5.0], [2.0]]


def test_a_constant_and_a_single_record_have_no_panel_but_their_value_below() -> None:
    steps = np.array([1.0, 2.0, 3.0])
    found = {
        "loss": {"train": (steps, np.array([3.0, 2.0, 1.0])), "val": (steps[-1:], np.array([1.5]))},
        "wide": {"train": (steps, np.array([100.0, 10.0, 1.0]))},
        "lr": {"train": (steps, np.full(3, 5e-4))},
        "once": {"train": (steps[:1], np.array([7.0]))},
    }
    figure = curve_figure(found)
    assert [ax.get_title() for ax in figure.axes if ax.axison] == ["loss", "wide, log scale"]
    assert [ax.get_yscale() for ax in figure.axes if ax.axison] == ["linear", "log"]
    assert "without a curve: lr 0.0005, once 7" in figure.get_supxlabel()


def test_curves_of_constants_alone_are_left_out_with_the_reason(qlae: FigureContext, tmp_path: Path) -> None:
    scalars = qlae.run.records / "scalars.jsonl"
    scalars.write_text('{"step": 1, "train/loss": 2.0}\n')
    _, left_out = drawn(qlae, ["curves"], tmp_path)
    assert left_out == {"curves": "what was recorded does not change, or is of a single step"}


def test_hues_go_round_and_other_factors_lie_along_a_scale_in_their_own_values(vae: FigureContext) -> None:
    orientation = vae.factor_names.index("orientation")
    found = colour_by(vae, orientation)
    assert found.scale.get_cmap().name == "twilight"
    low, high = found.scale.get_clim()
    assert high - low == pytest.approx(2 * np.pi)
    np.testing.assert_allclose(found.scale.to_rgba(low), found.scale.to_rgba(high), atol=0.02)
    place = vae.varying[orientation]
    values = np.array(vae.dataset.factor_values[place])[vae.factors[:, orientation].astype(int)]
    np.testing.assert_allclose(found.values, values)


def test_rows_columns_latents_and_the_base_image_are_those_asked_for(vae: FigureContext) -> None:
    asked = replace(vae, options=FigureOptions(rows=1, columns=5, latents=(2, 0), base=7))
    (still,) = draw_traversals(asked)
    axes = still.figure.axes[0]
    assert [label.get_text().split()[0] for label in axes.get_yticklabels()] == ["z2", "z0"]
    assert len(axes.get_xticklabels()) == 1 + 5
    code = vae.inference.encode(np.array([7]))
    found = traversals(vae.inference, vae.indices, base=7, steps=5)
    np.testing.assert_allclose(found["base"], vae.inference.decode(code)[0], atol=1e-6)
    (picture,) = draw_reconstructions(asked)
    assert picture.figure.axes[0].images[0].get_array().shape[:2] == (3 * 32 + 2 * 2, 5 * 32 + 4 * 2)
    swapped = list(draw_swaps(asked))
    assert len(swapped) == 1
    labels = [label.get_text() for label in swapped[0].figure.axes[0].get_yticklabels()]
    assert labels == ["donors", "z2", "z0"]


def test_width_resolution_and_title_are_those_asked_for(vae: FigureContext, tmp_path: Path) -> None:
    figures = find_figures(["histograms", "animations"])
    render(vae, figures, tmp_path, ["png"], FigureStyle(dpi=100, width=4.0, title="My title"))
    with Image.open(tmp_path / "histograms.png") as image:
        assert image.width == 400
    with Image.open(tmp_path / "traversals.gif") as gif:
        assert gif.width == 400
    picture = new_figure(PAGE, 2.0)
    picture.suptitle("as drawn")
    for title, expected in ((None, "as drawn"), ("mine", "mine"), ("", "")):
        FigureStyle(title=title).apply(picture)
        assert picture.get_suptitle() == expected


def test_a_gif_is_large_enough_to_show(vae: FigureContext, tmp_path: Path) -> None:
    render(vae, find_figures(["animations"]), tmp_path, [])
    (animation,) = draw_animations(vae)
    with Image.open(tmp_path / "traversals.gif") as gif:
        tile = gif.width * 0.6 / (animation.canvases[0].shape[1] / 32)
    assert tile >= 64  # pixels of an image


def test_the_codes_of_traversals_are_computed_once(
    vae: FigureContext, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    fresh = FigureContext(vae.run, vae.inference, vae.indices, vae.step)
    encoded, usual = [], vae.inference.encode

    def encode(indices: np.ndarray) -> np.ndarray:
        encoded.append(len(indices))
        return usual(indices)

    monkeypatch.setattr(vae.inference, "encode", encode)
    drawn(fresh, ["traversals", "animations", "histograms", "projection", "scatter"], tmp_path)
    assert encoded == [len(vae.indices)]


def test_of_a_model_without_a_decoder_the_decoder_is_what_is_said_to_be_missing(
    vae: FigureContext, tmp_path: Path
) -> None:
    inference = Inference(Oracle(), ColoredMNIST(DATA), 64)  # gives several representations
    several = FigureContext(vae.run, inference, np.arange(60), 0)
    wanted = ["traversals", "animations", "swaps", "responses", "response_maps", "interpolations"]
    _, left_out = drawn(several, [*wanted, "histograms"], tmp_path)
    assert all("no decoder" in left_out[name] for name in wanted)
    assert "choose one with --representation" in left_out["histograms"]


def test_wrong_names_and_formats_say_what_there_is() -> None:
    with pytest.raises(CallError, match="did you mean traversals"):
        find_figures(["traversal"])
    with pytest.raises(CallError, match="png, svg, pdf"):
        check_formats(["jpg"])


def test_response_maps_are_over_the_latents_asked_for(vae: FigureContext) -> None:
    asked = replace(vae, map_latents=(3, 1), map_extent=1.5)
    (still,) = draw_response_maps(asked)
    field, size, *_ = still.figure.axes[:4]
    expected = response_maps(vae.codes, vae.inference.respond, latents=(3, 1), extent=1.5)
    (image,) = size.images
    np.testing.assert_allclose(image.get_array(), expected["magnitude"].T)  # z3 across, z1 up
    assert (image.get_extent(), image.origin) == ([-1.5, 1.5, -1.5, 1.5], "lower")
    assert (field.get_xlim(), field.get_ylabel()) == ((-1.5, 1.5), "z1")
    np.testing.assert_allclose(field.collections[0].get_offsets(), vae.codes[:, [3, 1]])
    texts = [ax.get_title() for ax in still.figure.axes]
    assert texts[:4] == [
        "Responses u and codes",
        "Size ‖u‖",
        "Divergence div u",
        "Mean curvature −½ div(u/‖u‖)",
    ]
    with pytest.raises(CallError, match="two different ones of 0 to 3"):
        draw_response_maps(replace(vae, map_latents=(0, 4)))


def test_discrete_codes_have_no_response_maps(qlae: FigureContext, tmp_path: Path) -> None:
    _, left_out = drawn(qlae, ["response_maps"], tmp_path)
    assert "values of codebooks" in left_out["response_maps"]


def test_a_figure_of_ones_own_is_drawn_beside_the_others(
    vae: FigureContext, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(registry, "_table", dict(registry._table))

    @registry.figure("mine")
    def draw(context: FigureContext) -> list[StaticFigure]:
        page = new_figure(PAGE, 2.0)
        page.add_subplot().plot(context.codes[:, 0])
        return [StaticFigure("my_codes", page)]

    assert "mine" in figure_names()
    assert drawn(vae, ["mine"], tmp_path)[0] == {"my_codes.png"}
    with Image.open(tmp_path / "my_codes.png") as image:
        assert image.size == (int(PAGE * DPI), 2 * DPI)
