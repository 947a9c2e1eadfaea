"""The network of the FID with random weights, in a file like the published one."""

from __future__ import annotations

from pathlib import Path

import torch

from disentcli.metrics.inception import Inception


def save_random_inception(path: Path) -> Path:
    """Random weights under the published names, with the classifier that the published file has."""
    torch.manual_seed(0)
    state = {**Inception().state_dict(), "fc.weight": torch.zeros(1008, 2048), "fc.bias": torch.zeros(1008)}
    torch.save({name: value for name, value in state.items() if "num_batches" not in name}, path)
    return path
