"""Losses of validation and evaluation: those of training, whatever the order and the number of the images."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import Tensor

from disentcli.data.dataset import Dataset
from disentcli.data.splits.splits import Splits
from disentcli.errors import Unsupported
from disentcli.latents.continuous import GaussianLatent, UniformLatent
from disentcli.methods.infovae import InfoVAE
from disentcli.methods.infowgan import InfoWGAN
from disentcli.methods.method import Method, Noise
from disentcli.methods.tcvae import BetaTCVAE
from disentcli.runs import checkpoint
from disentcli.runs.records import read_scalars
from disentcli.training.loop import train
from disentcli.training.validation import equal_parts, mean_losses, validate

from ..methods.family import FAMILY, small
from ..methods.models import VECTOR, critics
from ..methods.pairs import SHAPE, small_edim, small_sdim, small_stages
from . import tiny_world as tiny

SIZE = 24  # of a batch


class Pairs(Dataset):
    """Each image beside its negative."""

    num_views = 2

    def batch(self, indices: Tensor, draw_step: int = 0) -> Tensor:
        images = super().batch(indices, draw_step)
        return torch.stack([images, 1 - images], dim=1)


def sorted_vectors(n: int = 240) -> Dataset:
    """Vectors in the order of a grid: neighbours are alike."""
    rng = np.random.default_rng(0)
    along = np.linspace(-2, 2, n)[:, None] * rng.normal(size=(1, *VECTOR))
    return Dataset("v", (along + 0.1 * rng.normal(size=(n, *VECTOR))).astype(np.float32), VECTOR)


def sorted_pairs(n: int = 240) -> Dataset:
    """Images that become brighter, and pairs of them."""
    height, width = SHAPE[1:]
    light = np.linspace(0, 180, n)[:, None] + np.random.default_rng(0).integers(
        0, 70, (n, 3 * height * width)
    )
    return Pairs("p", light.astype(np.uint8), SHAPE)


def gan() -> InfoWGAN:
    torch.manual_seed(0)
    return InfoWGAN(*critics(UniformLatent(4), VECTOR))


EVERY: dict[str, Callable[[], Method]] = {
    **{kind: lambda kind=kind: small(kind) for kind in FAMILY},  # type: ignore[misc]
    "infowgan": gan,
    "sdim": small_sdim,
    "sdim-roll": lambda: small_sdim(negatives="roll"),
    "edim": small_edim,
    "sdim-edim": small_stages,
}


def losses_of_steps(model: Method, data: Dataset, steps: int) -> dict[str, np.ndarray]:
    """Each term (steps,) as training meets it: random batches, drawn codes."""
    generator = torch.Generator().manual_seed(7)
    found: dict[str, list[float]] = {}
    for _ in range(steps):
        batch = data.batch(torch.randperm(len(data), generator=generator)[:SIZE])
        noise = model.noise(SIZE, generator)
        for player in model.active_players(0):
            for term, value in model.losses(batch, noise, player).items():
                found.setdefault(term if player == "model" else f"{player}/{term}", []).append(float(value))
    return {term: np.array(values) for term, values in found.items()}


@pytest.mark.parametrize("kind", EVERY)
def test_losses_are_those_that_training_meets(kind: str) -> None:
    model = EVERY[kind]().eval()
    data = sorted_pairs() if model.num_views == 2 else sorted_vectors()
    found = mean_losses(model, data, np.arange(len(data)), SIZE, step=1)
    with torch.no_grad():
        met = losses_of_steps(model, data, steps=20 if model.num_views == 2 else 60)
    parts = len(data) / SIZE
    for term, values in met.items():
        error = values.std() * np.sqrt(1 / len(values) + 1 / parts) + 1e-6 * abs(values.mean())
        assert abs(found[term] - values.mean()) < 4.5 * error, term
    weights = model.weights(0)
    for player in model.active_players(0):
        prefix = "" if player == "model" else f"{player}/"
        own = {
            term[len(prefix) :]: value
            for term, value in found.items()
            if term.startswith(prefix) and term != f"{prefix}loss"
        }
        assert found[f"{prefix}loss"] == pytest.approx(sum(weights.get(t, 0) * v for t, v in own.items()))


def standard_posteriors() -> InfoVAE:
    """A model whose posterior is N(0, 1) of every image: so is the aggregate."""
    encoder = tiny.FlatEncoder(2 * tiny.LATENT)
    for parameter in encoder.parameters():
        torch.nn.init.zeros_(parameter)
    return InfoVAE(GaussianLatent(tiny.LATENT), encoder, tiny.FlatDecoder(), reg_wt=100.0)


def test_a_distance_of_distributions_is_that_of_drawn_codes() -> None:
    data, model = tiny.dataset(), standard_posteriors()
    found = mean_losses(model, data, np.arange(240), 120, step=1)
    assert found["kl"] == 0
    assert abs(found["mmd"]) < 0.05  # the codes are draws of the prior
    with torch.no_grad():
        at_means = float(model.losses(data.batch(torch.arange(240)))["mmd"])
    assert at_means > 1


@pytest.mark.parametrize("n", [120, 121, 122, 239])
def test_no_image_is_left_over_to_spoil_a_distance(n: int) -> None:
    found = mean_losses(standard_posteriors(), tiny.dataset(), np.arange(n), 60, step=1)
    assert abs(found["mmd"]) < 0.1  # a batch of one gives −7


@pytest.mark.parametrize(
    ("n", "size", "smallest", "sizes"),
    [
        (129, 128, 2, [129]),
        (192, 128, 2, [96, 96]),
        (10, 4, 1, [5, 5]),
        (3, 2, 2, [3]),
        (5, 64, 2, [5]),
        (1, 64, 1, [1]),
    ],
)
def test_parts_are_equal_and_near_the_size(n: int, size: int, smallest: int, sizes: list[int]) -> None:
    indices = np.arange(100, 100 + n)
    parts = equal_parts(indices, size, smallest, 0)
    assert [len(part) for part in parts] == sizes
    assert sorted(np.concatenate(parts)) == list(indices)
    again = equal_parts(indices, size, smallest, 0)
    assert all(np.array_equal(one, other) for one, other in zip(parts, again, strict=True))


def test_every_part_has_draws_of_its_own_that_repeat(monkeypatch: pytest.MonkeyPatch) -> None:
    model, data = small("wae"), sorted_vectors()
    draws: list[Noise] = []
    usual = model.evaluation_noise

    def noted(*arguments: object) -> Noise:
        draws.append(usual(*arguments))  # type: ignore[arg-type]
        return draws[-1]

    monkeypatch.setattr(model, "evaluation_noise", noted)
    first, again, other = (mean_losses(model, data, np.arange(96), 48, 1, seed) for seed in (0, 0, 1))
    assert first == again != other
    priors = [noise["prior"] for noise in draws]  # type: ignore[index,call-overload]
    assert not torch.equal(priors[0], priors[1])
    torch.testing.assert_close(priors[:2], priors[2:4], rtol=0, atol=0)


def test_no_image_is_left_out_where_a_step_spares_half_of_them() -> None:
    model, data = small("factorvae-half"), sorted_vectors()
    with torch.no_grad():
        model.encoder.head[-1].bias[4:] = -60.0  # next to no deviation: drawn codes are the means
        model.encoder.head[-1].weight[4:] = 0.0
        x = data.batch(torch.arange(len(data)))
        expected = (model.decoder(model.encode(x)) - x).square().sum(1).mean().item()
    found = mean_losses(model, data, np.arange(len(data)), SIZE, step=1)
    assert found["reconstruction"] == pytest.approx(expected, rel=1e-5)


def test_means_are_over_all_images_however_they_are_cut() -> None:
    model, data = tiny.model("ae"), tiny.dataset()
    x = data.batch(torch.arange(50))
    with torch.no_grad():
        expected = model.losses(x)["reconstruction"].item()
    for size in (1, 7, 16, 50, 999):
        found = mean_losses(model, data, np.arange(50), size, step=5)
        assert found == pytest.approx({"loss": expected, "reconstruction": expected}, rel=1e-5)


def test_a_vaes_losses_are_those_of_drawn_codes_in_numpy() -> None:
    """The mean over seeds of the reconstruction is E over the posterior, here by 400 draws of our own."""
    model, data = tiny.model("vae"), tiny.dataset()
    x = data.batch(torch.arange(30))
    found = [mean_losses(model, data, np.arange(30), 16, 5, seed) for seed in range(40)]
    with torch.no_grad():
        mean, logvar = model.encoder(x).numpy().astype(float).reshape(30, 2, 2).transpose(1, 0, 2)
        rng, right = np.random.default_rng(1), []
        for _ in range(400):
            codes = mean + np.exp(logvar / 2) * rng.normal(size=mean.shape)
            p = model.decode(torch.from_numpy(codes).float()).numpy().astype(float)
            pixels = x.numpy() * np.log(p) + (1 - x.numpy()) * np.log(1 - p)
            right.append(-pixels.sum(axis=(1, 2, 3)).mean())
    drawn = np.array([one["reconstruction"] for one in found])
    error = np.hypot(drawn.std() / np.sqrt(len(drawn)), np.std(right) / np.sqrt(len(right)))
    assert abs(drawn.mean() - np.mean(right)) < 4 * error
    kl = 0.5 * (mean**2 + np.exp(logvar) - logvar - 1).sum(1).mean()
    for one in found:
        assert one["kl"] == pytest.approx(kl, rel=1e-5)
        assert one["loss"] == pytest.approx(one["reconstruction"] + one["kl"], rel=1e-6)


def test_weights_are_those_of_the_step() -> None:
    model = small("annealed")
    found = mean_losses(model, sorted_vectors(), np.arange(240), SIZE, step=5)
    assert found["loss"] == pytest.approx(found["reconstruction"] + 3 * found["capacity"], rel=1e-6)


def test_too_few_images_are_told() -> None:
    model = small("tcvae")
    with pytest.raises(Unsupported, match="tcvae compares 2 or more images with each other, got 1"):
        mean_losses(model, sorted_vectors(), np.arange(1), 16, step=1)
    assert validate(model, sorted_vectors(), np.arange(1), 16, 1) == {}
    assert validate(small("annealed"), sorted_vectors(), np.arange(1), 16, 1)["kl"] > 0


def test_evaluation_finds_the_loss_that_validation_recorded(tmp_path: Path) -> None:
    beginning = tiny.state()
    run = tiny.new_run(tmp_path, beginning)
    tiny.go_on(run, beginning, 45)
    recorded = read_scalars(run.records)[-1]
    data = tiny.dataset()
    found = mean_losses(beginning.model.eval(), data, tiny.splits(data).val, 16, step=45)
    assert {term: recorded[f"val/{term}"] for term in found} == pytest.approx(found, rel=1e-6)


def few(val: int) -> Splits:
    """Splits with so many images for validation."""
    return Splits(train=np.arange(100), val=np.arange(100, 100 + val), test=np.arange(200, 240))


@pytest.mark.parametrize(
    ("method", "val", "message"),
    [
        (
            "vae",
            0,
            "there are no images for validation; so there is no validation loss, and no best checkpoint",
        ),
        ("tcvae", 1, "tcvae compares 2 or more images, 1 are for validation; so there is no validation loss"),
        ("vae", 1, ""),
    ],
)
def test_without_images_to_validate_on_a_run_trains_and_says_so(
    tmp_path: Path,
    method: str,
    val: int,
    message: str,
    caplog: pytest.LogCaptureFixture,
) -> None:
    beginning = tiny.state()
    if method == "tcvae":
        parts = GaussianLatent(tiny.LATENT), tiny.FlatEncoder(2 * tiny.LATENT), tiny.FlatDecoder()
        beginning = tiny.TrainingState(BetaTCVAE(*parts), tiny.adam(lr=1e-2), budget=45)
    run = tiny.new_run(tmp_path, beginning)
    assert train(run, beginning, tiny.dataset(), few(val), tiny.options(45)).status == "completed"
    validated = any("val/loss" in line for line in read_scalars(run.records))
    assert (validated, run.info()["best_step"] is not None) == (not message, not message)
    assert [message in record.getMessage() for record in caplog.records] == [True] * bool(message)


def test_the_best_of_a_former_version_is_measured_again(tmp_path: Path) -> None:
    """Its loss was of mean codes, here far below any of drawn codes: nothing would be better again."""
    run, _ = tiny.start(tmp_path, budget=20)
    path = run.path / checkpoint.file_name(20)
    former = checkpoint.load(run)
    best = former["best"]["step"]
    right = former["best"]["loss"]
    former["best"] = {"step": best, "loss": -1e6}  # as it was written
    path.write_bytes(checkpoint.serialize(former))
    tiny.resume(run, budget=60)
    now = checkpoint.load(run)["best"]
    val = {line["step"]: line["val/loss"] for line in read_scalars(run.records) if "val/loss" in line}
    assert val[best] == pytest.approx(right)
    assert now["loss"] == pytest.approx(min(val.values()))
    assert now["step"] == min(val, key=lambda step: val[step]) > 20


def test_measuring_the_best_again_does_not_touch_the_training(tmp_path: Path) -> None:
    whole, _ = tiny.start(tmp_path, budget=60)
    run, _ = tiny.start(tmp_path, budget=30)
    former = checkpoint.load(run)
    former["best"] = {"step": 20, "loss": -1e6}
    (run.path / checkpoint.file_name(30)).write_bytes(checkpoint.serialize(former))
    tiny.resume(run, budget=60)
    assert tiny.same(tiny.weights(whole), tiny.weights(run))
