"""The worked example of the docs: a method, a latent and a decoder of a user's own, in three files."""

from __future__ import annotations

from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from typing import Any

import pytest
import torch
import yaml
from scipy.stats import kstest, laplace
from torch.distributions import Laplace, kl_divergence

from disentcli.config.config_layers import canonical
from disentcli.console.argv import parse

from ..conftest import PROJECT, Fig
from .pages import commands, section

PAGE = PROJECT / "docs" / "guides" / "own-method.md"
BLOCKS = {block.file: block.text for block in section(PAGE, "A worked example") if block.file}
FILES = {name: text.partition("\n")[2] for name, text in BLOCKS.items() if name.endswith(".py")}
CONFIG = BLOCKS["config/mine.yaml"]
CALLS = [list(one.words) for one in commands(PAGE, section(PAGE, "A worked example"))]
QUICK = ("--budget", 10, "--dataset.batch-size", 8, "--dataset.positions", 4)


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project in which nothing but the three files is a user's."""
    folder = tmp_path_factory.mktemp("project")
    (folder / "mine").mkdir()
    (folder / ".omnifig.yml").write_text("name: theirs\nmodule: [disentcli.console]\n")
    for name, source in FILES.items():
        (folder / name).write_text(source, encoding="utf-8")
    return folder


def imported(project: Path, name: str) -> Any:
    """One of the files as a module."""
    spec = spec_from_file_location(f"mine.{name}", project / f"mine/{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_three_files_are_short() -> None:
    assert sorted(FILES) == ["mine/laplace.py", "mine/outer.py", "mine/recombining.py"]
    code = {name: [line for line in source.splitlines() if line.strip()] for name, source in FILES.items()}
    assert max(map(len, code.values())) <= 30


def test_they_train_are_evaluated_and_listed(fig: Fig, forked_fig: Fig, project: Path) -> None:
    train, listing = CALLS
    done = fig(*train, *QUICK, cwd=project)
    assert done.returncode == 0, done.stderr
    assert "_recombining1_e-dislib_d-outer_" in done.stdout
    listed = forked_fig(*listing, cwd=project).stdout
    names = {line.split()[0] for line in listed.splitlines() if line.strip()}
    assert {"laplace", "outer", "recombining-vae", "gaussian"} <= names
    (project / ".omnifig.yml").write_text("name: theirs\nmodule: [disentcli.console, mine]\n")
    evaluated = forked_fig("eval", "--load", "last", "--limit", 32, cwd=project)
    assert evaluated.returncode == 0, evaluated.stderr
    assert "losses.mixing" in evaluated.stdout
    words = ("train", "a/dislib", "m/vae", "d/sprites32", "--model.decoder.rnak", 3)
    misspelt = forked_fig(*words, cwd=project)
    assert "did you mean model.decoder.rank?" in misspelt.stderr


def test_their_config_says_what_the_call_says() -> None:
    written = canonical(yaml.safe_load(CONFIG), "mine.yaml")
    del written["_base"]
    assert written == canonical(parse(CALLS[0]).arguments, "call")


def test_the_latent_is_laplaces(project: Path) -> None:
    module = imported(project, "laplace")
    latent, generator = module.LaplaceLatent(3), torch.Generator().manual_seed(0)
    features = torch.randn(4, 6, generator=generator)
    mean, log_scale = features.chunk(2, 1)
    expected = kl_divergence(Laplace(mean, log_scale.exp()), Laplace(0.0, 1.0))
    torch.testing.assert_close(latent.divergences(features), expected)
    torch.testing.assert_close(latent.losses(features, mean)["kl"], expected.sum(1).mean())
    assert kstest(latent.prior(2000, generator).flatten().numpy(), laplace.cdf).pvalue > 0.1
    drawn = latent.sample_for_decoder(
        features[:1].expand(5000, -1), torch.randn(5000, 3, generator=generator)
    )
    for d in range(3):
        law = laplace(mean[0, d].item(), log_scale[0, d].exp().item())
        assert kstest(drawn[:, d].numpy(), law.cdf).pvalue > 0.01


def test_the_decoder_is_a_sum_of_outer_products(project: Path) -> None:
    decoder = imported(project, "outer").OuterDecoder(2, (3, 4, 5), rank=1)
    images = decoder(torch.randn(2, 2, generator=torch.Generator().manual_seed(0)))
    assert images.shape == (2, 3, 4, 5)
    for matrix in (
        images.flatten(2),
        images.transpose(1, 2).flatten(2),
        images.permute(0, 3, 1, 2).flatten(2),
    ):
        assert torch.linalg.matrix_rank(matrix.detach().double(), rtol=1e-5).tolist() == [1, 1]
