"""Counter-based draws: pure functions of seed, index and step, with the statistics of chance."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from scipy import stats

from disentcli.data.counter_rng import integers, uniform

INDICES = torch.arange(20_000)


def test_draws_do_not_depend_on_what_else_is_in_the_batch() -> None:
    whole = uniform(3, INDICES, 7, 5)
    shuffled = torch.randperm(len(INDICES), generator=torch.Generator().manual_seed(0))
    assert torch.equal(uniform(3, INDICES[shuffled], 7, 5), whole[shuffled])
    assert torch.equal(uniform(3, INDICES[4:5], 7, 5), whole[4:5])
    assert torch.equal(uniform(3, INDICES, 7, 2), whole[:, :2])


@pytest.mark.parametrize("other", [{"seed": 4}, {"draw_step": 8}, {"stream": 1}])
def test_another_seed_visit_or_stream_gives_unrelated_draws(other: dict[str, int]) -> None:
    call = {"seed": 3, "draw_step": 7, "stream": 0}
    one, two = (
        uniform(kwargs["seed"], INDICES, kwargs["draw_step"], 1, stream=kwargs["stream"]).flatten().double()
        for kwargs in (call, call | other)
    )
    assert abs(float(torch.corrcoef(torch.stack([one, two]))[0, 1])) < 0.03


@pytest.mark.parametrize("draw_step", [0, 1, 100_000])
def test_uniform_draws_are_uniform_and_columns_independent(draw_step: int) -> None:
    draws = uniform(0, INDICES, draw_step, 4).double().numpy()
    assert draws.min() >= 0
    assert draws.max() < 1
    for column in draws.T:
        assert stats.kstest(column, "uniform").pvalue > 1e-3
    correlation = np.corrcoef(np.concatenate([draws.T, np.roll(draws.T, 1, axis=1)]))
    assert np.abs(correlation - np.eye(8)).max() < 0.03  # neither columns nor neighbouring indices


def test_integers_fill_their_ranges_evenly() -> None:
    draws = integers(0, INDICES, 1, (1, 3, 40)).numpy()
    assert (draws[:, 0] == 0).all()
    for column, size in ((1, 3), (2, 40)):
        counts = np.bincount(draws[:, column], minlength=size)
        assert len(counts) == size
        assert stats.chisquare(counts).pvalue > 1e-3


def test_each_draw_may_have_a_size_of_its_own() -> None:
    sizes = 1 + INDICES[:, None] % 7
    draws = integers(5, INDICES, 2, sizes)
    assert bool((draws < sizes).all())
    assert set(draws[sizes == 7].tolist()) == set(range(7))


def test_the_words_are_those_of_a_plain_loop() -> None:
    def mixed(word: int) -> int:
        word = (word ^ word >> 16) * 0x7FEB352D % 2**32
        word = (word ^ word >> 15) * 0x846CA68B % 2**32
        return word ^ word >> 16

    index, draw_step, seed, stream, column = 2**33 + 12345, 9, 2, 1, 3
    keys = [int(one) for one in np.random.SeedSequence([seed, draw_step, stream]).generate_state(2)]
    row = mixed((mixed((index % 2**32) ^ keys[0]) + (index >> 32)) % 2**32)
    word = mixed((row + (column * 0x9E3779B9 + keys[1]) % 2**32) % 2**32)
    drawn = uniform(seed, torch.tensor([index]), draw_step, 4, stream=stream)
    assert drawn[0, column].item() == (word >> 8) / 2**24
