"""SDIM's first stage: two encoders, local and global statistics networks on switched pairs, Adam."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from .loop import Bare


def bare(model: nn.Module) -> Bare:
    """Its training with the networks of `model`; each map's other pair is the next in a random ring."""

    def information(network: nn.Module, cells: Tensor, vector: Tensor, others: Tensor) -> Tensor:
        joint, independent = network([cells], vector, others)
        return F.softplus(-joint).mean() + F.softplus(independent).mean()

    def loss(pairs: Tensor) -> Tensor:
        (s_x, m_x), (s_y, m_y) = (encoder(pairs[:, view]) for view, encoder in enumerate(model.shared))
        ring = torch.randperm(len(pairs), device=pairs.device)
        others = torch.empty_like(ring).scatter_(0, ring, ring.roll(-1))[None]
        total = 0.1 * (s_x - s_y).abs().mean()
        for critic, cells, vector in zip(model.critics, (m_x, m_y), (s_y, s_x), strict=True):
            total = total + information(critic.local, cells, vector, others)
            total = total + 0.5 * information(critic.whole, cells.flatten(1)[:, None], vector, others)
        return total

    return Bare(loss, torch.optim.Adam(model.parameters(), lr=1e-4, fused=True), pairs=True)
