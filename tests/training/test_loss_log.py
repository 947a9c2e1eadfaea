"""The loss log gives the means of a plain computation, over any number of steps, cut anywhere."""

from __future__ import annotations

from copy import deepcopy

import numpy as np
import pytest
import torch

from disentcli.training.loss_log import CAPACITY, DeviceLossBuffer, LossLog, NotFinite


def losses_of(values: np.ndarray, *terms: str) -> dict[str, torch.Tensor]:
    """One step's losses by term."""
    return {term: torch.tensor(value) for term, value in zip(terms, values, strict=True)}


@pytest.mark.parametrize("steps", [1, CAPACITY, CAPACITY + 1, 3000])
def test_means_are_those_of_numpy(steps: int) -> None:
    values = np.random.default_rng(steps).lognormal(size=(steps, 3)).astype(np.float32)
    loss_log = LossLog()
    for step, row in enumerate(values, 1):
        loss_log.add(step, losses_of(row, "loss", "kl", "critic/loss"))
    expected = values.astype(np.float64).mean(axis=0)
    assert list(loss_log.mean().values()) == pytest.approx(expected, rel=1e-12)
    assert list(loss_log.mean()) == ["loss", "kl", "critic/loss"]


def test_a_term_is_averaged_over_the_steps_that_had_it() -> None:
    loss_log = LossLog()
    for step, row in enumerate([(1.0,), (2.0, 10.0), (3.0, 30.0), (6.0,)], 1):
        loss_log.add(step, losses_of(np.array(row, dtype=np.float32), *("loss", "kl")[: len(row)]))
    assert loss_log.mean() == {"loss": 3.0, "kl": 20.0}


def test_an_interval_begins_at_clear_and_the_last_mean_stays_until_there_is_a_step() -> None:
    loss_log = LossLog()
    for step in range(1, 3001):
        loss_log.add(step, {"loss": torch.tensor(float(step))})
    assert loss_log.mean() == {"loss": 1500.5}
    loss_log.clear()
    loss_log.mean()["loss"] = 0.0  # a copy: what a caller does to it changes nothing
    assert loss_log.mean() == {"loss": 1500.5}
    loss_log.add(3001, {"loss": torch.tensor(7.0)})
    assert loss_log.mean() == {"loss": 7.0}


@pytest.mark.parametrize("cut", [1, 7, CAPACITY, 1500])
def test_an_interval_that_is_cut_has_the_same_mean_bit_for_bit(cut: int) -> None:
    values = np.random.default_rng(cut).lognormal(size=(1600, 2)).astype(np.float32)
    whole, first, second = LossLog(), LossLog(), LossLog()
    for step, row in enumerate(values, 1):
        if step == cut + 1:
            second.restore(deepcopy(first.state()))
        for log in (whole, first if step <= cut else second):
            log.add(step, losses_of(row, "loss", "kl"))
    assert second.mean() == whole.mean()


def test_what_is_restored_keeps_the_terms_of_different_lengths() -> None:
    loss_log, restored = LossLog(), LossLog()
    loss_log.add(1, losses_of(np.float32([1.0]), "loss"))
    loss_log.add(2, losses_of(np.float32([3.0, 5.0]), "loss", "kl"))
    restored.restore(loss_log.state())
    assert restored.mean() == {"loss": 2.0, "kl": 5.0}
    restored.restore(LossLog().state())
    assert restored.mean() == {}


@pytest.mark.parametrize("bad", [3, CAPACITY, 1500])
def test_the_first_bad_step_and_its_term_are_named(bad: int) -> None:
    loss_log = LossLog()

    def add_all() -> None:
        for step in range(1, 2001):
            term = torch.tensor(float("nan") if step >= bad else 1.0)
            loss_log.add(step, {"loss": term, "kl": term})
        loss_log.read()

    with pytest.raises(NotFinite, match=f"step {bad:,} .*: kl is nan") as failure:
        add_all()
    assert failure.value.step == bad


def test_the_loss_is_named_where_no_term_of_it_is_bad() -> None:
    with pytest.raises(NotFinite, match="at step 9 the loss stopped being finite: critic/loss is inf"):
        LossLog().append_rows(10, ("critic/loss", "kl"), np.array([[1, 1], [np.inf, 1], [1, 1]], dtype=float))


def test_a_buffer_gives_each_row_once_and_is_full_at_its_capacity() -> None:
    rows = np.random.default_rng(0).normal(size=(CAPACITY, 2, 4)).astype(np.float32)  # of 4 runs
    buffer = DeviceLossBuffer(dict(zip("ab", torch.from_numpy(rows[0]), strict=True)))
    for row in torch.from_numpy(rows):
        assert not buffer.full
        buffer.add(dict(zip("ab", row, strict=True)))
    assert buffer.full
    np.testing.assert_array_equal(buffer.fetch(), rows)
    assert not buffer.full
    assert len(buffer.fetch()) == 0
