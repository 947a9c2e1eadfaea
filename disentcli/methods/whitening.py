"""Codes whose directions all have the same variance."""

from __future__ import annotations

import torch
from torch import Tensor

FLOOR = 1e-3  # added to the variances: directions that hardly vary at all stay small


def whitened(codes: Tensor) -> Tensor:
    """Codes (B, D) less their mean, with unit covariance over the batch; gradients go through codes alone."""
    centred = codes - codes.mean(0).detach()
    with torch.no_grad():
        deviations = centred.double()
        covariance = deviations.mT @ deviations / max(len(codes) - 1, 1)
        covariance.diagonal().add_(FLOOR)
        root = torch.linalg.cholesky_ex(covariance).L
        inverse = torch.linalg.solve_triangular(
            root, torch.eye(len(root), dtype=root.dtype, device=root.device), upper=False
        )
    return centred @ inverse.mT.to(codes.dtype)
