"""Accuracy of symbols and what styles differ in, against counts by hand and scipy."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import torch
from scipy.spatial.distance import pdist

from disentcli.data.pianoroll.rendered_songs import Songs
from disentcli.errors import Unsupported
from disentcli.metrics.style_statistics import density, mean_pitch, pair_mean, pitch_classes, style_statistics
from disentcli.metrics.symbol_accuracy import (
    SymbolCounts,
    commonest_symbols,
    repeat_last,
    symbol_accuracy,
    track_names,
)

TRUTH = np.array([[[60, 129, 128, 62], [36, 128, 36, 128]]])
OTHER = np.array([[[60, 129, 128, 61], [36, 128, 38, 129]]])


def test_accuracies_are_shares_of_symbols_and_of_beginning_notes() -> None:
    counts = SymbolCounts(2)
    counts.add(TRUTH, OTHER)
    counts.add(TRUTH, TRUTH)
    assert counts.scores(("a", "b")) == {
        "accuracy": 13 / 16,
        "notes": 6 / 8,
        "accuracy.a": 7 / 8,
        "accuracy.b": 6 / 8,
        "notes.a": 3 / 4,
        "notes.b": 3 / 4,
    }


def test_where_no_note_begins_there_is_no_accuracy_of_notes() -> None:
    counts = SymbolCounts(1)
    counts.add(np.array([[[128, 129]]]), np.array([[[128, 129]]]))
    assert np.isnan(counts.scores(("a",))["notes"])


def test_floors() -> None:
    assert repeat_last(TRUTH)[0, 0].tolist() == [128, 60, 129, 128]
    assert commonest_symbols(iter([TRUTH, TRUTH[:, ::-1]]), 2).tolist() == [128, 128]


def parts(dataset: Any, codes: Any) -> Any:
    indices = {"train": np.arange(0, 60), "in_distribution": np.arange(60, 100)}
    return SimpleNamespace(indices=indices, present=list(indices), codes=codes(indices))


def test_a_model_that_knows_every_song_is_right_everywhere_and_floors_are_below() -> None:
    data = Songs(count=6, song_bars=24, transposition="none")
    known = SimpleNamespace(
        short_name="oracle",
        decode=lambda codes: data.batch(codes[:, 0].long()),
        parameters=lambda: iter([torch.zeros(1)]),
    )
    given = parts(data, lambda indices: lambda part: indices[part][:, None].astype(float))
    scores = symbol_accuracy(given, known, data)
    assert scores["train.accuracy"] == scores["in_distribution.notes.bass"] == 1
    assert scores["in_distribution.repeat_last.accuracy"] < 1
    truth = data.batch(torch.arange(60, 100)).numpy()
    repeated = np.concatenate([np.full_like(truth[..., :1], 128), truth[..., :-1]], -1)
    assert scores["in_distribution.repeat_last.accuracy"] == pytest.approx((repeated == truth).mean())
    assert track_names(data) == ("drums", "guitar", "bass", "strings")


def test_other_data_are_not_measured() -> None:
    with pytest.raises(Unsupported, match="no pianorolls"):
        track_names(SimpleNamespace(shape=(1, 8, 8)))


def test_statistics_of_styles_are_those_of_the_notes() -> None:
    melodic = np.array([True, False])
    assert pitch_classes(TRUTH, melodic)[[0, 2]].tolist() == [0.5, 0.5]
    assert density(TRUTH).tolist() == [0.5, 0.5]
    assert mean_pitch(TRUTH, melodic) == (60 + 60 + 62) / 3
    assert np.isnan(mean_pitch(np.full((1, 2, 3), 128), melodic))
    points = np.random.default_rng(0).normal(size=(5, 3))
    distances = np.abs(points[:, None] - points[None]).sum(-1)
    assert pair_mean(distances) == pytest.approx(pdist(points, "cityblock").mean())


def test_one_region_has_no_components_to_compare() -> None:
    with pytest.raises(Unsupported, match="no components"):
        style_statistics(SimpleNamespace(), Songs(count=3), np.zeros((3, 2)), np.zeros((3, 4)))
