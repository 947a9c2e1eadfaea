"""A model of coloured MNIST pairs that reads the glyph and the hue from the pixels: ideal representations."""

from __future__ import annotations

from typing import Any, ClassVar

import torch
from torch import Tensor, nn
from torch.nn import functional

from disentcli.methods.method import Method


class Oracle(Method):
    """S is the glyph at a quarter of its size, E the hue; `leak` of the hue is in S too."""

    short_name = "oracle"
    num_views = 2
    representation_names: ClassVar = {"S_X": 0, "S_Y": 1, "E_X": 0, "E_Y": 1}

    def __init__(self, leak: float = 0.0) -> None:
        super().__init__(reg_wt=0.0)
        self.leak = nn.Parameter(torch.tensor(leak))

    def losses(self, batch: Tensor, noise: Any = None, player: str = "model") -> dict[str, Tensor]:
        return {"leak": self.leak}

    def weights(self, step: int) -> dict[str, float]:
        return {"leak": 1.0}

    def encode_all(self, batch: Tensor) -> dict[str, Tensor]:
        x, y = batch.unbind(1)
        hues = {"X": x[..., 0, 0], "Y": functional.normalize((y - y.amin(1, keepdim=True)).mean((2, 3)))}
        glyphs = {"X": x.amin(1), "Y": y.amax(1)}
        codes = {}
        for view, hue in hues.items():
            small = functional.avg_pool2d((glyphs[view] > 0.4).float()[:, None], 4).flatten(1)
            codes[f"S_{view}"] = torch.cat([small, self.leak * hue], dim=1)
            codes[f"E_{view}"] = hue
        return codes
