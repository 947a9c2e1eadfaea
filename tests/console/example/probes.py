"""A throwaway project's components and scripts; importing it says so, for tests to see when that happens."""

from __future__ import annotations

import json
import os
import pickle
import sys
from collections.abc import Mapping
from typing import Any

from disentcli.config.resolved_config import resolved_config
from disentcli.config.root_settings import Setting
from disentcli.registry import dataset, decoder, encoder, latent, method, metric, script

SETTINGS = (
    "budget",
    "seed",
    Setting("speed", int, 3, "how fast it goes"),
    Setting("how", str, None, "the way to fail"),
)

print("imported probes", file=sys.stderr)


@latent("flat")
class Flat:
    """A latent that asks its encoder for twice as many features."""

    def __init__(self, latent_dim: int, *, share: float = 0.5) -> None:
        self.latent_dim, self.feature_dim, self.share = latent_dim, 2 * latent_dim, share


@encoder("small")
class Small:
    """An encoder with a width for each layer."""

    def __init__(
        self,
        feature_dim: int,
        *,
        widths: tuple[int, ...] = (1, 2, 3),
        lr: float = 0.1,
        flag: bool = False,
        label: str = "x",
        seed: int = -1,
    ) -> None:
        self.feature_dim, self.widths, self.lr, self.flag = feature_dim, widths, lr, flag
        self.label, self.seed = label, seed


@encoder("wide")
class Wide:
    """An encoder of another make."""

    def __init__(self, feature_dim: int, *, breadth: int = 7) -> None:
        self.feature_dim, self.breadth = feature_dim, breadth


@decoder("small")
class SmallDecoder:
    """A decoder that shares its name with an encoder."""

    def __init__(self, latent_dim: int, *, split: bool = True) -> None:
        self.latent_dim, self.split = latent_dim, split


@dataset("dots")
class Dots:
    """A dataset without data."""

    def __init__(self, root: str = "local_data", *, count: int = 5) -> None:
        self.root, self.count = root, count


@method("pair")
class Pair:
    """A method with a latent and an encoder."""

    def __init__(
        self,
        latent: Flat,
        encoder: Small,
        decoder: SmallDecoder | None = None,
        *,
        beta: float = 1.0,
        reg_wt: float = 0.0,
        extra: Mapping[str, Any] | None = None,
    ) -> None:
        self.latent, self.encoder, self.decoder = latent, encoder, decoder
        self.beta, self.reg_wt, self.extra = beta, reg_wt, extra


@metric("beta-vae")
def beta_vae(codes: Any, factors: Any, *, votes: int = 10) -> dict[str, float]:
    """A metric with an argument."""
    return {"votes": votes}


@script("probe")
def probe(settings: Any) -> int:
    """Builds the model and prints what was used."""
    model = settings.instantiate("model")
    values = {key: settings.get(key) for key in ("budget", "seed", "speed")}
    if settings.has("metrics"):
        values["metrics"] = settings.get("metrics")
    print(json.dumps({"values": values, "used": resolved_config(settings, {"model": model})}))
    return 0


@script("stored")
def stored(settings: Any) -> int:
    """Reads over the config of a stored run."""
    run = {
        "budget": 7,
        "reg_wt": 1.0,
        "retired_key": 1,
        "model": {
            "_type": "pair",
            "reg_wt": 1.0,
            "beta": 2.0,
            "latent": {"_type": "flat", "latent_dim": 4},
            "encoder": {"_type": "small", "feature_dim": 8},
        },
    }
    settings = settings.with_base(run)
    print(json.dumps(resolved_config(settings, {"model": settings.instantiate("model")})))
    return 0


@script("pickled")
def pickled(settings: Any) -> None:
    """Sends a component through pickle."""
    model = pickle.loads(pickle.dumps(settings.build("model")))
    print(type(model).__module__, model.beta)


@script("fail")
def fail(settings: Any) -> int:
    """Ends in the way that --how says."""
    from disentcli.errors import CallError, DisentError

    how = settings.get("how", type=str)
    if how == "bug":
        raise ZeroDivisionError("one over nothing")
    if how == "interrupt":
        raise KeyboardInterrupt
    if how == "disent":
        raise DisentError("the disk is full")
    if how == "call":
        raise CallError("that name is taken")
    if how == "pipe":
        for _ in range(100_000):
            print("a line that somebody may not want to read")
    return int(how)


@script("names")
def names(settings: Any) -> None:
    """Takes names."""
    print(settings.words, settings.configs, os.fspath(settings.get("saveroot")))
