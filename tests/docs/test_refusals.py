"""What the docs show of refused calls is what these print."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest

from disentcli.errors import Unsupported
from disentcli.latents import PlainLatent

from ..commands.in_process import Place
from .pages import PAGES, Command, commands, shown

SHOWN = [one for page in PAGES for one in commands(page) if re.match("error:|warning:", one.printed)]
ERRORS = next(page for page in PAGES if page.name == "errors.md")
MESSAGES = re.findall(r"^\| `([^|]+)`[^|]*\|", ERRORS.read_text(encoding="utf-8"), re.MULTILINE)
CALLS = (
    "train m/vae",
    "train d/sprites32",
    "train m/vae d/3ds",
    "eval",
    "eval --load x",
    "eval --load sprites",
    "train m/vae d/sprites32 --device cuda",
    "train a/conv16 m/vae d/sprites32",
    "train m/adagvae d/sprites32",
    "train m/tcvae d/sprites32 --dataset.batch-size 1",
    "train semi/cross-entropy m/vae d/sprites32",
    "train codebook m/ae d/sprites32",
    "train split/mpi/cyl2vx m/vae d/sprites32",
    "train m/factorvae d/sprites32 --seeds 2",
)


def plain(text: str) -> str:
    """Without folders and the seconds in the names of runs."""
    return re.sub(r"(\w)_\d{6}-\d{6}", r"\1", re.sub(r"[\w./-]*/(?=[\w-]+_\d{6}-\d{6}|local_data)", "", text))


@pytest.mark.parametrize("command", SHOWN, ids=str)
def test_a_refused_call_says_this(command: Command, docs_runs: Path, dataroot: Path) -> None:
    said = Place(docs_runs, dataroot).fig(*command.words).err
    for line in command.printed.strip().splitlines():
        assert plain(line) in plain(said)


@pytest.fixture(scope="module")
def said(docs_runs: Path, dataroot: Path, tmp_path_factory: pytest.TempPathFactory) -> str:
    """What all of CALLS say, and a call outside of a project and a model without a prior."""
    two = tmp_path_factory.mktemp("two") / "runs"
    for name in ("sprites_1", "sprites_2"):
        shutil.copytree(next(docs_runs.glob("sprites*")), two / name)
    place, nowhere = Place(two, dataroot), Place(two, dataroot, two)
    answers = [place.fig(*words.split()) for words in CALLS] + [nowhere.fig("list", "runs")]
    assert all(answer.code for answer in answers)
    with pytest.raises(Unsupported) as prior:
        PlainLatent(2).prior(1)
    return "\n".join([*(answer.err for answer in answers), str(prior.value)])


@pytest.mark.parametrize("message", MESSAGES)
def test_every_message_in_the_tables_is_one_of_ours(message: str, said: str) -> None:
    pattern = ".*".join(re.escape(piece) for piece in message.split("…"))
    assert re.search(pattern, said.replace("`", "")), f"{shown(ERRORS)}: {message}"


def test_there_are_refusals() -> None:
    assert len(SHOWN) >= 6
    assert len(MESSAGES) > 12
