"""Recurrent networks of pianorolls: an encoder, a flat decoder, and one by bars."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from ..config.coercion import NonNegativeInt, PositiveInt, Width
from ..errors import CallError
from ..registry import decoder, encoder
from .distribution import Distribution
from .encoder_decoder import Decoder, Encoder
from .shapes import Shape

SYMBOLS = 130  # 128 pitches, silence, hold
DIRECTIONS = 2


def one_hot_symbols(symbols: Tensor) -> Tensor:
    """Symbols (B, K, T) as zeros and ones (B, K, T, symbols) float32; nothing waits for the device."""
    return (symbols[..., None] == torch.arange(SYMBOLS, device=symbols.device)).float()


@encoder("pianoroll")
class PianorollEncoder(Encoder):
    """Bidirectional LSTM layers over the ticks, all tracks one-hot beside each other, then a linear layer.

    The features are of the last states of both directions. Valenti et al., 2020, code: 3 layers of 512.
    It takes symbols (B, K, T), or probabilities of symbols (B, K, T, symbols).

    width: of a direction. layers: LSTM layers. embedding: learned numbers that stand for a symbol of a track;
      0 for one-hot symbols, as published. pool: ticks that are read together, one behind the other in one
      vector, which makes the recurrence shorter; 1 as published.
    """

    short_name = "roll"
    kinds = ("pianoroll",)

    def __init__(
        self,
        input_shape: Shape,
        feature_dim: int,
        *,
        width: Width = 512,
        layers: PositiveInt = 3,
        embedding: NonNegativeInt = 0,
        pool: PositiveInt = 1,
    ) -> None:
        super().__init__(input_shape, feature_dim)
        tracks, ticks = self.input_shape
        _check_divides(pool, ticks, "model.encoder.pool")
        self.pool = pool
        self.embeddings = nn.Parameter(torch.randn(tracks, SYMBOLS, embedding)) if embedding else None
        inputs = tracks * (embedding or SYMBOLS) * pool
        self.recurrent = nn.LSTM(inputs, width, layers, batch_first=True, bidirectional=True)
        self.head = nn.Linear(DIRECTIONS * width, feature_dim)

    def forward(self, x: Tensor) -> Tensor:
        probabilities = one_hot_symbols(x) if x.ndim == 3 else x
        if self.embeddings is not None:
            probabilities = probabilities @ self.embeddings
        steps = probabilities.transpose(1, 2).unflatten(1, (-1, self.pool)).flatten(2)
        _, (states, _) = self.recurrent(steps)
        return self.head(torch.cat([states[-2], states[-1]], dim=1))  # type: ignore[no-any-return]


class TrackDecoder(nn.Module):
    """One track: the code is the input of every step of LSTM layers, then a linear layer gives the logits.

    The initial hidden and cell states of all layers are `tanh` of a linear layer of the code.
    """

    def __init__(self, code_dim: int, *, width: int, layers: int) -> None:
        super().__init__()
        self.layers = layers
        self.initial = nn.Linear(code_dim, width)
        self.recurrent = nn.LSTM(code_dim, width, layers, batch_first=True)
        self.head = nn.Linear(width, SYMBOLS)

    def forward(self, codes: Tensor, ticks: int) -> Tensor:
        """Logits (B, ticks, symbols) of codes (B, code_dim)."""
        state = self.initial(codes).tanh().expand(self.layers, -1, -1).contiguous()
        outputs, _ = self.recurrent(codes[:, None].expand(-1, ticks, -1), (state, state))
        return self.head(outputs)  # type: ignore[no-any-return]


@decoder("pianoroll")
class PianorollDecoder(Decoder):
    """LSTM layers for each track over all ticks (Valenti et al., 2020, code: 3 layers of 512).

    width: of the layers. layers: LSTM layers of a track.
    """

    short_name = "roll"
    kinds = ("pianoroll",)

    def __init__(
        self,
        latent_dim: int,
        output_shape: Shape,
        *,
        width: Width = 512,
        layers: PositiveInt = 3,
        distribution: Distribution | None = None,
    ) -> None:
        super().__init__(latent_dim, output_shape, distribution)
        tracks, self.ticks = self.output_shape
        self.tracks = nn.ModuleList(
            TrackDecoder(latent_dim, width=width, layers=layers) for _ in range(tracks)
        )

    def forward(self, codes: Tensor) -> Tensor:
        return torch.stack([track(codes, self.ticks) for track in self.tracks], dim=1)


@decoder("pianoroll-hierarchical")
class HierarchicalPianorollDecoder(Decoder):
    """An LSTM over the bars gives each bar a code; of this, LSTM layers for each track give the bar's ticks.

    No step sees more of other bars than their code, so bars are decoded side by side: a recurrence of
    T / bar + bar steps, not T. As the decoder of MusicVAE (Roberts et al., ICML 2018), whose bars do not see
    what was decoded before either, but without feeding symbols back.

    bar: ticks of a bar. conductor_width: of the LSTM over bars, and of a bar's code.
    """

    short_name = "bars"
    kinds = ("pianoroll",)

    def __init__(
        self,
        latent_dim: int,
        output_shape: Shape,
        *,
        width: Width = 512,
        layers: PositiveInt = 1,
        bar: PositiveInt = 16,
        conductor_width: Width = 512,
        distribution: Distribution | None = None,
    ) -> None:
        super().__init__(latent_dim, output_shape, distribution)
        tracks, ticks = self.output_shape
        _check_divides(bar, ticks, "model.decoder.bar")
        self.bar, self.bars = bar, ticks // bar
        self.initial = nn.Linear(latent_dim, conductor_width)
        self.conductor = nn.LSTM(latent_dim, conductor_width, batch_first=True)
        self.tracks = nn.ModuleList(
            TrackDecoder(conductor_width, width=width, layers=layers) for _ in range(tracks)
        )

    def forward(self, codes: Tensor) -> Tensor:
        state = self.initial(codes).tanh()[None]
        of_bars, _ = self.conductor(codes[:, None].expand(-1, self.bars, -1), (state, state))
        flat = of_bars.flatten(0, 1)
        logits = [track(flat, self.bar).unflatten(0, (-1, self.bars)).flatten(1, 2) for track in self.tracks]
        return torch.stack(logits, dim=1)


def _check_divides(step: int, ticks: int, key: str) -> None:
    if ticks % step:
        raise CallError(f"{key} must divide the {ticks} ticks of a window, {step} does not")
