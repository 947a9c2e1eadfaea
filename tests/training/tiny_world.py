"""A dataset and models so small that a run takes a moment."""

from __future__ import annotations

import os
import signal
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
import torch

from disentcli.data.dataset import Dataset
from disentcli.data.splits.splits import Splits, random_splits
from disentcli.latents.continuous import GaussianLatent, PlainLatent
from disentcli.methods.ae import AE
from disentcli.methods.autoencoder import Autoencoder
from disentcli.methods.samplers import HybridSampler
from disentcli.methods.vae import VAE
from disentcli.nets.encoder_decoder import Decoder, Encoder
from disentcli.nets.layers import mlp
from disentcli.runs import checkpoint
from disentcli.runs.run import Run
from disentcli.training.loop import train
from disentcli.training.optim import adam
from disentcli.training.options import TrainOptions
from disentcli.training.rng import seed_everything
from disentcli.training.signals import TrainResult
from disentcli.training.state import TrainingState

SHAPE = (1, 4, 4)
LATENT = 2


class FlatEncoder(Encoder):
    """Pixels through one hidden layer."""

    def __init__(self, feature_dim: int) -> None:
        super().__init__(SHAPE, feature_dim)
        self.layers = mlp(16, (8,), feature_dim)

    def forward(self, batch: torch.Tensor) -> torch.Tensor:
        return self.layers(batch.flatten(1))


class FlatDecoder(Decoder):
    """Codes through one hidden layer to pixels."""

    def __init__(self) -> None:
        super().__init__(LATENT, SHAPE)
        self.layers = mlp(LATENT, (8,), 16)

    def forward(self, codes: torch.Tensor) -> torch.Tensor:
        return self.layers(codes).unflatten(1, SHAPE)


def dataset() -> Dataset:
    """240 images of 4×4: a bright bar over a dim noise."""
    rng = np.random.default_rng(0)
    images = rng.integers(0, 40, (240, 4, 4, 1), dtype=np.uint8)
    images[np.arange(240), np.arange(240) % 4] += 200
    return Dataset("tiny", images.reshape(240, -1), SHAPE)


def splits(data: Dataset) -> Splits:
    """The usual ones."""
    return random_splits(len(data), 0)


def model(method: str = "vae") -> Autoencoder:
    """An autoencoder with hybrid sampling, or a VAE."""
    if method == "ae":
        return AE(PlainLatent(LATENT), FlatEncoder(LATENT), FlatDecoder(), HybridSampler(LATENT))
    return VAE(GaussianLatent(LATENT), FlatEncoder(2 * LATENT), FlatDecoder())


def options(budget: int, **changes: object) -> TrainOptions:
    """Everything happens often."""
    frequent = {
        "batch_size": 16,
        "validation_freq": 20,
        "checkpoint_freq": 10,
        "records_freq": 7,
        "viz_freq": 50,
        "print_freq": 5,
    }
    return TrainOptions(**{"budget": budget, **frequent, **changes})  # type: ignore[arg-type]


def state(method: str = "vae", budget: int = 60, seed: int = 0, lr: float = 1e-2) -> TrainingState:
    """A model at its beginning."""
    seed_everything(seed)
    return TrainingState(model(method), adam(lr=lr), budget=budget, seed=seed)


def new_run(root: Path, beginning: TrainingState) -> Run:
    """A run with the checkpoint of its beginning."""
    files = {checkpoint.file_name(0): checkpoint.serialize(beginning.state_dict())}
    return Run.create(root, "tiny", {"seed": beginning.seed}, {"budget": beginning.budget}, files)


def start(root: Path, method: str = "vae", budget: int = 60, **changes: object) -> tuple[Run, TrainResult]:
    """Train a new run."""
    beginning = state(method, budget)
    run = new_run(root, beginning)
    return run, go_on(run, beginning, budget, **changes)


def resume(run: Run, method: str = "vae", budget: int = 60, seed: int = 0, **changes: object) -> TrainResult:
    """Continue a run from its newest checkpoint, in a state built anew."""
    again = state(method, budget, seed=12345)  # what is drawn here must not matter
    again.seed = seed
    again.load_state_dict(checkpoint.load(run))
    return go_on(run, again, budget, seed=seed, **changes)


def go_on(run: Run, at: TrainingState, budget: int, **changes: object) -> TrainResult:
    """One call of the loop."""
    data = dataset()
    return train(run, at, data, splits(data), options(budget, **changes))


def weights(run: Run, which: str | int = "last") -> dict[str, torch.Tensor]:
    """The model in a checkpoint."""
    return checkpoint.load(run, which)["model"]


def same(first: dict[str, torch.Tensor], second: dict[str, torch.Tensor]) -> bool:
    """Bit for bit."""
    return first.keys() == second.keys() and all(torch.equal(first[name], second[name]) for name in first)


def one_call(root: Path, method: str, budget: int) -> None:
    """What a process of its own does: start a run in `root`, or go on with the one that is there."""
    torch.set_num_threads(1)
    found = [path for path in root.glob("tiny_*") if path.is_dir()]
    outcome = resume(Run(found[0]), method, budget) if found else start(root, method, budget)[1]
    raise SystemExit(outcome.exit_code)


def killed_call(root: Path, budget: int, place: str, calls: int) -> None:
    """A call of `one_call` that ends as by kill -9 within the so-manieth call of a function, at its end.

    place: "module:Class.method" or "module:function".
    """
    module, _, path = place.partition(":")
    owner = import_module(module)
    *parents, name = path.split(".")
    for parent in parents:
        owner = getattr(owner, parent)
    usual, left = getattr(owner, name), calls

    def killed(*args: Any, **options: Any) -> Any:
        nonlocal left
        result, left = usual(*args, **options), left - 1
        if not left:
            os.kill(os.getpid(), signal.SIGKILL)
        return result

    setattr(owner, name, killed)
    one_call(root, "vae", budget)
