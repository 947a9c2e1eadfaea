"""EDIM: its objective in plain numpy, who learns from which term, what is frozen, what it takes over."""

from __future__ import annotations

from math import log

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from disentcli.errors import CallError
from disentcli.methods.edim import EDIM, whitened
from disentcli.methods.sdim_edim import SDIMThenEDIM
from disentcli.training.optim import adam, drop
from disentcli.training.state import TrainingState, weighted_sum

from .models import small_vae
from .pairs import pairs, small_edim, small_sdim
from .test_sdim import scores, softplus

CODE = {
    "reg_wt": 0.1,
    "shared_source": "cross",
    "adversary": "non-saturating",
    "negatives": "roll",
    "activation_after_second_conv": False,
}


def logits(discriminator: nn.Module, s: np.ndarray, e: np.ndarray) -> np.ndarray:
    with torch.no_grad():
        return discriminator(torch.from_numpy(np.concatenate([s, e], axis=1))).numpy()


@pytest.mark.parametrize("source", ["own", "cross"])
def test_the_objective_is_that_of_the_paper(source: str):
    model, batch = small_edim(shared_source=source).eval(), pairs()
    noise = model.noise(6, torch.Generator().manual_seed(0))
    order, shuffle = noise["negatives"][0].numpy(), noise["shuffle"].numpy()
    with torch.no_grad():
        read = [[[a.numpy() for a in one] for one in domain] for domain in model.encode_both(batch)]
    wanted = dict.fromkeys(("local", "global", "adversarial", "discrimination"), 0.0)
    for own, (critic, discriminator) in enumerate(zip(model.critics, model.discriminators, strict=True)):
        s, e = read[own if source == "own" else 1 - own][0][0], read[own][1][0]
        vector, maps = np.concatenate([s, e], axis=1), [read[own][k][1] for k in (0, 1)]
        whole = np.concatenate([one.reshape(6, 1, -1) for one in maps], axis=2)
        for name, network, m in (
            ("local", critic.local, np.concatenate(maps, axis=2)),
            ("global", critic.whole, whole),
        ):
            joint, marginal = scores(network, m, vector), scores(network, m[order], vector)
            wanted[name] += softplus(-joint).mean() + softplus(marginal).mean()
        product, joint = logits(discriminator, s[shuffle], e), logits(discriminator, s, e)
        game = -softplus(-product).mean() - softplus(joint).mean()  # eq. 9: E log D + E log(1 − D)
        wanted["adversarial"] += game
        wanted["discrimination"] -= game
    found = {name: one.item() for name, one in model.losses(batch, noise).items()}
    assert found == pytest.approx(wanted, rel=1e-5)
    assert model.weights(0) == {"local": 1.0, "global": 0.5, "adversarial": 0.05, "discrimination": 1.0}


def test_it_begins_as_the_public_implementation_does():
    torch.manual_seed(0)
    model, batch = EDIM((3, 28, 28), **CODE), pairs(16, (3, 28, 28))
    found, weights = model.losses(batch), model.weights(0)
    assert 0.1 * found["adversarial"].item() == pytest.approx(0.1 * 2 * log(2), abs=0.004)
    assert 0.1 * found["discrimination"].item() == pytest.approx(0.1 * 4 * log(2), abs=0.004)
    generator = weighted_sum(found, {**weights, "discrimination": 0.0}).item()
    assert generator == pytest.approx(4.30, abs=0.06)
    count = sum(one.numel() for one in model.parameters())
    assert count == 13_892_510 - 2 * 475 - 2 * 561  # without probes
    frozen = sum(one.numel() for one in model.shared.parameters())
    assert frozen == 1_843_712


def test_each_term_moves_those_who_play_for_it():
    def moved(term: str) -> set[str]:
        model = small_edim()
        model.losses(pairs())[term].backward()
        return {
            name.split(".")[0]
            for name, one in model.named_parameters()
            if one.grad is not None and one.grad.abs().sum() > 0
        }

    assert moved("local") == moved("global") == {"exclusive", "critics"}
    assert moved("adversarial") == {"exclusive"}
    assert moved("discrimination") == {"discriminators"}


@pytest.mark.parametrize("adversary", ["minimax", "non-saturating"])
def test_which_pairs_are_called_real_is_the_same_game(adversary: str):
    batch, usual = pairs(), small_edim(adversary=adversary).eval()
    other = small_edim(adversary=adversary, real="joint").eval()
    other.load_state_dict(usual.state_dict())
    for discriminator in other.discriminators:
        discriminator[-1].weight.data.neg_()
        discriminator[-1].bias.data.neg_()
    torch.testing.assert_close(usual.losses(batch), other.losses(batch))


def test_shared_encoders_never_move():
    model = small_edim()
    model.load_pretrained(small_sdim())
    before = {name: one.clone() for name, one in model.shared.state_dict().items()}
    exclusive = {name: one.clone() for name, one in model.exclusive.state_dict().items()}
    model.train()
    state = TrainingState(model, adam(lr=1e-2), budget=3)
    for step in range(3):
        state.step_batch(pairs(seed=step))
    for name, one in model.shared.state_dict().items():
        assert torch.equal(one, before[name]), name
    assert all(not torch.equal(one, exclusive[name]) for name, one in model.exclusive.state_dict().items())
    assert model.training
    assert model.shared.training  # the mode comes back, the statistics stay


def test_one_optimizer_for_all_does_what_one_for_each_network_does():
    batch, together, apart = pairs(), small_edim(), small_edim()
    noise = together.noise(6, torch.Generator().manual_seed(0))
    networks = [*apart.exclusive, *apart.critics, *apart.discriminators]
    optimizers = [torch.optim.Adam(network.parameters(), lr=1e-3, fused=True) for network in networks]
    one = torch.optim.Adam(together.player_parameters()["model"], lr=1e-3, fused=True)
    for _ in range(2):
        for model, theirs in ((together, [one]), (apart, optimizers)):
            model.zero_grad()
            weighted_sum(model.losses(batch, noise), model.weights(0)).backward()
            for optimizer in theirs:
                optimizer.step()
    torch.testing.assert_close(together.state_dict(), apart.state_dict(), rtol=1e-4, atol=1e-5)


def test_the_encoders_of_both_stages_in_a_row_can_be_taken_over():
    first, model = small_sdim(), small_edim()
    model.load_pretrained(SDIMThenEDIM(first, small_edim()))
    assert all(a is b for a, b in zip(model.shared, first.shared, strict=True))


def test_the_discriminators_may_learn_at_a_rate_of_their_own_in_either_method():
    model = small_edim(disc_lr=1e-2)
    theirs = list(model.discriminators.parameters())
    for one, player in ((model, "model"), (SDIMThenEDIM(small_sdim(), model), "exclusive")):
        others, apart = adam(lr=1e-3)(one.param_groups(player)).param_groups
        assert (others["lr"], apart["lr"]) == (1e-3, 1e-2)
        assert all(a is b for a, b in zip(apart["params"], theirs, strict=True))
        moved = one.player_parameters()[player]
        assert {id(p) for p in others["params"] + apart["params"]} == {id(p) for p in moved}
        assert len(others["params"]) + len(apart["params"]) == len(moved)


def test_a_schedule_does_not_slow_down_discriminators_with_a_rate_of_their_own():
    model = SDIMThenEDIM(small_sdim(), small_edim(disc_lr=1e-2), shared_steps=1)
    state = TrainingState(model, adam(lr=1e-3), drop(last=1), budget=3)
    rates = []
    for _ in range(3):
        state.step_batch(pairs())
        rates.append([group["lr"] for group in state.optimizers["exclusive"].param_groups])
    assert rates == [[1e-3, 1e-2], [1e-3, 1e-2], [pytest.approx(1e-4), 1e-2]]


@pytest.mark.parametrize("whiten", [False, True])
def test_discriminators_that_see_whitened_codes_do_not_care_for_their_scale(whiten: bool):
    model, batch = small_edim(whiten=whiten).eval(), pairs()
    noise = model.noise(6, torch.Generator().manual_seed(0))
    found = []
    for _ in range(2):
        for parameter in (p for encoder in model.exclusive for p in encoder.head.parameters()):
            parameter.data *= 1000
        found.append(model.losses(batch, noise)["discrimination"].item())
    assert (found[1] == pytest.approx(found[0], rel=1e-2)) == whiten


def test_what_is_taken_over_must_fit():
    sdim, batch = small_sdim().eval(), pairs()
    model = small_edim()
    model.load_pretrained(sdim)
    wanted = sdim.encode_all(batch)
    found: dict[str, Tensor] = model.eval().encode_all(batch)
    assert all(torch.equal(found[name], wanted[name]) for name in ("S_X", "S_Y"))
    for other, message in (
        (small_sdim(shared_dim=5), "dim 6 and 5"),
        (small_sdim(activation_after_second_conv=False), "activation-after-second-conv True and False"),
        (small_sdim(tied=True), "tied"),
        (small_vae(), "vae has none"),
    ):
        with pytest.raises(CallError, match=message):
            model.load_pretrained(other)
    with pytest.raises(CallError, match="leave --shared out"):
        sdim.load_pretrained(small_sdim())


MIXING = torch.tensor([[40.0, 0.0, 0.0], [39.0, 0.5, 0.0], [-38.0, 0.2, 3.0]])


def codes(count: int = 64) -> torch.Tensor:
    independent = torch.randn(count, 3, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    return independent @ MIXING.double().T + 5.0


def test_codes_have_mean_zero_and_unit_covariance() -> None:
    found = whitened(codes()).numpy()
    np.testing.assert_allclose(found.mean(0), 0, atol=1e-9)
    np.testing.assert_allclose(np.cov(found.T), np.eye(3), atol=0.01)  # the floor takes a little


def test_scales_of_codes_do_not_matter() -> None:
    scales = torch.tensor([3.0, 50.0, 8.0], dtype=torch.float64)
    torch.testing.assert_close(whitened(codes() * scales), whitened(codes()), atol=0.02, rtol=0)


def test_a_direction_without_variance_stays_small() -> None:
    flat = torch.cat([codes(), torch.full((64, 1), 2.0, dtype=torch.float64)], dim=1)
    assert whitened(flat)[:, 3].abs().max() < 1e-6


def test_gradients_are_those_of_the_map_that_was_applied() -> None:
    given = codes().requires_grad_()
    found = whitened(given)
    (gradient,) = torch.autograd.grad(found[3, 2], given)
    row = torch.linalg.lstsq(given.detach() - given.detach().mean(0), found.detach()).solution[:, 2]
    torch.testing.assert_close(gradient[3], row)
    assert not gradient[[0, 1, 2, 4]].any()
