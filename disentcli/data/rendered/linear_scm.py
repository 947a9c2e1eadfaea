"""Random linear structural causal models: drawn, sampled, and intervened on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from ...errors import CallError

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
