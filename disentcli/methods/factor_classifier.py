"""A small convolutional classifier of the factors of real images, which judges what a model decodes."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from ..errors import Unsupported

CHANNELS = (16, 32, 64)
HIDDEN = 128


class FactorClassifier(nn.Module):
    """Images (B, C, H, W) → for each factor, logits of its classes.

    Three convolutions of stride 2 and one hidden layer, with ReLU, shared by one linear map a factor.
    """

    def __init__(self, shape: Sequence[int], sizes: Sequence[int]) -> None:
        super().__init__()
        layers: list[nn.Module] = []
        for inputs, outputs, kernel in zip((shape[0], *CHANNELS), CHANNELS, (5, 3, 3), strict=False):
            layers += [nn.Conv2d(inputs, outputs, kernel, stride=2, padding=kernel // 2), nn.ReLU()]
        self.features = nn.Sequential(*layers, nn.Flatten())
        with torch.no_grad():
            width = self.features(torch.zeros(1, *shape)).shape[1]
        self.sizes = tuple(sizes)
        self.hidden = nn.Linear(width, HIDDEN)
        self.heads = nn.Linear(HIDDEN, sum(self.sizes))

    def forward(self, images: Tensor) -> tuple[Tensor, ...]:
        """Logits (B, K_f) of each factor."""
        hidden = self.hidden(self.features(images)).relu()
        return self.heads(hidden).split(self.sizes, dim=1)

    @torch.no_grad()
    def read(self, images: Tensor) -> Tensor:
        """The most likely classes (B, F) int64."""
        return torch.stack([logits.argmax(1) for logits in self(images)], dim=1)


def train_factor_classifier(
    images_of: Callable[[np.ndarray], Tensor],
    factors: np.ndarray,
    sizes: Sequence[int],
    *,
    groups: np.ndarray,
    steps: int = 400,
    batch_size: int = 64,
    lr: float = 2e-3,
    seed: int = 0,
) -> FactorClassifier:
    """A classifier trained by Adam, whose learning rate falls to zero along a cosine, to read all factors.

    Args:
        images_of: gives the images (B, C, H, W) of these rows (B,) of `factors`.
        factors: classes (N, F) below `sizes` (F,).
        groups: a label (N,) of each row; batches are drawn with replacement, all labels equally often.
        seed: of initial weights and batches; PyTorch's own generator is left as it was.

    Raises:
        Unsupported: the data are not images.
    """
    first = images_of(np.zeros(1, dtype=np.int64))
    if first.ndim != 4:
        raise Unsupported("the data are vectors, which no classifier of images reads")
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        classifier = FactorClassifier(first.shape[1:], sizes).to(first.device)
    targets = torch.from_numpy(np.ascontiguousarray(factors, dtype=np.int64)).to(first.device)
    batches = _balanced_rows(groups, (steps, batch_size), seed)
    optimizer = torch.optim.Adam(classifier.parameters(), lr=lr)
    scheduler = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, steps)
    for rows in batches:
        known = targets[torch.from_numpy(rows).to(targets.device)].unbind(1)
        loss = torch.stack([*map(F.cross_entropy, classifier(images_of(rows)), known)]).sum()
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        optimizer.step()
        scheduler.step()
    return classifier.eval()


def _balanced_rows(groups: np.ndarray, size: tuple[int, int], seed: int) -> np.ndarray:
    """Random rows, of all groups equally often."""
    _, group, counts = np.unique(groups, return_inverse=True, return_counts=True)
    chances = 1 / counts[group]
    return np.random.default_rng(seed).choice(len(groups), size, p=chances / chances.sum())
