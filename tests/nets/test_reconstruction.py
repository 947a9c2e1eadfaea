"""Reconstruction losses, against torch's own distributions and far from zero."""

from __future__ import annotations

import torch
from torch.distributions import Bernoulli

from disentcli.nets.reconstruction import bernoulli_loss, squared_error


def test_images_have_the_bernoulli_likelihood_summed_over_pixels_and_averaged_over_the_batch():
    logits, images = torch.randn(4, 3, 8, 8), torch.rand(4, 3, 8, 8).round()
    expected = -Bernoulli(logits=logits).log_prob(images).sum((1, 2, 3)).mean()
    torch.testing.assert_close(bernoulli_loss(logits, images), expected)


def test_grey_pixels_are_probabilities():
    logits, images = torch.randn(4, 1, 8, 8), torch.rand(4, 1, 8, 8)
    p = torch.sigmoid(logits)
    expected = -(images * p.log() + (1 - images) * (1 - p).log()).sum((1, 2, 3)).mean()
    torch.testing.assert_close(bernoulli_loss(logits, images), expected)


def test_vectors_have_the_squared_error_summed_over_dimensions_and_averaged_over_the_batch():
    outputs, vectors = torch.tensor([[1.0, 2.0], [0.0, 0.0]]), torch.tensor([[0.0, 0.0], [0.0, 3.0]])
    assert squared_error(outputs, vectors).item() == (1 + 4 + 9) / 2


def test_extreme_logits_stay_finite():
    logits = torch.tensor([1e4, -1e4, 1e4, -1e4]).view(1, 1, 2, 2).requires_grad_()
    images = torch.tensor([1.0, 0.0, 0.0, 1.0]).view(1, 1, 2, 2)
    loss = bernoulli_loss(logits, images)
    loss.backward()
    assert loss.item() == 2e4
    assert logits.grad.flatten().tolist() == [0, 0, 1, -1]


def test_the_gradient_of_the_bernoulli_loss_is_probability_minus_pixel():
    logits, images = torch.randn(4, 1, 8, 8, requires_grad=True), torch.rand(4, 1, 8, 8)
    bernoulli_loss(logits, images).backward()
    torch.testing.assert_close(logits.grad, (torch.sigmoid(logits.detach()) - images) / 4)
