"""Vectors from a random linear causal model before a random network: dependent factors, and interventions."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from ...errors import CallError
from ...registry import dataset
from ..dataset import Dataset
from ..dataset_info import DatasetInfo
from .random_net import WIDTHS, frozen_layers, mix, node_names, vectors_info

LEAST, MOST = 0.5, 5.0  # the strength of an edge


@dataclass(frozen=True, eq=False)
class LinearSCM:
    """x = W x + ε, ε ~ N(0, I): `weights[i, j]` is the strength of the edge from node j to node i."""

    weights: np.ndarray  # (D, D) float64, of an acyclic graph

    @property
    def graph(self) -> np.ndarray:
        """(D, D) bool: whether node j is a parent of node i."""
        return self.weights != 0

    def sample(self, n: int, rng: np.random.Generator) -> np.ndarray:
        """Nodes (n, D) float64, from the observational distribution."""
        return self._solved(self.weights, rng.standard_normal((n, len(self.weights))))

    def intervene(
        self,
        do: Mapping[int, float | np.ndarray],
        n: int,
        rng: np.random.Generator,
        *,
        hard: bool = True,
    ) -> np.ndarray:
        """Nodes (n, D) float64 under do(node = value), a value for all or (n,) values.

        A hard intervention cuts a node off from its parents, and the node is the value; a soft one sets the
        noise of the node to the value, to which its parents still add. Other nodes get the noise that
        `sample` would give them.
        """
        weights, noise = self.weights.copy(), rng.standard_normal((n, len(self.weights)))
        for node, value in do.items():
            if np.shape(value) not in ((), (n,)):
                raise CallError(f"do() needs one value or {n} for node {node}, not shape {np.shape(value)}")
            noise[:, node] = value
            if hard:
                weights[node] = 0
        return self._solved(weights, noise)

    @staticmethod
    def _solved(weights: np.ndarray, noise: np.ndarray) -> np.ndarray:
        return np.linalg.solve(np.eye(len(weights)) - weights, noise.T).T


def random_linear_model(nodes: int, rng: np.random.Generator) -> LinearSCM:
    """An Erdős–Rényi graph without cycles, with strengths uniform in ±[0.5, 5].

    Each of the edges i → j has the probability 1/(nodes − 1), one edge a node on average (0.8 between two
    nodes); a graph with a cycle is drawn again.
    """
    if nodes < 2:
        raise CallError(f"a causal model needs at least 2 nodes, not {nodes}")
    probability = 0.8 if nodes == 2 else 1 / (nodes - 1)
    while True:
        edges = (rng.random((nodes, nodes)) < probability) & ~np.eye(nodes, dtype=bool)
        if _acyclic(edges):
            break
    strengths = rng.uniform(LEAST, MOST, size=(nodes, nodes)) * rng.choice((-1.0, 1.0), size=(nodes, nodes))
    return LinearSCM(np.where(edges, strengths, 0.0))


def _acyclic(edges: np.ndarray) -> bool:
    """Whether no walk has as many steps as there are nodes."""
    walks = np.eye(len(edges), dtype=bool)
    for _ in edges:
        walks = walks @ edges
    return not walks.any()


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
            mix(self.layers, torch.from_numpy(factors)).numpy(),
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
        return mix(self.layers, torch.from_numpy(factors)), factors
