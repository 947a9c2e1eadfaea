"""Vectors from a random causal model before a random frozen network: dependent factors, and interventions."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import torch
from torch import Tensor

from ...errors import CallError
from ...registry import dataset
from ..dataset import Dataset
from ..dataset_info import DatasetInfo
from .linear_scm import random_linear_model
from .random_mlp import WIDTHS, frozen_layers, observed
from .random_net import node_names, vectors_info


@dataset("scm")
class CausalVectors(Dataset):
    """x = MLP(z), z = W z + ε, ε ~ N(0, I): `model` has the random graph and W, the network is that of vec.

    After the dataset `random-scm` in the code of "Structure by Architecture" (Leeb et al., ICLR 2023), where
    an intervened node still received its parents' contribution; here it is cut off. `scm_seed` draws graph
    and weights, `seed` the network and the nodes, which are the factors.
    """

    def __init__(
        self,
        *,
        nodes: int = 8,
        scm_seed: int = 0,
        seed: int = 0,
        count: int = 100_000,
        test_count: int = 20_000,
    ) -> None:
        if count < 1 or test_count < 0:
            raise CallError(f"scm needs vectors to train on: count {count}, test_count {test_count}")
        if min(scm_seed, seed) < 0:
            raise CallError(f"the seeds of scm may not be negative: scm_seed {scm_seed}, seed {seed}")
        self.model = random_linear_model(nodes, np.random.default_rng(scm_seed))
        self.layers = frozen_layers((nodes, *WIDTHS), torch.Generator().manual_seed(seed))
        factors = self.model.sample(count + test_count, np.random.default_rng(seed)).astype(np.float32)
        super().__init__(
            "scm",
            observed(self.layers, torch.from_numpy(factors)).numpy(),
            (WIDTHS[-1],),
            labels=factors,
            factor_names=node_names(nodes),
            factor_sizes=(0,) * nodes,
            fingerprint=f"scm-{nodes}-{scm_seed}-{seed}-{count}-{test_count}",
            test_indices=np.arange(count, count + test_count),
        )

    @staticmethod
    def info(*, nodes: int, count: int, test_count: int) -> DatasetInfo:
        """Vectors (100,) and their nodes."""
        return vectors_info("Random causal model", nodes, count + test_count)

    def intervene(
        self, do: Mapping[str, float | np.ndarray], n: int, seed: int, *, hard: bool = True
    ) -> tuple[Tensor, np.ndarray]:
        """Vectors (n, 100) and factors (n, nodes), float32, under do(name = value).

            data.intervene({"node_2": 1.5}, n=128, seed=0)

        A value is one number or (n,) of them; hard interventions cut a node off from its parents, soft ones
        set its noise (see `LinearSCM.intervene`). CallError for a node that is not there.
        """
        unknown = ", ".join(name for name in do if name not in self.factor_names)
        if unknown:
            raise CallError(f"scm has no node {unknown}; there are {', '.join(self.factor_names)}")
        places = {self.factor_names.index(name): value for name, value in do.items()}
        factors = self.model.intervene(places, n, np.random.default_rng(seed), hard=hard).astype(np.float32)
        return observed(self.layers, torch.from_numpy(factors)), factors
