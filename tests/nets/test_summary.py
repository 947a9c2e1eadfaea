"""A network described: nothing counted twice, nothing left out, nothing changed."""

from __future__ import annotations

import pytest
import torch

from disentcli.latents.continuous import GaussianLatent
from disentcli.methods.sdim_edim import SDIMThenEDIM
from disentcli.methods.vae import VAE
from disentcli.nets.conv_encoder import Conv12Encoder
from disentcli.nets.dislib import DislibDecoder, DislibEncoder
from disentcli.nets.structural import StructuralDecoder
from disentcli.nets.summary import LayerInfo, describe

from ..methods.pairs import SHAPE, small_edim, small_sdim

IMAGE = (3, 64, 64)


def test_networks_of_both_stages_stand_once():
    both = SDIMThenEDIM(small_sdim(), small_edim())
    rows = describe(both, SHAPE)
    names = [row.name for row in rows]
    assert sum(row.parameters for row in rows) == sum(p.numel() for p in both.parameters())
    assert "stages.shared.shared.0.head" in names
    assert "stages.exclusive.exclusive.1.head" in names
    assert not any(name.startswith("stages.exclusive.shared") for name in names)


@pytest.mark.parametrize("residual", [False, True])
@pytest.mark.parametrize("device", ["cpu", "meta"])
def test_parameters_add_up(residual: bool, device: str):
    with torch.device(device):
        encoder = Conv12Encoder(IMAGE, 24, residual=residual)
        model = VAE(
            GaussianLatent(12), encoder, StructuralDecoder(12, IMAGE, transforms=3, residual=residual)
        )
    assert sum(row.parameters for row in describe(model, IMAGE)) == sum(p.numel() for p in model.parameters())


def test_rows_stand_in_the_order_in_which_data_meets_them():
    rows = describe(StructuralDecoder(12, IMAGE, transforms=2), (12,))
    assert rows[0] == LayerInfo("constant", "Parameter", (64, 2, 2), 256)
    assert [row.name for row in rows[1:3]] == ["affines.0.mlp", "stages.0.0"]
    assert rows[3].kind == "Upsample → Conv2d 3×3 → GroupNorm → ELU"
    assert (rows[-1].shape, rows[-1].parameters) == (IMAGE, 1731)


def test_a_plain_network_has_a_row_a_layer():
    rows = describe(DislibEncoder(IMAGE, 20), IMAGE)
    assert rows[0] == LayerInfo("layers.0", "Conv2d 4×4 → ReLU", (32, 32, 32), 1568)
    assert rows[-1].name == "head"
    assert len(rows) == 5


def test_the_model_itself_is_untouched():
    model = DislibDecoder(10, IMAGE).train()
    describe(model, (10,))
    assert model.training
    assert not any(module._forward_hooks for module in model.modules())
    assert next(model.parameters()).device.type == "cpu"
