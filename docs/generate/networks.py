"""Tables of the architectures: each network built on the meta device, with its layers and parameters."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby

import torch

from disentcli.config.config_layers import ConfigLayer
from disentcli.config.config_store import ConfigStore, summary
from disentcli.config.settings import Settings
from disentcli.nets.summary import LayerInfo, describe
from disentcli.tables.network_summary import count_parameters

from .markdown import table, text_block

LINEAR = {name: ConfigLayer({"model": {name: {"_type": "linear"}}}, name) for name in ("encoder", "decoder")}
ROLLS = {
    "encoder": ConfigLayer(
        {"model": {"encoder": {"_type": "pianoroll", "width": 1, "layers": 1}}}, "encoder"
    ),
    "decoder": ConfigLayer(
        {"model": {"decoder": {"_type": "pianoroll", "width": 1, "layers": 1}}}, "decoder"
    ),
}
ROLL = "pianoroll"
INPUTS = {"64": (3, 64, 64), "128": (3, 128, 128), "45": (1, 45, 45), ROLL: (4, 256)}


def architecture_tables(library: ConfigStore) -> Iterator[str]:
    """The parts of the page: whole networks, encoders, decoders, and the layers of each."""
    groups = library.groups()
    yield (
        "`a/NAME` is an encoder and a decoder, `a/e/NAME` and `a/d/NAME` one of them; the leftmost wins. "
        "Parameters are counted on images of 3×64×64 with 12 latents (128: 3×128×128 with 32; hwf: 1×45×45 "
        "with 8; pianoroll: 4 tracks of 256 ticks with 12). Widths come from `a/size/…`, which a dataset's "
        "config brings along. `fig show CONFIG …` prints the layers of any call."
    )
    yield "## Encoder and decoder"
    yield table(
        ("config", "network", "autoencoder (`m/ae`)", "VAE (`m/vae`)"),
        [_pair(library, name) for group in ("a", "a/ladder") for name in groups[group]],
    )
    for part, word in (("encoder", "Encoders"), ("decoder", "Decoders")):
        folder = f"a/{part[0]}"
        names = [
            name
            for group in (folder, *(one for one in groups if one.startswith(f"{folder}/")))
            for name in groups[group]
        ]
        models = {name: _part(library, name) for name in names}
        yield f"## {word}"
        yield table(
            ("config", "network", "parameters"),
            [
                (f"`{name}`", summary(library.paths[name]), f"{count_parameters(getattr(model, part)):,}")
                for name, model in models.items()
            ],
        )
        yield from (f"### {name}\n\n{_layers(name, models[name], part)}" for name in names if _is_shown(name))
    yield "## Modifiers"
    modifiers = [*groups["a/size"], "nosplit", "coord", "residual", "glorot", "adain"]
    yield table(
        ("config", "what it says"), [(f"`{name}`", summary(library.paths[name])) for name in modifiers]
    )


def _is_shown(name: str) -> bool:
    """Of the families with several depths, the layers of the deepest of 12 and of 16 layers."""
    return name.count("/") == 2 or name.endswith(("/12", "/16"))


def _size(name: str) -> str:
    if ROLL in name:
        return ROLL
    return "128" if name.endswith("16") else "45" if name.endswith("hwf") else "64"


def _build(library: ConfigStore, name: str, method: str, *extra: ConfigLayer) -> torch.nn.Module:
    size = _size(name)
    sizes = () if size == ROLL else (f"a/size/{size}",)
    base = () if sizes else ("base",)
    layers = [*library.lineage(name, method, *sizes, *base), *extra]
    with torch.device("meta"):
        model: torch.nn.Module = Settings(layers).build("model", input_shape=INPUTS[size], dataset_size=1000)
    return model


def _pair(library: ConfigStore, name: str) -> tuple[str, ...]:
    counts = [f"{count_parameters(_build(library, name, method)):,}" for method in ("m/ae", "m/vae")]
    return f"`{name}`", summary(library.paths[name]), *counts


def _part(library: ConfigStore, name: str) -> torch.nn.Module:
    """The encoder or decoder of this name, beside a linear one, or a small one of pianorolls."""
    beside = ROLLS if ROLL in name else LINEAR
    return _build(library, name, "m/ae", beside["decoder" if name.startswith("a/e/") else "encoder"])


def _layers(name: str, model: torch.nn.Module, part: str) -> str:
    layers = describe(model, INPUTS[_size(name)])
    return text_block(listing([row for row in layers if row.name.partition(".")[0] == part]))


def listing(layers: list[LayerInfo]) -> str:
    """A line for each layer, or for several that are alike: its output, its parameters, what it is."""
    lines = [("output", "parameters", "layer")]
    for (kind, shape), alike in groupby(layers, lambda row: (row.kind, row.shape)):
        found = list(alike)
        times = f"{len(found)} × ({kind})" if len(found) > 1 else kind
        lines.append(("×".join(map(str, shape)), f"{sum(row.parameters for row in found):,}", times))
    left, right = (max(len(line[column]) for line in lines) for column in (0, 1))
    return "\n".join(f"{shape.ljust(left)}  {number.rjust(right)}  {kind}" for shape, number, kind in lines)
