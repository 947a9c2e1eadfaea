"""The Inception network of the Fréchet inception distance; names as in pt_inception-2015-12-05."""

from __future__ import annotations

from pathlib import Path

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from ..data.checksums import file_sha256
from ..errors import CallError, DisentError

WEIGHTS_FILE = "pt_inception-2015-12-05-6726825d.pth"
PUBLISHED = "6726825d"  # how the sha256 of that file begins
SIDE = 299
DIMENSIONS = (64, 192, 768, 2048)


class ConvBNReLU(nn.Module):
    """Convolution without bias, batch norm (ε = 0.001), ReLU."""

    def __init__(
        self,
        channels: int,
        out: int,
        kernel: int | tuple[int, int],
        stride: int = 1,
        padding: int | tuple[int, int] = 0,
    ) -> None:
        super().__init__()
        self.conv = nn.Conv2d(channels, out, kernel, stride, padding, bias=False)
        self.bn = nn.BatchNorm2d(out, eps=0.001)

    def forward(self, x: Tensor) -> Tensor:
        return F.relu(self.bn(self.conv(x)))


def mean_pool(x: Tensor) -> Tensor:
    """3×3 mean that leaves the padding out of the count, as TensorFlow's does."""
    return F.avg_pool2d(x, 3, stride=1, padding=1, count_include_pad=False)


class MixedA(nn.Module):
    """35×35 block: 1×1, 5×5, double 3×3, pooled."""

    def __init__(self, channels: int, pooled: int) -> None:
        super().__init__()
        self.branch1x1 = ConvBNReLU(channels, 64, 1)
        self.branch5x5_1 = ConvBNReLU(channels, 48, 1)
        self.branch5x5_2 = ConvBNReLU(48, 64, 5, padding=2)
        self.branch3x3dbl_1 = ConvBNReLU(channels, 64, 1)
        self.branch3x3dbl_2 = ConvBNReLU(64, 96, 3, padding=1)
        self.branch3x3dbl_3 = ConvBNReLU(96, 96, 3, padding=1)
        self.branch_pool = ConvBNReLU(channels, pooled, 1)

    def forward(self, x: Tensor) -> Tensor:
        double = self.branch3x3dbl_3(self.branch3x3dbl_2(self.branch3x3dbl_1(x)))
        five = self.branch5x5_2(self.branch5x5_1(x))
        return torch.cat([self.branch1x1(x), five, double, self.branch_pool(mean_pool(x))], dim=1)


class MixedB(nn.Module):
    """35×35 → 17×17."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.branch3x3 = ConvBNReLU(channels, 384, 3, stride=2)
        self.branch3x3dbl_1 = ConvBNReLU(channels, 64, 1)
        self.branch3x3dbl_2 = ConvBNReLU(64, 96, 3, padding=1)
        self.branch3x3dbl_3 = ConvBNReLU(96, 96, 3, stride=2)

    def forward(self, x: Tensor) -> Tensor:
        double = self.branch3x3dbl_3(self.branch3x3dbl_2(self.branch3x3dbl_1(x)))
        return torch.cat([self.branch3x3(x), double, F.max_pool2d(x, 3, stride=2)], dim=1)


class MixedC(nn.Module):
    """17×17 block: 1×1, factorised 7×7, double 7×7, pooled."""

    def __init__(self, inner: int) -> None:
        super().__init__()
        across: tuple[int, int] = (1, 7)
        down: tuple[int, int] = (7, 1)
        self.branch1x1 = ConvBNReLU(768, 192, 1)
        self.branch7x7_1 = ConvBNReLU(768, inner, 1)
        self.branch7x7_2 = ConvBNReLU(inner, inner, across, padding=(0, 3))
        self.branch7x7_3 = ConvBNReLU(inner, 192, down, padding=(3, 0))
        self.branch7x7dbl_1 = ConvBNReLU(768, inner, 1)
        self.branch7x7dbl_2 = ConvBNReLU(inner, inner, down, padding=(3, 0))
        self.branch7x7dbl_3 = ConvBNReLU(inner, inner, across, padding=(0, 3))
        self.branch7x7dbl_4 = ConvBNReLU(inner, inner, down, padding=(3, 0))
        self.branch7x7dbl_5 = ConvBNReLU(inner, 192, across, padding=(0, 3))
        self.branch_pool = ConvBNReLU(768, 192, 1)

    def forward(self, x: Tensor) -> Tensor:
        seven = self.branch7x7_3(self.branch7x7_2(self.branch7x7_1(x)))
        double = self.branch7x7dbl_3(self.branch7x7dbl_2(self.branch7x7dbl_1(x)))
        double = self.branch7x7dbl_5(self.branch7x7dbl_4(double))
        return torch.cat([self.branch1x1(x), seven, double, self.branch_pool(mean_pool(x))], dim=1)


class MixedD(nn.Module):
    """17×17 → 8×8."""

    def __init__(self) -> None:
        super().__init__()
        self.branch3x3_1 = ConvBNReLU(768, 192, 1)
        self.branch3x3_2 = ConvBNReLU(192, 320, 3, stride=2)
        self.branch7x7x3_1 = ConvBNReLU(768, 192, 1)
        self.branch7x7x3_2 = ConvBNReLU(192, 192, (1, 7), padding=(0, 3))
        self.branch7x7x3_3 = ConvBNReLU(192, 192, (7, 1), padding=(3, 0))
        self.branch7x7x3_4 = ConvBNReLU(192, 192, 3, stride=2)

    def forward(self, x: Tensor) -> Tensor:
        three = self.branch3x3_2(self.branch3x3_1(x))
        seven = self.branch7x7x3_4(self.branch7x7x3_3(self.branch7x7x3_2(self.branch7x7x3_1(x))))
        return torch.cat([three, seven, F.max_pool2d(x, 3, stride=2)], dim=1)


class MixedE(nn.Module):
    """8×8 block with split 3×3 ends; the last one of the network pools by maximum."""

    def __init__(self, channels: int, *, last: bool) -> None:
        super().__init__()
        self.last = last
        self.branch1x1 = ConvBNReLU(channels, 320, 1)
        self.branch3x3_1 = ConvBNReLU(channels, 384, 1)
        self.branch3x3_2a = ConvBNReLU(384, 384, (1, 3), padding=(0, 1))
        self.branch3x3_2b = ConvBNReLU(384, 384, (3, 1), padding=(1, 0))
        self.branch3x3dbl_1 = ConvBNReLU(channels, 448, 1)
        self.branch3x3dbl_2 = ConvBNReLU(448, 384, 3, padding=1)
        self.branch3x3dbl_3a = ConvBNReLU(384, 384, (1, 3), padding=(0, 1))
        self.branch3x3dbl_3b = ConvBNReLU(384, 384, (3, 1), padding=(1, 0))
        self.branch_pool = ConvBNReLU(channels, 192, 1)

    def forward(self, x: Tensor) -> Tensor:
        three = self.branch3x3_1(x)
        double = self.branch3x3dbl_2(self.branch3x3dbl_1(x))
        pooled = F.max_pool2d(x, 3, stride=1, padding=1) if self.last else mean_pool(x)
        ends = [
            *(self.branch3x3_2a(three), self.branch3x3_2b(three)),
            *(self.branch3x3dbl_3a(double), self.branch3x3dbl_3b(double)),
        ]
        return torch.cat([self.branch1x1(x), *ends, self.branch_pool(pooled)], dim=1)


class Inception(nn.Module):
    """Images (B, 1 or 3, H, W) in [0, 1] → features (B, dimension), means over the map of that many channels.

    Source: Szegedy et al. 2016, as trained for TensorFlow in 2015 and used by Heusel et al. 2017; the pools
    differ from those of other Inception v3 networks. `weights` is the sha256 of the file that they are from.
    """

    weights = ""

    def __init__(self, dimension: int = 2048) -> None:
        super().__init__()
        if dimension not in DIMENSIONS:
            raise CallError(f"features of the network have {DIMENSIONS} dimensions, not {dimension}")
        self.dimension = dimension
        self.Conv2d_1a_3x3 = ConvBNReLU(3, 32, 3, stride=2)
        self.Conv2d_2a_3x3 = ConvBNReLU(32, 32, 3)
        self.Conv2d_2b_3x3 = ConvBNReLU(32, 64, 3, padding=1)
        self.Conv2d_3b_1x1 = ConvBNReLU(64, 80, 1)
        self.Conv2d_4a_3x3 = ConvBNReLU(80, 192, 3)
        self.Mixed_5b, self.Mixed_5c, self.Mixed_5d = MixedA(192, 32), MixedA(256, 64), MixedA(288, 64)
        self.Mixed_6a = MixedB(288)
        self.Mixed_6b, self.Mixed_6c = MixedC(128), MixedC(160)
        self.Mixed_6d, self.Mixed_6e = MixedC(160), MixedC(192)
        self.Mixed_7a = MixedD()
        self.Mixed_7b, self.Mixed_7c = MixedE(1280, last=False), MixedE(2048, last=True)

    @property
    def identity(self) -> dict[str, str | int]:
        """What tells these features from others: the weights, the depth, how images are made to fit."""
        return {
            "features": "inception",
            "weights": self.weights,
            "dimension": self.dimension,
            "input": f"bilinear {SIDE}, -1 to 1",
        }

    def forward(self, images: Tensor) -> Tensor:
        x = images.expand(-1, 3, -1, -1)
        x = 2 * F.interpolate(x, (SIDE, SIDE), mode="bilinear", align_corners=False) - 1
        for depth, stage in zip(DIMENSIONS, self._stages(), strict=True):
            x = stage(x)
            if depth == self.dimension:
                break
        return x.mean(dim=(2, 3))

    def _stages(self) -> list[nn.Sequential]:
        pool = nn.MaxPool2d(3, stride=2)
        return [
            nn.Sequential(self.Conv2d_1a_3x3, self.Conv2d_2a_3x3, self.Conv2d_2b_3x3, pool),
            nn.Sequential(self.Conv2d_3b_1x1, self.Conv2d_4a_3x3, pool),
            nn.Sequential(
                *(self.Mixed_5b, self.Mixed_5c, self.Mixed_5d, self.Mixed_6a),
                *(self.Mixed_6b, self.Mixed_6c, self.Mixed_6d, self.Mixed_6e),
            ),
            nn.Sequential(self.Mixed_7a, self.Mixed_7b, self.Mixed_7c),
        ]


def load_inception(path: str | Path, dimension: int = 2048) -> Inception:
    """The network with the weights of a state-dict file, in evaluation mode; loading executes nothing.

    Raises:
        CallError: there is no such file, or there are no features of this dimension.
        DisentError: the file is no plain state dict, or is of another network.
    """
    network = Inception(dimension)
    weights = _read(Path(path).expanduser())
    wanted = {name: value for name, value in network.state_dict().items() if "num_batches" not in name}
    misfits = [name for name, value in wanted.items() if _shape(weights.get(name)) != value.shape]
    if misfits:
        raise DisentError(
            f"{path} does not hold the FID Inception network: {len(misfits)} of {len(wanted)} tensors are "
            f"missing or of another shape, {misfits[0]} first; expected {WEIGHTS_FILE}"
        )
    network.load_state_dict({name: weights[name] for name in wanted}, strict=False)
    network.weights = file_sha256(Path(path).expanduser())
    return network.eval()


def _read(path: Path) -> dict[str, object]:
    if not path.is_file():
        raise CallError(
            f"the FID weights {path} cannot be read: there is no such file; fetch {WEIGHTS_FILE} (95 MB, of "
            "pytorch-fid) and name it with --fid-weights, for it is never downloaded"
        )
    try:
        return dict(torch.load(path, map_location="cpu", weights_only=True))
    except Exception as error:
        raise DisentError(
            f"the FID weights {path} cannot be read ({type(error).__name__}); expected the plain state dict "
            f"{WEIGHTS_FILE}, not a scripted model"
        ) from error


def _shape(value: object) -> torch.Size | None:
    return value.shape if isinstance(value, Tensor) else None
