"""MusAE: each term by hand, which player moves what, tags and their regions, style transfer."""

from __future__ import annotations

from typing import Any

import pytest
import torch
import torch.nn.functional as F

from disentcli.data.labelled_items import LabelledItems
from disentcli.errors import CallError
from disentcli.latents.continuous import GaussianLatent
from disentcli.latents.priors import GaussianPrior
from disentcli.latents.tags import GaussianTagsLatent
from disentcli.methods.loss_schedules import StepSchedule
from disentcli.methods.musae import MusAE
from disentcli.nets.pianoroll import HierarchicalPianorollDecoder, PianorollEncoder

SHAPE, DIM = (2, 16), 6

#: the configs of MusAE; tests/commands/test_songs.py trains, evaluates and plays them
METHODS = ("m/musae", "m/musae/mixture")


def model(*, binary: int = 0, count: int = 0, **options: Any) -> MusAE:
    torch.manual_seed(0)
    latent = GaussianTagsLatent(DIM, tags=binary) if binary else GaussianLatent(DIM)
    encoder = PianorollEncoder(SHAPE, latent.feature_dim, width=8, layers=1)
    decoder = HierarchicalPianorollDecoder(DIM, SHAPE, width=8, bar=8, conductor_width=8)
    if count:
        options |= {"tags": "regions", "factor_sizes": (2,) * count}
    return MusAE(latent, encoder, decoder, critic_hidden=(5,), **options)


def songs(n: int = 4) -> torch.Tensor:
    return torch.randint(0, 130, (n, *SHAPE), generator=torch.Generator().manual_seed(1)).float()


def tagged(rows: list[list[int]]) -> LabelledItems:
    factors = torch.tensor(rows)[:, None]
    return LabelledItems(
        songs(len(rows)), factors, torch.zeros(len(rows), factors.shape[2], dtype=torch.bool)
    )


def critic(musae: MusAE, codes: torch.Tensor, k: int = 0) -> torch.Tensor:
    first, _, second = musae.critics[k]  # type: ignore[misc]
    hidden = torch.tanh(codes @ first.weight.T + first.bias)
    return (hidden @ second.weight.T + second.bias)[:, 0]


def test_the_terms_of_both_players_are_those_of_the_definition() -> None:
    musae = model()
    noise = musae.noise(4, torch.Generator().manual_seed(2))
    features = musae.encoder(songs())
    codes = features[:, :DIM] + (features[:, DIM:] / 2).exp() * noise["codes"]
    found = musae.losses(songs(), noise)
    logits = musae.decoder(codes)
    nll = F.cross_entropy(logits.flatten(0, 2), songs().long().flatten(), reduction="sum") / 4
    assert torch.allclose(found["reconstruction"], nll)
    assert torch.allclose(found["adversarial"], -critic(musae, codes).mean())
    found = musae.losses(songs(), noise, "critic")
    samples = noise["prior"]
    assert torch.allclose(found["value"], critic(musae, codes).mean() - critic(musae, samples).mean())
    share = noise["mixing"][:, None]
    between = (share * samples + (1 - share) * codes).detach().requires_grad_()
    (gradients,) = torch.autograd.grad(critic(musae, between).sum(), between)
    assert torch.allclose(found["gradient_penalty"], (gradients.norm(dim=1) - 1).square().mean())
    assert musae.weights(0)["reconstruction"] == 1 / 16
    assert musae.weights(0)["gradient_penalty"] == 10


def moved(musae: MusAE, batch: Any, player: str) -> set[str]:
    """The parts that the weighted loss of a player has gradients for."""
    musae.zero_grad()
    losses, weights = (
        musae.losses(batch, musae.noise(4, torch.Generator().manual_seed(0)), player),
        musae.weights(0),
    )
    sum(weights[name] * value for name, value in losses.items()).backward()  # type: ignore[union-attr]
    return {
        n.split(".")[0] for n, p in musae.named_parameters() if p.grad is not None and p.grad.abs().sum() > 0
    }


def test_each_player_of_the_intended_game_owns_its_parameters() -> None:
    musae = model(binary=2)
    players = musae.player_parameters()
    assert moved(musae, songs(), "critic") == {"critics"}
    assert moved(musae, songs(), "model") >= {"encoder", "decoder"}
    assert {id(p) for p in players["critic"]} == {id(p) for p in musae.critics.parameters()}
    assert not {id(p) for p in players["model"]} & {id(p) for p in players["critic"]}


def test_in_the_released_game_the_critic_and_the_encoder_cancel() -> None:
    musae = model(game="released", reconstruction_wt=0.0, penalty_wt=0.0)
    assert set(musae.player_parameters()) == {"model"}
    assert len(musae.player_parameters()["model"]) == len(list(musae.parameters()))
    assert moved(musae, songs(), "model") == {"critics"}  # by D(p) alone


def test_infomax_asks_for_the_tags_that_were_decoded() -> None:
    musae = model(binary=3)
    noise = musae.noise(4, torch.Generator().manual_seed(0))
    samples = musae.prior.from_noise(noise["infomax"])
    again = musae.encoder(musae.decoder(samples).softmax(-1))[:, -3:]
    expected = F.binary_cross_entropy(again.sigmoid(), samples[:, -3:])
    assert torch.allclose(musae.losses(songs(), noise)["infomax"], expected, atol=1e-6)
    assert len(musae.critics) == 2
    assert [one[0].in_features for one in musae.critics] == [3, 3]  # type: ignore[index]


def test_a_tag_is_drawn_from_those_of_the_item_and_none_is_a_region_too() -> None:
    musae = model(count=3)
    batch = tagged([[1, 0, 1]] * 300 + [[0, 0, 0]] * 50)
    tag = musae._tag_of_items(batch, musae.noise(350, torch.Generator().manual_seed(0)))
    assert tag is not None
    assert set(tag[:300].tolist()) == {0, 2}
    assert abs(float((tag[:300] == 0).float().mean()) - 0.5) < 0.1
    assert set(tag[300:].tolist()) == {3}
    assert musae.prior.regions == 4
    assert musae.critics[0][0].in_features == DIM + 3  # type: ignore[index]


def test_the_prior_of_tags_is_the_published_flower() -> None:
    means = model(count=3).prior.means
    angles = 2 * torch.pi * torch.arange(4) / 4
    assert torch.allclose(means[:, :2], torch.stack([angles.cos(), angles.sin()], 1), atol=1e-6)
    covariance = model(count=3).prior.cholesky[0] @ model(count=3).prior.cholesky[0].T
    assert torch.allclose(covariance.diagonal(), torch.tensor([0.1] + [0.001] * (DIM - 1)), atol=1e-6)


def test_both_players_learn_from_tags() -> None:
    musae, batch = model(count=2), tagged([[1, 0], [0, 1], [1, 1], [0, 0]])
    assert moved(musae, batch, "critic") == {"critics"}
    assert "encoder" in moved(musae, batch, "model")


def test_a_song_keeps_its_place_in_another_style() -> None:
    musae = model(count=3)
    source = torch.tensor([0, 1, 3])
    codes = musae.prior.sample(3, torch.Generator().manual_seed(0), source)
    moved_to = musae.restyle(codes, 2)
    assert musae.prior.classify(moved_to).tolist() == [2, 2, 2]
    back = torch.stack([musae.restyle(moved_to[k : k + 1], int(tag))[0] for k, tag in enumerate(source)])
    assert torch.allclose(back, codes, atol=1e-5)


def test_binary_tags_are_set_by_themselves() -> None:
    assert model(binary=2).restyle(torch.full((1, DIM), 0.3), 1)[0].tolist() == pytest.approx(
        [0.3] * 4 + [0.0, 1.0]
    )
    with pytest.raises(CallError, match="no tags to move to"):
        model().restyle(torch.zeros(1, DIM), 0)


def test_the_schedule_is_the_published_one() -> None:
    musae = model(reg_wt=0.2, weighting=StepSchedule())
    steps = (0, 9_999, 10_000, 14_999, 15_000)
    assert [musae.weights(step)["adversarial"] for step in steps] == [0, 0, 0.1, 0.1, 0.2]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"tags": "regions"}, "use m/musae, which needs none"),
        ({"tags": "regions", "factor_sizes": (3,)}, "factors of 0 and 1"),
        (
            {"tags": "regions", "factor_sizes": (2,), "prior": GaussianPrior(DIM)},
            r"has 1 regions, of 1 tags and of having none there are 2; leave model\.prior out",
        ),
    ],
)
def test_what_does_not_fit_is_refused(options: dict[str, Any], message: str) -> None:
    with pytest.raises(CallError, match=message):
        model(**options)


def test_it_learns_a_song_by_heart() -> None:
    musae = model(count=1, reg_wt=0.05)
    batch = tagged([[1], [0], [1], [0]])
    players = {name: torch.optim.Adam(p, lr=0.02) for name, p in musae.player_parameters().items()}
    generator, first = torch.Generator().manual_seed(0), None
    for step in range(150):
        for player, optimizer in players.items():
            losses = musae.losses(batch, musae.noise(4, generator), player)
            optimizer.zero_grad()
            sum(musae.weights(step)[name] * value for name, value in losses.items()).backward()  # type: ignore[union-attr]
            optimizer.step()
            first = first or float(losses["reconstruction"].detach())
    assert float(musae.losses(batch, None)["reconstruction"]) < 0.5 * first  # type: ignore[operator]
