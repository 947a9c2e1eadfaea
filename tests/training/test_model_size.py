"""Models that cannot be trained here are refused from their shapes alone."""

from __future__ import annotations

import os

import pytest
import torch
from torch import nn

from disentcli.errors import CallError, DisentError
from disentcli.training.model_size import check_size


def test_a_model_whose_weights_gradients_and_moments_exceed_ram_is_refused() -> None:
    ram = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    width = int(ram / 16)  # 16 bytes for each weight
    check_size(lambda: nn.Linear(1, width // 3, bias=False))
    with pytest.raises(DisentError, match=rf"of {width + 1000:,} parameters takes .* of RAM"):
        check_size(lambda: nn.Linear(1, width + 1000, bias=False))


def test_a_layer_beyond_any_tensor_and_one_without_units() -> None:
    with pytest.raises(DisentError, match="larger than a tensor can be"):
        check_size(lambda: nn.Linear(10**30, 2))
    with pytest.raises(CallError, match=r"no units, its weights are \(0, 3\)"):
        check_size(lambda: nn.Sequential(nn.Linear(3, 0), nn.Linear(0, 2)))


def test_weights_are_drawn_as_without_the_check() -> None:
    torch.manual_seed(0)
    wanted = nn.Linear(3, 2).weight
    torch.manual_seed(0)
    check_size(lambda: nn.Linear(3, 2))
    assert torch.equal(nn.Linear(3, 2).weight, wanted)


def test_an_error_of_the_model_itself_is_left_to_building_it() -> None:
    def build() -> nn.Module:
        raise ValueError("of its own")

    check_size(build)
