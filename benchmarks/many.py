"""Many runs trained as one ÷ the same runs one after another: model-steps per second of EnsembleState.

    python benchmarks/many.py [--device cuda] [--pairs 20] [--only vec] [--runs 1,4,8]
                              [--precision bf16] [--graph]

Both sides gather their batches from the same resident data and make all of a step: order, gather, noise,
losses, backward, Adam, loss log. Together, that is one step of all runs at a time; one after another, it is
what as many calls of `fig train` do, each alone on the device. `vectorised` is measured for every network;
`chosen` says which way EnsembleState takes on this device. `--graph` captures the steps of both sides as CUDA
graphs.
"""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Callable, Sequence
from dataclasses import asdict
from typing import Any

import numpy as np
import torch
from calls import chosen, parser
from machine import add_case
from paired import Ratio, paired_ratio
from torch import Tensor

from disentcli.data.batch_sampler import SeededBatchSampler
from disentcli.data.dataset import Dataset
from disentcli.data.rendered.random_net import RandomNetVectors
from disentcli.latents.continuous import GaussianLatent
from disentcli.methods.method import Method
from disentcli.methods.vae import VAE
from disentcli.nets.conv_decoder import Conv12Decoder
from disentcli.nets.conv_encoder import Conv12Encoder
from disentcli.nets.dislib import DislibDecoder, DislibEncoder
from disentcli.nets.layer_list_nets import LayeredDecoder, LayeredEncoder
from disentcli.training.cuda_graph import WARM_UP
from disentcli.training.ensemble.ensemble_state import SequentialStep, VmapStep, should_stack
from disentcli.training.malloc_tuning import disable_malloc_trim
from disentcli.training.optim import adam
from disentcli.training.precision import set_precision
from disentcli.training.state import TrainingState

LATENT_DIM = 10
COUNT = 10_000  # vectors or images
WAYS = {"vectorised": VmapStep, "in turn": SequentialStep}


def vec() -> tuple[Method, int]:
    """The linear layers that `d/vec` is trained with: 12 of 64, on 100 numbers."""
    latent = GaussianLatent(LATENT_DIM)
    encoder = Conv12Encoder((100,), latent.feature_dim, width=64, hidden=(256, 128))
    return VAE(latent, encoder, Conv12Decoder(LATENT_DIM, (100,), width=64)), 128


def dense_28() -> tuple[Method, int]:
    """The fully connected network of the 2019 study, on images of 28×28."""
    latent, shape = GaussianLatent(LATENT_DIM), (1, 28, 28)
    encoder = LayeredEncoder(shape, latent.feature_dim, network="dislib-fc")
    return VAE(latent, encoder, LayeredDecoder(LATENT_DIM, shape, network="dislib-fc")), 64


def conv_64() -> tuple[Method, int]:
    """The convolutional VAE of the 2019 study, on images of 3×64×64."""
    latent, shape = GaussianLatent(LATENT_DIM), (3, 64, 64)
    return VAE(latent, DislibEncoder(shape, latent.feature_dim), DislibDecoder(LATENT_DIM, shape)), 64


NETWORKS: dict[str, tuple[Callable[[], tuple[Method, int]], int]] = {  # and model-steps in a block
    "vec": (vec, 64),
    "dislib-fc": (dense_28, 8),
    "dislib-vae": (conv_64, 8),
}


def data_for(model: Method, device: torch.device) -> Dataset:
    """Vectors, or noise of the right shape."""
    shape = model.encoder.input_shape
    if len(shape) == 1:
        dataset: Dataset = RandomNetVectors(count=COUNT, test_count=0)
    else:
        rows = np.random.default_rng(0).integers(0, 256, (COUNT, *shape[1:], shape[0]), dtype=np.uint8)
        dataset = Dataset("noise", rows.reshape(COUNT, -1), shape)
    dataset.to(device)
    return dataset


def states_of(
    network: Callable[[], tuple[Method, int]], runs: int, options: Namespace
) -> list[TrainingState]:
    """Runs at their beginning, each with a seed of its own."""
    states, device = [], torch.device(options.device)
    for seed in range(runs):
        torch.manual_seed(seed)
        model = network()[0].to(device, memory_format=torch.channels_last)
        model.train()
        set_precision(model, options.precision, device)
        states.append(TrainingState(model, adam(), budget=10**9, seed=seed))
        states[-1].compile("graph" if options.graph else False)
    return states


class Comparison:
    """The runs of one comparison: data, orders and states for both sides."""

    def __init__(self, name: str, runs: int, options: Namespace) -> None:
        network, model_steps = NETWORKS[name]
        model, batch_size = network()
        self.steps = max(model_steps // runs, 1)
        self.runs = runs
        self.dataset = data_for(model, torch.device(options.device))
        self.together, self.alone = (states_of(network, runs, options) for _ in range(2))
        self.orders = [
            SeededBatchSampler(np.arange(COUNT), batch_size, seed, device=self.dataset.index_device)
            for seed in range(runs)
        ]

    def batches(self, step: int) -> Tensor:
        """Every run's batch of this step, in one gather."""
        indices = torch.cat([order.batch(step) for order in self.orders])
        return self.dataset.batch(indices).unflatten(0, (self.runs, -1))

    def as_one(self, way: Callable[[Sequence[TrainingState]], Any]) -> Callable[[], None]:
        """A block of steps of all runs together."""
        many, step = way(self.together), 0

        def block() -> None:
            nonlocal step
            for step in range(step, step + self.steps):  # noqa: B020
                many.step_batch(step, self.batches(step))
            _wait(self.dataset.device)

        return block

    def one_by_one(self) -> None:
        """The same block, a run after another."""
        for state, order in zip(self.alone, self.orders, strict=True):
            for _ in range(self.steps):
                state.step_batch(self.dataset.batch(order.batch(state.step)))
        _wait(self.dataset.device)

    def compare(self, way: Callable[[Sequence[TrainingState]], Any], pairs: int) -> dict[str, Any]:
        """Time together ÷ time one after another, and model-steps per second of both."""
        together = self.as_one(way)
        for _ in range(WARM_UP + 1):
            together(), self.one_by_one()
        ratio = paired_ratio(together, self.one_by_one, pairs=pairs)
        return {**asdict(ratio), "steps": self.steps, **speeds(ratio, self.runs * self.steps)}


def speeds(ratio: Ratio, model_steps: int) -> dict[str, float]:
    """Model-steps per second, together and one after another."""
    each = {"together": ratio.seconds_a, "one_by_one": ratio.seconds_b}
    return {
        f"model_steps_per_second_{side}": round(model_steps / seconds, 1) for side, seconds in each.items()
    }


def _wait(device: torch.device) -> None:
    if device.type == "cuda":
        torch.cuda.synchronize(device)


def main() -> None:
    call = parser(__doc__, pairs=20, only=NETWORKS)
    call.add_argument("--runs", help="numbers of runs, with commas between")
    call.add_argument("--precision", choices=("float32", "bf16"), default="float32")
    call.add_argument("--graph", action="store_true", help="record the steps of both sides; CUDA")
    options = call.parse_args()
    disable_malloc_trim()
    numbers = options.runs or ("1,4,8" if options.device == "cpu" else "1,8,32,64")
    variant = [options.precision] * (options.precision != "float32") + ["graph"] * options.graph
    for network in chosen(options, NETWORKS):
        for runs in map(int, numbers.split(",")):
            comparison = Comparison(network, runs, options)
            way = "vectorised" if should_stack(comparison.alone) else "in turn"
            for name in dict.fromkeys(("vectorised", way)):
                row = {"network": network, "runs": runs, "way": name, "chosen": name == way}
                row |= comparison.compare(WAYS[name], options.pairs)
                case = ", ".join([network, *variant, f"{runs} runs {name}"])
                path = add_case("many", case, row | {"variant": variant}, options.device)
                print(_line(row), flush=True)
    print(f"written to {path}")


def _line(row: dict[str, Any]) -> str:
    together, alone = (row[f"model_steps_per_second_{side}"] for side in ("together", "one_by_one"))
    interval = f"{row['median']:.3f} [{row['low']:.3f}, {row['high']:.3f}]"
    return (
        f"{row['network']:11}{row['runs']:3} runs {row['way']:11} ÷ one by one {interval}; "
        f"{together:,.1f} and {alone:,.1f} model-steps/s"
    )


if __name__ == "__main__":
    main()
