"""Every dataset with what may be typed of its options, on files as small as they can be."""

from __future__ import annotations

import shutil
import tarfile
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
from PIL import Image

from disentcli.config.coercion import CliText
from disentcli.config.config_layers import COMMAND_LINE, ConfigLayer
from disentcli.config.settings import Settings
from disentcli.data.dataset_folder_writer import StoreWriter
from disentcli.data.download.index import all_published
from disentcli.data.factors import FactorSpace
from disentcli.data.pianoroll.rendered_songs import write_songs

MNIST = Path(__file__).parent / "mnist"


@dataclass(frozen=True)
class Case:
    """A dataset that can be had here: what is always typed, what of each option, and who puts files there."""

    options: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    always: Mapping[str, str] = field(default_factory=dict)  # so that little is rendered
    files: Callable[[Path], None] = lambda folder: None
    is_whole: bool = True  # not a stand-in of fewer images


def published(*names: str) -> Callable[[Path], None]:
    """Dataset folders like those of these sources, with one image each (CelebA, HWF: three)."""

    def write(root: Path) -> None:
        for name in names:
            source = all_published()[name]
            spec, space = source.spec(), source.space
            if space is not None:
                one = FactorSpace(space.names, (1,) * len(space.names), tuple(v[:1] for v in space.values))
                spec = replace(spec, count=1, factors=one)
            else:
                spec = replace(spec, count=3)
            with StoreWriter(root / name, spec) as writer:
                writer.write(np.zeros((spec.count, *spec.row_shape), np.uint8))
                if space is None:
                    columns = 51 if name.startswith("celeba") else 1
                    writer.factors = np.zeros((3, columns), np.int16)

    return write


def digits(name: str) -> Callable[[Path], None]:
    def copy(root: Path) -> None:
        shutil.copytree(MNIST, root / name)

    return copy


def own_arrays(root: Path) -> None:
    images = np.random.default_rng(0).integers(0, 256, (6, 3, 3, 3), dtype=np.uint8)
    np.savez(root / "mine", images=images, others=images[:, :2, :, :1], thirds=np.arange(6) % 3)


def own_pictures(root: Path) -> None:
    (root / "mine").mkdir()
    for k, pixels in enumerate(np.random.default_rng(0).integers(0, 256, (4, 6, 8, 3), dtype=np.uint8)):
        Image.fromarray(pixels).save(root / "mine" / f"{k}.png")
    (root / "mine.csv").write_text("file,hue\n" + "\n".join(f"{k}.png,{k % 2}" for k in range(4)))
    Image.fromarray(np.zeros((274, 350, 3), np.uint8)).save(root / "behind.png")


def own_songs(root: Path) -> None:
    write_songs(root / "mine", 4, bars=6)


def lakh_archives(root: Path) -> None:
    """The songs of no artist with terms."""
    write_songs(root / "given", 4, bars=6)
    (root / "lakh").mkdir()
    for name in ("lmd_matched", "lmd_matched_h5"):
        with tarfile.open(root / f"lakh/{name}.tar.gz", "w:gz") as archive:
            archive.add(root / "given", "lmd_matched/A")


def behind(then: Callable[[Path], None] = lambda root: None) -> Callable[[Path], None]:
    """Files, and a picture for the background of sprites where The Scream is looked for."""

    def write(root: Path) -> None:
        then(root)
        (root / "scream").mkdir()
        Image.fromarray(np.zeros((274, 350, 3), np.uint8)).save(root / "scream/scream.jpg")

    return write


BOOLEANS = ("yes", "no", "on", "off", "true", "false", "True", "NO")
SIZES = ("64", "128")
COUNTS = {"count": ("9", "1e1"), "test_count": ("0", "3")}
FEW = {"count": "8", "test_count": "2"}
FEW_SPRITES = {"scales": "2", "orientations": "2", "positions": "2"}
FEW_ROOMS = dict.fromkeys(("floor_hues", "wall_hues", "object_hues", "scales", "shapes", "orientations"), "1")
TRANSPOSED = {"transposition": ("fixed", "none", "every-step"), "val_songs": ("0.3",), "test_songs": ("0",)}
WINDOWS = {
    "tracks": ("[drums, rest]",),
    "bars": ("3",),
    "stride": ("2",),
    "resolution": ("2", "8"),
    "silence": ("0",),
    "combinations": ("1",),
    "holding": ("onsets", "published"),
    "transposition_seed": ("3",),
    "workers": ("0",),
    **TRANSPOSED,
}
VARIANTS = {
    "decoration": ("colour", "noisy", "scream", "null"),
    "decoration_seed": ("3",),
    "picture": ("null",),
    "hidden": ("[shape]", "[shape, scale]", "[]"),
}
CASES: dict[str, Case] = {
    "3ds": Case(files=published("3ds"), is_whole=False),
    "array": Case(
        {
            "key": ("others",),
            "factors_key": ("thirds",),
            "layout": ("nchw", "nhwc"),
            "size": ("5", "null"),
            "pad": BOOLEANS,
            "bits": ("8", "null"),
            "as_grid": ("false", "no"),
            "standardize": ("false", "no"),
            "mean": ("null",),
            "std": ("null",),
        },
        {"layout": "nhwc", "size": "6"},
        own_arrays,
    ),
    "cars3d": Case(files=published("cars3d"), is_whole=False),
    "celeba": Case(
        {"size": SIZES, "factors": ("attributes", "landmarks", "both")},
        files=published("celeba_64", "celeba_128"),
        is_whole=False,
    ),
    "circles": Case({"size": ("32", "16"), "positions": ("3", "2")}, {"positions": "4"}),
    "cmnist": Case(
        {
            "pairing": ("instance", "class"),
            "recolor": BOOLEANS,
            "domain": ("background", "digit"),
            "pad": BOOLEANS,
            "seed": ("3",),
        },
        files=digits("mnist"),
        is_whole=False,
    ),
    "cppn": Case({"nodes": ("1", "4"), "seed": ("5",), **COUNTS}, FEW),
    "dsprites": Case(VARIANTS, files=behind(published("dsprites")), is_whole=False),
    "falcor3d": Case({"size": SIZES}, files=published("falcor3d_64", "falcor3d_128"), is_whole=False),
    "fashion": Case({"pad": BOOLEANS}, files=digits("fashion"), is_whole=False),
    "folder": Case(
        {
            "factors": ("{root}/mine.csv",),
            "continuous": ("[hue]",),
            "size": ("5", "null"),
            "pad": BOOLEANS,
            "crop": BOOLEANS,
            "grey": (*BOOLEANS, "null"),
            "ground": ("white", "null"),
            "bits": ("8", "null"),
            "unreadable": ("error", "skip"),
            "as_grid": ("false", "no"),
        },
        {"factors": "{root}/mine.csv"},
        own_pictures,
    ),
    "helix": Case(
        {
            "strands": ("3",),
            "frequency": ("2.5",),
            "radii": ("[1,2,0.5]",),
            "noise": ("0",),
            "seed": ("3",),
            **COUNTS,
        },
        FEW,
    ),
    "hwf": Case({"category": ("symbols", "div")}, files=published("hwf", "hwf_div"), is_whole=False),
    "isaac3d": Case({"size": SIZES}, files=published("isaac3d_64", "isaac3d_128"), is_whole=False),
    "lakh": Case(
        {"tags": ("0", "3"), **WINDOWS}, {"bars": "2", "workers": "0"}, lakh_archives, is_whole=False
    ),
    "mnist": Case({"pad": BOOLEANS}, files=digits("mnist"), is_whole=False),
    "mpi": Case(
        {"category": ("toy", "realistic", "sim", "real", "complex")},
        files=published("mpi_toy", "mpi_realistic", "mpi_real", "mpi_complex"),
        is_whole=False,
    ),
    "pianoroll": Case(
        {"factors": ("null",), **WINDOWS}, {"bars": "2", "workers": "0"}, own_songs, is_whole=False
    ),
    "room": Case({"size": ("32", "64"), **dict.fromkeys(FEW_ROOMS, ("2",))}, FEW_ROOMS),
    "scm": Case({"nodes": ("2", "5"), "scm_seed": ("1",), "seed": ("2",), **COUNTS}, FEW),
    "simple": Case({"size": ("32",), "positions": ("3",), "shapes": ("2", "3")}, {"positions": "2"}),
    "smallnorb": Case(
        {"camera": ("left", "right"), "instance": ("factor", "hidden"), "official_test": BOOLEANS},
        files=published("smallnorb", "smallnorb_right"),
        is_whole=False,
    ),
    "songs": Case(
        {"song_bars": ("5",), "bars": ("2",), "stride": ("2",), "count": ("4",), "seed": ("3",)} | TRANSPOSED,
        {"count": "3", "song_bars": "6"},
    ),
    "sprites": Case(
        {
            "size": ("32", "16"),
            "shapes": ("1", "2"),
            "scales": ("1",),
            "orientations": ("3",),
            "positions": ("3",),
            "grey": BOOLEANS,
            **VARIANTS,
        },
        FEW_SPRITES,
        behind(),
    ),
    "symbols": Case(
        {"per_class": ("5",), "test": ("0", "1"), "seed": ("3",)}, {"per_class": "4", "test": "2"}
    ),
    "twoshapes": Case(
        {"size": ("32",), "positions": ("3",), "shapes": ("2", "3"), "hues": ("3",)},
        {"positions": "2", "hues": "2", "size": "16"},
    ),
    "vec": Case(
        {"nodes": ("2",), "hidden": ("[5,5]",), "activation": ("tanh", "mish"), "seed": ("3",), **COUNTS}, FEW
    ),
    "xysquares": Case({"places": ("3", "2"), "spacing": ("1", "3")}, {"places": "2"}),
}  # fmt: skip


def typed(name: str) -> Iterator[dict[str, str]]:
    """What a caller may type of a dataset's options: nothing, one of them, all of them."""
    options = CASES[name].options
    yield {}
    for option, texts in options.items():
        yield from ({option: text} for text in texts)
    yield {option: texts[-1] for option, texts in options.items()}


def settings_of(name: str, root: Path, typed: Mapping[str, str], script: str = "show") -> Settings:
    """The settings of a call that names the dataset in a config, and options on the command line."""
    case = CASES[name]
    written = {key: text.format(root=root) for key, text in {**case.always, **typed}.items()}
    call = {f"dataset.{key.replace('_', '-')}": CliText(text) for key, text in written.items()}
    if name in ("array", "folder", "pianoroll"):
        call["path"] = CliText(root / ("mine.npz" if name == "array" else "mine"))
    call["dataroot"] = CliText(root)
    config = ConfigLayer({"dataset": {"_type": name}}, "a config", "d/one")
    return Settings([ConfigLayer(call, COMMAND_LINE), config], script=script)
