"""CPPN: images from a random network of pixel coordinates and n continuous factors; rendered here."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from ...errors import CallError, DisentError
from ...registry import dataset
from ..dataset import Dataset
from ..dataset_folder import StoreSpec
from ..dataset_info import DatasetInfo
from .random_net import CITATION, Layers, forward, node_names, normal_layers
from .rendering import RENDERED, open_or_render, render_groups

SIDE = 64
HIDDEN = (16, 16, 16)
GROUP = 250  # images rendered at a time


@dataclass(frozen=True)
class PatternNetwork:
    """Which images there are: nodes ~ N(0, I), and a network of them and the place, drawn from `seed`."""

    nodes: int = 2
    seed: int = 0
    count: int = 100_000
    test_count: int = 20_000

    def __post_init__(self) -> None:
        if not 1 <= self.nodes <= 64:
            raise CallError(f"cppn has 1 to 64 nodes, not {self.nodes}")
        if self.count < 1 or self.test_count < 0:
            raise CallError(
                f"cppn needs images to train on: count {self.count}, test_count {self.test_count}"
            )

    @property
    def folder(self) -> str:
        """The name of the folder, from all options."""
        return f"cppn_{self.nodes}_{self.count}+{self.test_count}_seed{self.seed}"

    def spec(self) -> StoreSpec:
        """The dataset folder of these images."""
        return StoreSpec(
            name="cppn",
            shape=(3, SIDE, SIDE),
            count=self.count + self.test_count,
            source=f"rendered by disentcli, cppn 1: {self.nodes} nodes, seed {self.seed}",
            licence="CC0",
            citation=CITATION,
        )

    def drawn(self) -> tuple[Layers, Tensor]:
        """The network, and the nodes (N, nodes) of the images to train on and then of those to test on."""
        generator = torch.Generator().manual_seed(self.seed)
        layers = normal_layers((3 + self.nodes, *HIDDEN, 3), generator)
        return layers, torch.randn(self.count + self.test_count, self.nodes, generator=generator)

    def render(self, folder: Path) -> None:
        """Render into `folder`, with the nodes in factors.npy."""
        layers, nodes = self.drawn()
        groups = nodes.split(GROUP)
        render_groups(folder, self.spec(), GROUP, lambda k: painted(layers, groups[k]), factors=nodes.numpy())


def coordinates() -> Tensor:
    """(H, W, 3): row and column in [−1, 1], 1 − radius."""
    steps = torch.linspace(-1, 1, SIDE)
    row, column = torch.meshgrid(steps, steps, indexing="ij")
    return torch.stack([row, column, 1 - torch.hypot(row, column)], dim=-1)


def painted(layers: Layers, nodes: Tensor) -> np.ndarray:
    """Images (N, H, W, 3) uint8: tanh between the layers, sigmoid at the end, at every pixel alike."""
    place = coordinates().expand(len(nodes), -1, -1, -1)
    everywhere = nodes[:, None, None].expand(-1, SIDE, SIDE, -1)
    colors = torch.sigmoid(forward(layers, torch.cat([place, everywhere], dim=-1), torch.tanh))
    return colors.mul(255).round().to(torch.uint8).numpy()


@dataset("cppn")
class PatternImages(Dataset):
    """Images 3×64×64 of a random CPPN 3 + n → 16 → 16 → 16 → 3; its n nodes are the continuous factors.

    After `syn/cppn` in the code of "Structure by Architecture" (Leeb et al., ICLR 2023): n = 2 and 100,000
    images; here 20,000 more, from the same network, to test on. They are rendered once into `root`; where the
    arithmetic of the machine differs, a pixel may differ by 1 of 255.
    """

    def __init__(
        self,
        root: str = "local_data",
        *,
        nodes: int = 2,
        seed: int = 0,
        count: int = 100_000,
        test_count: int = 20_000,
    ) -> None:
        network = PatternNetwork(nodes, seed, count, test_count)
        store = open_or_render(Path(root), network.folder, network.spec(), network.render)
        if store.factors is None:
            raise DisentError(
                f"{store.folder} has no factors.npy; delete the folder and call again to render it anew"
            )
        super().__init__(
            "cppn",
            store.images,
            store.spec.shape,
            labels=store.factors,
            factor_names=node_names(nodes),
            factor_sizes=(0,) * nodes,
            fingerprint=store.sha256[:16],
            source=store.spec.source,
            test_indices=np.arange(count, count + test_count),
        )

    @staticmethod
    def info(*, nodes: int, seed: int, count: int, test_count: int) -> DatasetInfo:
        """The images of this network, and its nodes."""
        network = PatternNetwork(nodes, seed, count, test_count)
        info = DatasetInfo.of_spec(network.spec(), title="CPPN", folder=network.folder, obtain=RENDERED)
        return replace(info, factor_names=node_names(nodes), factor_sizes=(0,) * nodes)
