"""The structural decoder: what a transform does, where it acts, and which part of the latent it reads."""

from __future__ import annotations

import pytest
import torch
from torch import nn

from disentcli.errors import CallError
from disentcli.nets.structural import AdaptiveAffine, StructuralDecoder

IMAGE = (3, 64, 64)


def small(
    transforms: int = 12, shape: tuple[int, ...] = IMAGE, latent_dim: int = 12, **options
) -> StructuralDecoder:
    torch.manual_seed(0)
    return StructuralDecoder(
        latent_dim, shape, transforms=transforms, width=24, transform_hidden=(8,), **options
    )


def by_hand(affine: AdaptiveAffine, codes: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """Mean and log-scale from the weights: Linear, ELU, Linear; the first half are the means."""
    first, _, second = affine.mlp
    hidden = codes @ first.weight.T + first.bias
    out = torch.where(hidden > 0, hidden, hidden.exp() - 1) @ second.weight.T + second.bias
    return out.chunk(2, dim=1)


@pytest.mark.parametrize("space", [(4, 4), ()])
def test_a_transform_scales_and_shifts_each_channel(space: tuple[int, ...]):
    torch.manual_seed(0)
    affine = AdaptiveAffine(2, 5, (7,))
    features, codes = torch.randn(3, 5, *space), torch.randn(3, 2)
    mean, log_scale = by_hand(affine, codes)
    transformed = affine(features, codes)
    for image in range(3):
        for channel in range(5):
            expected = log_scale[image, channel].exp() * features[image, channel] + mean[image, channel]
            torch.testing.assert_close(transformed[image, channel], expected)


def test_with_normalization_it_is_the_original_adain():
    torch.manual_seed(0)
    affine = AdaptiveAffine(2, 5, (7,), normalize=True)
    features, codes = torch.randn(3, 5, 16, 16), torch.randn(3, 2)
    mean, log_scale = by_hand(affine, codes)
    transformed = affine(features, codes)
    torch.testing.assert_close(transformed.mean((2, 3)), mean, rtol=1e-4, atol=1e-5)
    torch.testing.assert_close(transformed.std((2, 3), unbiased=False), log_scale.exp(), rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize(
    ("transforms", "sizes"),
    [
        (12, [2, 2, 4, 4, 8, 8, 8, 16, 16, 16, 32, 32]),
        (6, [2, 4, 8, 8, 16, 32]),
        (4, [2, 4, 8, 16]),
        (3, [2, 8, 16]),
        (2, [2, 8]),
    ],
)
def test_transforms_meet_the_feature_sizes_of_the_original(transforms: int, sizes: list[int]):
    assert _sizes_met(small(transforms)) == sizes


def test_16_transforms_meet_the_feature_sizes_of_the_original():
    decoder = small(16, (3, 128, 128), latent_dim=32, convs=16)
    assert _sizes_met(decoder) == [2, *[4] * 3, *[8] * 3, *[16] * 3, *[32] * 3, *[64] * 3]


def _sizes_met(decoder: StructuralDecoder) -> list[int]:
    seen: list[int] = []
    for affine in decoder.affines:
        affine.register_forward_hook(lambda _, inputs, __: seen.append(inputs[0].shape[-1]))
    decoder(torch.randn(2, decoder.latent_dim))
    return seen


@pytest.mark.parametrize("transforms", [2, 4, 12])
def test_each_transform_stands_directly_before_its_conv(transforms: int):
    decoder = small(transforms)
    assert [len(stage) for stage in decoder.stages] == [12 // transforms] * transforms
    last = decoder.stages[-1][-1]
    assert [name for name, _ in last.named_children()] == ["up", "conv"]


def _groups_read(decoder: StructuralDecoder, codes: torch.Tensor) -> list[torch.Tensor]:
    read: list[torch.Tensor] = []
    for affine in decoder.affines:
        affine.register_forward_hook(lambda _, inputs, __: read.append(inputs[1]))
    decoder(codes)
    return read


def test_group_1_is_the_first_of_the_latent_and_acts_on_the_coarsest_features():
    codes = torch.arange(12.0).expand(2, 12)
    assert [group[0].tolist() for group in _groups_read(small(4), codes)] == [
        [0, 1, 2],
        [3, 4, 5],
        [6, 7, 8],
        [9, 10, 11],
    ]


def test_without_split_every_transform_reads_the_whole_latent():
    codes = torch.randn(2, 12)
    read = _groups_read(small(4, split=False), codes)
    assert len(read) == 4
    assert all(torch.equal(group, codes) for group in read)


def test_a_group_changes_nothing_before_its_transform():
    decoder, before, after = small(4), [], []
    codes = torch.randn(2, 12)
    changed = codes.clone()
    changed[:, 6:9] += 1  # group 3
    for kept, given in ((before, codes), (after, changed)):
        hooks = [
            stage.register_forward_hook(lambda _, __, out, kept=kept: kept.append(out))
            for stage in decoder.stages
        ]
        decoder(given)
        for hook in hooks:
            hook.remove()
    same = [torch.equal(one, other) for one, other in zip(before, after, strict=True)]
    assert same == [True, True, False, False]


def test_the_constant_is_learned_and_standard_normal():
    torch.manual_seed(0)
    constant = StructuralDecoder(12, IMAGE, width=512).constant
    assert isinstance(constant, nn.Parameter)
    assert constant.shape == (512, 2, 2)
    assert abs(constant.mean().item()) < 0.1
    assert abs(constant.std().item() - 1) < 0.1


@pytest.mark.parametrize("shape", [(1, 32, 32), (3, 64, 32), (7,)])
def test_any_shape_that_fits_is_made(shape: tuple[int, ...]):
    assert small(6, shape)(torch.randn(2, 12)).shape == (2, *shape)


@pytest.mark.parametrize("options", [{"transforms": 12}, {"transforms": 6, "split": False}])
def test_run_names_tell_sae_from_adaae(options: dict):
    assert small(**options).short_name == {12: "s12", 6: "ada6"}[options["transforms"]]


@pytest.mark.parametrize(
    ("latent_dim", "options", "words"),
    [
        (10, {"transforms": 12}, "a latent of 10 cannot be cut into 12 equal groups"),
        (32, {"transforms": 12}, "set latent-dim to a multiple, as 24"),
        (12, {"transforms": 5}, "room for [2, 3, 4, 6, 12] transforms, not 5"),
        (16, {"transforms": 16}, "room for [2, 3, 4, 6, 12] transforms, not 16"),
        (12, {"convs": 13}, "strc has 12 or 16 convs, not 13"),
        (12, {"normalize": True, "shape": (1, 32, 32)}, "1×1"),
    ],
)
def test_what_does_not_fit_is_refused_when_it_is_built(latent_dim: int, options: dict, words: str):
    with pytest.raises(CallError) as error:
        small(latent_dim=latent_dim, **options)
    assert words in str(error.value)


def test_without_split_any_latent_fits():
    assert small(12, latent_dim=10, split=False)(torch.randn(2, 10)).shape == (2, *IMAGE)
