"""`fig figures` as a user calls it."""

from __future__ import annotations

from pathlib import Path

from ..conftest import Fig
from .in_process import Call


def test_figures_of_a_run_are_drawn_and_what_is_missing_is_told(
    forked_fig: Fig, here: Call, runs: Path
) -> None:
    train = ("train", "m/vae", "d/sprites32", "--latent-dim", 3, "--budget", 3, "--dataset.batch-size", 4)
    done = here(*train, "--name", "seen", "--quiet")
    assert done.returncode == 0, done.stderr
    call = ("figures", "--load", "last", "--points", 50, "--formats", "png,svg", "--range", "minmax")
    done = forked_fig(*call, "--only", "traversals,histograms,codebooks")
    assert done.returncode == 0, done.stderr
    (folder,) = runs.glob("*/figures/figures-val")
    names = sorted(path.name for path in folder.iterdir())
    assert names == ["histograms.png", "histograms.svg", "traversals.png", "traversals.svg"]
    assert "codebooks (the latent is continuous" in done.stdout
    assert "from the least to the largest" in (folder / "traversals.svg").read_text()
    wrong = here("figures", "--load", "last", "--only", "traversal")
    assert wrong.returncode == 2
    assert "did you mean traversals" in wrong.stderr
