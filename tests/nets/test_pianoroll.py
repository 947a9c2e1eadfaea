"""Networks of pianorolls: published sizes, what they read, and the loss of their symbols."""

from __future__ import annotations

import pytest
import torch
import torch.nn.functional as F

from disentcli.errors import CallError
from disentcli.nets.distribution import Bernoulli, Categorical, SquaredError, default_distribution
from disentcli.nets.pianoroll import (
    HierarchicalPianorollDecoder,
    PianorollDecoder,
    PianorollEncoder,
    one_hot_symbols,
)
from disentcli.nets.shapes import kind_of

SHAPE = (4, 32)


def songs(n: int = 3) -> torch.Tensor:
    return torch.randint(0, 130, (n, *SHAPE), generator=torch.Generator().manual_seed(0)).float()


def lstm_parameters(inputs: int, width: int, layers: int, directions: int = 1) -> int:
    """Four gates, each with weights of input and state and two biases (the formula of the LSTM)."""
    sizes = [inputs, *[directions * width] * (layers - 1)]
    return sum(directions * 4 * width * (size + width + 2) for size in sizes)


def test_the_published_sizes_are_the_defaults() -> None:
    with torch.device("meta"):
        encoder, decoder = PianorollEncoder((4, 256), 1024), PianorollDecoder(512, (4, 256))
    counted = [sum(one.numel() for one in part.parameters()) for part in (encoder, decoder)]
    track = 512 * 513 + lstm_parameters(512, 512, 3) + 513 * 130
    assert counted == [lstm_parameters(520, 512, 3, 2) + 1024 * 1025, 4 * track]


@pytest.mark.parametrize("options", [{}, {"embedding": 5}, {"pool": 8}, {"embedding": 5, "pool": 4}])
def test_symbols_and_their_probabilities_are_read_alike(options: dict[str, int]) -> None:
    encoder = PianorollEncoder(SHAPE, 7, width=6, layers=2, **options)
    assert torch.allclose(encoder(songs()), encoder(one_hot_symbols(songs())))
    assert encoder(songs()).shape == (3, 7)


def test_the_first_and_the_last_tick_reach_the_features() -> None:
    encoder, given = PianorollEncoder(SHAPE, 7, width=6, layers=1), one_hot_symbols(songs()).requires_grad_()
    encoder(given).sum().backward()
    assert given.grad is not None
    assert (given.grad.abs().sum((0, 1, 3)) > 0).all()


@pytest.mark.parametrize(
    "decoder",
    [
        PianorollDecoder(5, SHAPE, width=6, layers=2),
        HierarchicalPianorollDecoder(5, SHAPE, width=6, layers=2, bar=8, conductor_width=7),
    ],
    ids=["flat", "hierarchical"],
)
def test_decoders_give_logits_of_every_symbol(decoder: PianorollDecoder) -> None:
    logits = decoder(torch.randn(3, 5))
    assert logits.shape == (3, *SHAPE, 130)
    assert decoder.mean(logits).shape == (3, *SHAPE)
    expected = F.cross_entropy(logits.reshape(-1, 130), songs().long().flatten(), reduction="sum") / 3
    assert torch.allclose(decoder.loss(logits, songs()), expected)
    assert float(decoder.least_loss(songs())) == 0


def test_a_certain_decoder_has_no_loss_and_shows_what_it_was_given() -> None:
    logits = 100 * one_hot_symbols(songs())
    assert float(Categorical().loss(logits, songs())) == pytest.approx(0, abs=1e-6)
    assert torch.equal(Categorical().mean(logits), songs())
    assert torch.allclose(Categorical().relaxed(logits).sum(-1), torch.ones(3, *SHAPE))


def test_bars_of_the_hierarchical_decoder_follow_the_conductor_alone() -> None:
    decoder = HierarchicalPianorollDecoder(5, SHAPE, width=6, bar=8, conductor_width=7)
    with torch.no_grad():
        for one in decoder.conductor.parameters():
            one.zero_()
        decoder.initial.weight.zero_()
        decoder.initial.bias.zero_()
    bars = decoder(torch.randn(2, 5)).unflatten(2, (-1, 8))
    assert torch.allclose(bars, bars[:, :, :1].expand_as(bars))


def test_pianorolls_have_a_kind_and_a_distribution_of_their_own() -> None:
    assert kind_of(SHAPE) == "pianoroll"
    assert isinstance(default_distribution(None, SHAPE), Categorical)
    for given, shape in ((Bernoulli(), SHAPE), (SquaredError(), SHAPE), (Categorical(), (1, 8, 8))):
        with pytest.raises(CallError, match="pianorolls are symbols"):
            default_distribution(given, shape)


@pytest.mark.parametrize(
    ("build", "message"),
    [
        (lambda: PianorollEncoder((1, 32, 32), 4), "the data are images; take a network for images"),
        (lambda: PianorollDecoder(4, (12,)), "the data are vectors; take a/conv12"),
        (lambda: PianorollEncoder(SHAPE, 4, pool=5), r"model\.encoder\.pool must divide the 32 ticks"),
        (
            lambda: HierarchicalPianorollDecoder(4, SHAPE, bar=12),
            r"model\.decoder\.bar must divide the 32 ticks",
        ),
    ],
)
def test_what_does_not_fit_is_refused(build, message: str) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(CallError, match=message):
        build()
