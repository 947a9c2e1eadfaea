"""Small untrained runs on small data, made as a training would leave them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import torch

from disentcli.config.instantiate import build
from disentcli.runs import checkpoint
from disentcli.runs.run import Run

SPRITES = {"_type": "sprites", "size": 32, "shapes": 2, "scales": 2, "orientations": 1, "positions": 4}
VECTORS = {"_type": "vec", "count": 300}
PLAIN, GAUSSIAN = {"_type": "plain"}, {"_type": "gaussian"}


def make_run(
    folder: Path,
    name: str,
    *,
    method: str = "ae",
    data: dict[str, Any] = SPRITES,
    hybrid: bool = False,
    latent: dict[str, Any] | None = None,
    seed: int = 0,
    layers: dict[str, Any] | None = None,
) -> Run:
    """A run in folder/runs with a checkpoint of step 5; its data lie in folder/data."""
    layers = layers or {"_type": "conv12", "width": 24, "hidden": [16]}
    model: dict[str, Any] = {
        "_type": method,
        "latent": latent or (PLAIN if method == "ae" else GAUSSIAN),
        "encoder": layers,
        "decoder": layers,
    }
    if hybrid:
        model["sampler"] = {"_type": "hybrid"}
    root = {"latent_dim": 4, "seed": seed, "reg_wt": {"vae": 0.5, "tcvae": 2.0}.get(method, 0.0)}
    dataset, data_node = build("dataset", data, inferred={**root, "root": str(folder / "data")})
    torch.manual_seed(0)
    built, model_node = build("method", model, where="model", inferred={**root, "input_shape": dataset.shape})
    if hybrid:
        built.eval().sampler.prepare(built.encode(dataset.batch(torch.arange(20))))
    data_node.pop("root", None)
    config = {**root, "dataset": data_node, "model": model_node}
    run = Run.create(folder / "runs", name, config, {"data": dataset.fingerprint})
    checkpoint.save(run, 5, {"model": built.state_dict(), "step": 5})
    run.lock.release()
    return run
