"""Tables of the architectures: each network built on the meta device, with its layers and parameters."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby

import torch

from disentcli.config.config_layers import ConfigLayer
from disentcli.config.config_store import ConfigStore, summary
from disentcli.config.settings import Settings
from disentcli.nets.summary import LayerInfo, describe
from disentcli.tables.network_summary import count

from .markdown import table, text_block

LINEAR = {name: ConfigLayer({"model": {name: {"_type": "linear"}}}, name) for name in ("encoder", "decoder")}
INPUTS = {"64": (3, 64, 64), "128": (3, 128, 128), "45": (1, 45, 45)}


def architecture_tables(library: ConfigStore) -> Iterator[str]:
    """The parts of the page: whole networks, encoders, decoders, and the layers of each."""
    groups = library.groups()
    yield (
        "`a/NAME` is an encoder and a decoder, `a/e/NAME` and `a/d/NAME` one of them; the leftmost wins. "
        "Parameters are counted on images of 3×64×64 with 12 latents (128: 3×128×128 with 32; hwf: 1×45×45 "
        "with 8). Widths come from `a/size/…`, which a dataset's config brings along. `fig show CONFIG …` "
        "prints the layers of any call."
    )
    yield "## Encoder and decoder"
    yield table(
        ("config", "network", "autoencoder (`m/ae`)", "VAE (`m/vae`)"),
        [_pair(library, name) for group in ("a", "a/ladder") for name in groups[group]],
    )
    for part, word in (("e", "Encoders"), ("d", "Decoders")):
        names = [name for group in (f"a/{part}", *_deeper(groups, part)) for name in groups[group]]
        rows = {name: _layers(library, name) for name in names}
        yield f"## {word}"
        yield table(
            ("config", "network", "parameters"),
            [(f"`{name}`", summary(library.paths[name]), f"{total(of):,}") for name, of in rows.items()],
        )
        yield from (
            f"### {name}\n\n{text_block(listing(of))}" for name, of in rows.items() if _is_shown(name)
        )
    yield "## Modifiers"
    modifiers = [*groups["a/size"], "nosplit", "coord", "residual", "glorot", "adain"]
    yield table(
        ("config", "what it says"), [(f"`{name}`", summary(library.paths[name])) for name in modifiers]
    )


def _deeper(groups: dict[str, list[str]], part: str) -> list[str]:
    return [group for group in groups if group.startswith(f"a/{part}/")]


def _is_shown(name: str) -> bool:
    """Of the families with several depths, the layers of the deepest of 12 and of 16 layers."""
    return name.count("/") == 2 or name.endswith(("/12", "/16"))


def _size(name: str) -> str:
    return "128" if name.endswith("16") else "45" if name.endswith("hwf") else "64"


def _build(library: ConfigStore, name: str, method: str, *extra: ConfigLayer) -> torch.nn.Module:
    size = _size(name)
    layers = [*library.stack(name, method, f"a/size/{size}"), *extra]
    with torch.device("meta"):
        model: torch.nn.Module = Settings(layers).build("model", input_shape=INPUTS[size], dataset_size=1000)
    return model


def _pair(library: ConfigStore, name: str) -> tuple[str, ...]:
    counts = [f"{count(_build(library, name, method)):,}" for method in ("m/ae", "m/vae")]
    return f"`{name}`", summary(library.paths[name]), *counts


def _layers(library: ConfigStore, name: str) -> list[LayerInfo]:
    """The layers of the encoder or decoder alone, beside a linear one."""
    part, other = ("encoder", "decoder") if name.startswith("a/e/") else ("decoder", "encoder")
    model = _build(library, name, "m/ae", LINEAR[other])
    return [row for row in describe(model, INPUTS[_size(name)]) if row.name.partition(".")[0] == part]


def total(layers: list[LayerInfo]) -> int:
    """The parameters of these layers."""
    return sum(row.parameters for row in layers)


def listing(layers: list[LayerInfo]) -> str:
    """A line for each layer, or for several that are alike: its output, its parameters, what it is."""
    lines = [("output", "parameters", "layer")]
    for (kind, shape), alike in groupby(layers, lambda row: (row.kind, row.shape)):
        found = list(alike)
        times = f"{len(found)} × ({kind})" if len(found) > 1 else kind
        lines.append(("×".join(map(str, shape)), f"{total(found):,}", times))
    left, right = (max(len(line[column]) for line in lines) for column in (0, 1))
    return "\n".join(f"{shape.ljust(left)}  {number.rjust(right)}  {kind}" for shape, number, kind in lines)
