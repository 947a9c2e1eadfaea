"""Codebooks: where they begin, and the nearest entry against brute force."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from disentcli.errors import CallError
from disentcli.latents.codebooks import ScalarCodebooks, VectorCodebook


def draws(*shape: int, seed: int = 0) -> torch.Tensor:
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed))


def moved(codebook: ScalarCodebooks) -> ScalarCodebooks:
    """With values as they are after training: unsorted and uneven."""
    with torch.no_grad():
        codebook.values.copy_(draws(len(codebook.values), seed=1))
    return codebook


@pytest.mark.parametrize("sizes", [(10, 10, 10), (4, 2, 7)])
def test_each_codebook_begins_evenly_spaced_on_the_unit_interval_around_0(sizes: tuple[int, ...]):
    codebook = ScalarCodebooks(sizes)
    assert [len(codebook.for_dimension(d)) for d in range(3)] == list(sizes)
    assert codebook.values.numel() == sum(sizes)
    for d, size in enumerate(sizes):
        np.testing.assert_allclose(
            codebook.for_dimension(d).detach(), np.linspace(-0.5, 0.5, size), atol=1e-7
        )


@pytest.mark.parametrize("sizes", [(10, 10, 10), (4, 2, 7), (2, 9, 3)])
def test_nearest_scalars_are_those_of_a_search_through_each_codebook(sizes: tuple[int, ...]):
    codebook, features = moved(ScalarCodebooks(sizes)), draws(500, 3)
    found = codebook.nearest(features)
    for d in range(3):
        values = codebook.for_dimension(d).detach().numpy()
        expected = [int(np.abs(z - values).argmin()) for z in features[:, d].numpy()]
        assert found[:, d].tolist() == expected
        np.testing.assert_array_equal(codebook(found)[:, d].detach(), values[expected])


def test_a_shared_codebook_serves_every_dimension():
    codebook, features = moved(ScalarCodebooks((6,) * 3, shared=True)), draws(200, 3)
    values = codebook.values.detach().numpy()
    assert values.shape == (6,)
    expected = np.abs(features.numpy()[..., None] - values).argmin(-1)
    np.testing.assert_array_equal(codebook.nearest(features), expected)
    np.testing.assert_array_equal(codebook(torch.from_numpy(expected)).detach(), values[expected])


def test_a_tie_goes_to_the_lowest_index():
    codebook = ScalarCodebooks((3, 2))  # -1/2, 0, 1/2 and -1/2, 1/2
    assert codebook.nearest(torch.tensor([[-0.25, 0.0], [0.25, 0.0]])).tolist() == [[0, 0], [1, 0]]
    table = VectorCodebook(4, 2, 1)
    with torch.no_grad():
        table.values.copy_(torch.tensor([[1.0, 0.0], [0.0, 1.0], [1.0, 0.0], [0.0, 0.0]]))
    assert table.nearest(torch.tensor([[2.0, 2.0], [1.0, 0.0], [0.5, 0.0]])).tolist() == [[0], [0], [0]]


def test_nearest_vectors_are_those_of_a_search_through_the_table():
    table, features = VectorCodebook(32, 5, latent_dim=3), draws(100, 15) / 2
    vectors = features.numpy().reshape(100, 3, 1, 5)
    expected = np.square(vectors - table.values.detach().numpy()).sum(-1).argmin(-1)
    found = table.nearest(features)
    np.testing.assert_array_equal(found, expected)
    entries = table.values.detach().numpy()[expected].reshape(100, 15)
    np.testing.assert_array_equal(table(found).detach(), entries)


def test_a_table_begins_uniform_within_the_root_of_3_over_its_width():
    torch.manual_seed(0)
    values = VectorCodebook(512, 64, latent_dim=3).values.detach()
    assert values.shape == (512, 64)
    assert (3 / 64) ** 0.5 >= values.abs().max() > 0.216
    assert values.var().item() == pytest.approx(1 / 64, rel=0.02)


def test_values_that_nothing_moves_are_kept_all_the_same():
    fixed = ScalarCodebooks((3, 4), optimize=False)
    assert list(fixed.parameters()) == []
    assert list(fixed.state_dict()) == ["values"]
    assert list(ScalarCodebooks((3, 4)).state_dict()) == ["values"]


def test_a_codebook_has_something_to_choose_from():
    with pytest.raises(CallError, match="at least 2 values, got 1"):
        ScalarCodebooks((3, 1))
    with pytest.raises(CallError, match="at least 2 values, got 0"):
        VectorCodebook(0, 4, 2)
    with pytest.raises(CallError, match="embedding-size must be at least 1"):
        VectorCodebook(8, 0, 2)
