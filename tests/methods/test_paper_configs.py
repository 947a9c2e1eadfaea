"""Every config paper/…: the published numbers, their sources, and what its first lines say is otherwise."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pytest
import torch

from disentcli.config.settings import Settings
from disentcli.data.splits.standard import StandardSplit

from ..configs import LIBRARY, sheets
from ..data.splits.stand_ins import SPACES, stand_in

CONDITIONS = {  # test_paper_lost.py has theirs
    name for name in LIBRARY.paths if name.startswith(("paper/lost/", "paper/role/")) and name.count("/") == 3
}
PAPER = [name for name in LIBRARY.paths if name.startswith("paper/") and name not in CONDITIONS]
STUDIES = [name for name in LIBRARY.paths if name.startswith("study/")]
ABSTRACT = {"paper/qlae/ae", "paper/qlae/vae", "paper/qlae/tcvae", "paper/qlae/sums"}


@dataclass(frozen=True)
class Published:
    """How a model was trained; `weight` is --reg-wt, `shown` the share of the images that is trained on."""

    steps: int
    batch: int
    latents: int | None
    optimizer: str
    rate: float
    betas: tuple[float, float] = (0.9, 0.999)
    decay: float = 0
    weight: float | None = None
    shown: float = 1
    replacement: bool = False


def hsu(latents: int, decay: float, weight: float | None = None) -> Published:
    """Autoencoders of Hsu et al.: configs/train_ae.yaml, configs/params/* of their code."""
    return Published(200_000, 128, latents, "AdamW", 1e-3, decay=decay, weight=weight)


def gan(latents: int, decay: float, weight: float = 200) -> Published:
    """GANs of Hsu et al.: configs/train_gan.yaml with the steps of its sweep, configs/params/*."""
    return Published(200_000, 64, latents, "AdamW", 2e-4, (0, 0.9), decay, weight)


def locatello(weight: float) -> Published:
    """Locatello et al., ICML 2019, appendix: one setting for all, batches drawn from the whole grid."""
    return Published(300_000, 64, 10, "Adam", 1e-4, weight=weight, replacement=True)


def montero(weight: float, steps: int = 960_000, batch: int = 64) -> Published:
    """Montero et al., code of 2022: lr 1e-4 and 100 epochs of the 614,400 dSprites without sqr2tx."""
    return Published(steps, batch, 10, "Adam", 1e-4, weight=weight)


def role(weight: float, batch: int = 64, steps: int = 288_000) -> Published:
    """Montero et al., code of 2021: lr 1e-4, 30 epochs of the 614,400 dSprites of their condition."""
    return Published(steps, batch, 10, "Adam", 1e-4, weight=weight)


def sanchez(steps: int, weight: float, shown: float = 1) -> Published:
    """Sanchez et al., ECCV 2020: Adam of 1e-4, batches of 64; epochs of the public implementation."""
    return Published(steps, 64, None, "Adam", 1e-4, weight=weight, shown=shown)


def leeb(weight: float) -> Published:
    """Leeb et al., code of February 2021, `base` and `d/3ds`: 72 % of the images."""
    return Published(100_000, 128, 12, "Adam", 5e-4, weight=weight, shown=0.72)


def leeb_large(weight: float) -> Published:
    """Leeb et al., code of February 2021, `base128` and `d/celeba`: images of 128 pixels, batches of 32."""
    return Published(200_000, 32, 32, "Adam", 5e-4, weight=weight, shown=0.72)


def valenti(steps: int, latents: int = 8, rate: float = 1e-4) -> Published:
    """Valenti & Bacciu, IJCNN 2022, `config.py` of each folder: epochs of its batches of 1,024."""
    return Published(steps, 1024, latents, "Adam", rate, weight=0.2)


LATENTS = {"3ds": 12, "mpi": 14, "falcor3d": 14, "isaac3d": 18}  # two a factor
WEIGHTS = {  # β and the weight of the total correlation
    "vae": {"3ds": 3, "mpi": 0.1, "falcor3d": 10, "isaac3d": 0.3},
    "tcvae": {"3ds": 3, "mpi": 0.3, "falcor3d": 3, "isaac3d": 1},
}
GAN_DECAY = {"3ds": 1e-3, "mpi": 1e-3, "falcor3d": 1e-4, "isaac3d": 1e-3}  # the last of the default sweep
BESIDE_SAE = {"ae": 0, "vae": 1, "bvae": 4, "wae": 10}
CMNIST = 15_008 + 10_318
TABLE = {
    **{f"paper/qlae/{data}": hsu(n, 1e-3 if data == "mpi" else 0.1) for data, n in LATENTS.items()},
    **{
        f"paper/qlae/ae/{data}": hsu(n, 1e-3 if data in ("3ds", "mpi") else 0, 0)
        for data, n in LATENTS.items()
    },
    **{f"paper/qlae/bioae/{data}": hsu(n, 1e-4) for data, n in LATENTS.items()},
    **{f"paper/qlae/vqvae/{data}": hsu(n, 0.01) for data, n in LATENTS.items()},
    **{
        f"paper/qlae/{row}/{data}": hsu(n, 0, WEIGHTS[row][data])
        for row in WEIGHTS
        for data, n in LATENTS.items()
    },
    **{f"paper/qlae/infowgan/{data}": gan(n, 1e-4) for data, n in LATENTS.items()},
    **{f"paper/qlae/gan/{data}": gan(LATENTS[data], decay) for data, decay in GAN_DECAY.items()},
    "paper/locatello/betavae": locatello(4),
    "paper/locatello/annealed": locatello(1000),
    "paper/locatello/factorvae": locatello(10),
    "paper/locatello/dipvae1": locatello(5),
    "paper/locatello/dipvae2": locatello(5),
    "paper/locatello/tcvae": locatello(6),
    "paper/responses/helix": Published(5_000, 128, 2, "Adam", 0.01, weight=0.05),
    "paper/lost/vae": montero(1),
    "paper/lost/beta": montero(4),
    "paper/lost/annealed": montero(10),
    "paper/lost/increased": montero(1),
    "paper/lost/capacity": montero(50),
    "paper/lost/factorvae": montero(100, batch=128),
    "paper/lost/wae-mmd": montero(10),
    "paper/lost/wae-mmd-legacy": montero(10),
    "paper/lost/composition": montero(1),
    "paper/lost/composition-wae": montero(10),
    "paper/lost/composition-sbd4": Published(960_000, 16, 10, "Adam", 3e-4, weight=1),
    "paper/lost/supervised": Published(960_000, 64, None, "Adam", 1e-3, shown=0.8),
    "paper/lost/wae-gan": Published(960_000, 64, 10, "Adam", 3e-4, weight=10),
    "paper/lost/cascade": Published(960_000, 64, 7, "Adam", 3e-4, weight=2),
    "paper/lost/cascade4": Published(960_000, 64, 7, "Adam", 1e-4, weight=2),
    "paper/lost/lievae": Published(960_000, 256, 10, "Adam", 1e-4, weight=1),
    "paper/lost/lievae-3ds": Published(960_000, 256, 10, "Adam", 1e-4, weight=1),
    "paper/lost/sbd3": Published(960_000, 16, 10, "Adam", 3e-4, weight=1),
    "paper/lost/sbd4": Published(960_000, 16, 10, "Adam", 3e-4, weight=1),
    "paper/role/vae": role(1),
    **{f"paper/role/decoder{which}": Published(5_000, 64, None, "Adam", 1e-3) for which in ("", "-deep-bn")},
    "paper/role/composition": role(1, steps=30 * (10_000 // 64)),
    "paper/role/beta8": role(8),
    "paper/role/beta12": role(12),
    "paper/role/increased": role(10),
    "paper/role/factorvae": role(20, 128),
    "paper/role/factorvae50": role(50, 128),
    "paper/role/factorvae100": role(100, 128),
    "paper/montero/vae": montero(1),
    "paper/montero/annealed": montero(10),
    "paper/montero/increased": montero(1),
    "paper/montero/capacity": montero(50),
    "paper/montero/factorvae": montero(100, 480_000, 128),
    "paper/montero/wae": montero(10, 200 * (15_120 // 64)),
    **{f"paper/sae/sae{groups}": leeb(0) for groups in (2, 3, 4, 6, 12)},
    **{f"paper/sae/adaae{groups}": leeb(0) for groups in (6, 12)},
    **{f"paper/sae/vlae{groups}": leeb(1) for groups in (2, 3, 4, 6, 12)},
    **{f"paper/sae/{name}": leeb(weight) for name, weight in BESIDE_SAE.items()},
    **{f"paper/sae/{name}16": leeb_large(0) for name in ("sae", "adaae")},
    **{f"paper/sae/{name}16": leeb_large(weight) for name, weight in {"vlae": 1, **BESIDE_SAE}.items()},
    "paper/weak/dsprites": valenti(6_000 * 67),
    "paper/weak/3ds": valenti(15_001 * 140, 16, 1e-5),
    "paper/weak/hwf": valenti(6_000 * 39),
    "paper/musae/gaussian": Published(100_000, 16, 512 + 32, "Adam", 1e-5, weight=0.2),
    "paper/musae/mixture": Published(100_000, 16, 512, "Adam", 1e-5, weight=0.2),
    "paper/sdim-edim/3ds": sanchez(80_000, 0.01, shown=0.72),
    "paper/sdim-edim/code": sanchez(CMNIST, 0.1),
    "paper/sdim-edim/code/sdim": Published(15_008, 64, None, "Adam", 1e-4),
    "paper/sdim-edim/code/edim": sanchez(10_318, 0.1),
    **{
        f"paper/sdim-edim/{name}": sanchez(CMNIST, 0.05)
        for name in ("cmnist", "no-global", "no-l1", "no-local", "no-switch", "same-class")
    },
}
#: words of each deviation that the first lines of a config tell
DEVIATIONS = {
    "paper/lost/composition-wae": ["MMD is that of the two encoded images", "half of theirs"],
    **{name: ["as bytes"] for name in PAPER if name.endswith(("/falcor3d", "/isaac3d"))},
    **{f"paper/qlae/infowgan/{data}": ["200,000 steps", "100,000"] for data in ("3ds", "mpi")},
    **{
        f"paper/qlae/infowgan/{data}": ["as bytes", "200,000 steps", "100,000"]
        for data in ("falcor3d", "isaac3d")
    },
    "paper/locatello/study": ["drawn anew at each visit"],
    "paper/locatello/factorvae": ["--budget 150000"],
    "paper/lost/study": ["5e-4", "last batch"],
    "paper/lost/factorvae": ["first half of a batch only"],
    "paper/lost/wae-gan": ["one output"],
    "paper/role/study": ["last batch"],
    "paper/role/factorvae": ["first half of a batch only", "slope of 0.2, there 0.01"],
    "paper/montero/study": ["5e-4", "last batch"],
    "paper/montero/factorvae": ["first half of a batch only"],
    "paper/sae/vae": ["KL"],
    "paper/responses/helix": ["KL", "mean over the batch"],
    **{
        f"paper/sdim-edim/{name}": ["never shuffled", "32 pairs"]
        for name in ("cmnist", "code/sdim", "code/edim")
    },
    "paper/sdim-edim/3ds": ["72 % of the images", "steps and networks"],
    "study/cmnist": ["8,000 and 8,000 steps", "a tenth of 0.05", "whitened", "ten times as fast", "54,000"],
    "study/cmnist-ablations": ["bfloat16", "8,000 steps", "54,000"],
    "study/cmnist-lambda": ["5,500 steps", "bfloat16", "whitened", "54,000"],
    "study/room-pairs": ["80,000 images", "a tenth of the steps", "bfloat16", "72 %"],
    "study/sae-extrapolation": ["all of the rejected images", "90 %"],
    "study/sae-extrapolation-room": ["32 pixels", "widths of a/size/32", "rendered rooms"],
    "study/sae-responses-room": ["32 pixels", "half as wide"],
    "study/combination": ["5,000 steps", "90 %", "batches of 32", "three layers of 500", "two hidden"],
    "study/combination-rooms": ["32 pixels", "half as many scales"],
    "study/combination-sprites": ["half as many orientations", "burgess-v2"],
    "study/lost-spriteworld": ["drawn here"],
    "paper/weak/dsprites": ["sampled uniformly", "without noise"],
    "paper/weak/hwf": ["sampled uniformly"],
    "paper/musae/gaussian": ["each player", "100 epochs"],
    "paper/musae/mixture": ["each player", "100 epochs"],
    "study/weak-model": ["batches of 128", "1e-3", "256 for 1024"],
    "study/weak-sprites": ["32 pixels", "11 positions"],
    "study/weak-rooms": ["three scales", "six hues"],
    "study/small": ["one network", "half as wide"],
}


def settings_of(name: str) -> Settings:
    return Settings(sheets(name))


def test_every_config_of_a_paper_has_its_row() -> None:
    shared = {name for name in PAPER if name.endswith("/study")} | ABSTRACT
    assert set(PAPER) - shared == set(TABLE)


@pytest.mark.parametrize("name", TABLE)
def test_the_settings_are_the_published_ones(name: str) -> None:
    settings, published = settings_of(name), TABLE[name]
    assert settings.get("budget") == published.steps
    assert settings.get("dataset.batch-size") == published.batch
    if published.latents is not None:
        assert settings.get("latent-dim") == published.latents
    if published.weight is not None:
        assert settings.get("reg-wt") == published.weight
    optimizer = settings.build("model.optim", "optimizer")([torch.nn.Parameter(torch.zeros(1))])
    (group,) = optimizer.param_groups
    assert type(optimizer).__name__ == published.optimizer
    assert (group["lr"], group["betas"], group["weight_decay"]) == (
        published.rate,
        published.betas,
        published.decay,
    )
    assert not settings.has("scheduler")


@pytest.mark.parametrize(
    "name", [name for name in TABLE if not name.startswith(("paper/weak/", "paper/musae/"))]
)
def test_the_images_trained_on_are_the_published_ones(name: str) -> None:
    """Of 10,000 images; those of coloured MNIST with its official test part beside 10,000 others.

    Those of paper/weak are chosen by their factors, see tests/data/splits/test_weak_disentanglement.py;
    those of paper/musae are shares of the songs, see tests/data/pianoroll/test_preprocess.py.
    """
    published, official = TABLE[name], "d/cmnist28" in {sheet.name for sheet in sheets(name)}
    splits = settings_of(name).build("split")(Items(official=2_000 if official else 0), seed=3)
    assert len(splits.train) == len(np.unique(splits.train)) == 10_000 * published.shown
    assert len(splits.val) == 0 or published.shown < 1
    assert (splits.weights is not None) == published.replacement


class Items:
    """10,000 items, and so many more of an official test part: all that a split asks of data."""

    def __init__(self, official: int) -> None:
        self.test_indices = np.arange(10_000, 10_000 + official) if official else None
        self.val_indices = None
        self.count = 10_000 + official

    def __len__(self) -> int:
        return self.count


def test_montero_trains_on_every_combination_that_is_not_held_out() -> None:
    """614,400 of 737,280 dSprites (table of their conditions); 9,600 batches of 64 a hundred times."""
    stacked = Settings(sheets("paper/montero/vae", "split/sprites/sqr2tx"))
    splits = stacked.build("split")(stand_in(SPACES["sprites"]), seed=0)
    assert (len(splits.train), len(splits.val), len(splits.test)) == (614_400, 0, 0)
    assert len(splits.held_out) == 122_880
    assert stacked.get("budget") == 100 * (len(splits.train) // 64)


@pytest.mark.parametrize("name", [*PAPER, *STUDIES])
def test_the_first_lines_say_what_is_otherwise(name: str) -> None:
    """`# deviation: …` for each, and none where nothing is."""
    lines = LIBRARY.paths[name].read_text().splitlines()
    head = lines[: next(i for i, line in enumerate(lines) if line[:1] != "#")]
    said = " ".join(head).partition("# deviation: ")[2].replace(" # ", " ")
    assert bool(said) == (name in DEVIATIONS), said
    for words in DEVIATIONS.get(name, []):
        assert words in said


@pytest.mark.parametrize("stage", ["sdim", "edim"])
def test_each_stage_of_sdim_edim_alone_is_that_of_both_in_one_run(stage: str) -> None:
    whole, alone = settings_of("paper/sdim-edim/code"), settings_of(f"paper/sdim-edim/code/{stage}")
    of_both, model = whole.get(f"model.{stage}"), alone.get("model")
    assert {key: model[key] for key in of_both if key != "_type"} == {
        key: value for key, value in of_both.items() if key != "_type"
    }
    steps = whole.get("model.shared-steps")
    assert alone.get("budget") == (steps if stage == "sdim" else whole.get("budget") - steps)


def test_the_double_helix_is_trained_as_in_the_authors_notebook() -> None:
    settings = settings_of("paper/responses/helix")
    (group,) = settings.build("model.optim", "optimizer")([torch.nn.Parameter(torch.zeros(1))]).param_groups
    assert (group["amsgrad"], group["eps"]) == (True, 1e-8)
    model = settings.build("model", input_shape=(3,))
    assert model.latent.scale == "log-deviation"
    linear = [one for one in model.modules() if isinstance(one, torch.nn.Linear)]
    assert [one.out_features for one in linear] == [32, 32, 32, 32, 4, 32, 32, 32, 32, 3]
    assert sum(isinstance(one, torch.nn.ELU) for one in model.modules()) == 8
    points, reconstructed = torch.rand(5, 3), torch.rand(5, 3)
    squared = (points - reconstructed).square().sum() / 5  # nn.MSELoss(reduction="none"), summed
    torch.testing.assert_close(model.reconstruction(reconstructed, points), squared)


def test_without_a_config_of_its_own_a_call_keeps_validation_and_test_images() -> None:
    rule = Settings(sheets("m/qlae", "a/qlae", "d/3ds")).build("split")
    assert isinstance(rule, StandardSplit)
    assert (rule.test_share, rule.val_share, rule.replacement) == (0.2, 0.1, False)
