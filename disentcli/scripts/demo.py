"""`fig demo`: the main job on an embedded default, as the commands that a user would type."""

from __future__ import annotations

import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

from ..console.fig_process import fig_command, fig_environment
from ..console.follow_up import program
from ..errors import CallError, DisentError
from ..registry import script

if TYPE_CHECKING:
    from ..config.settings import Settings
    from ..runs.run import Run

TAKES = "nothing"
NODES = ()
SETTINGS = ("saveroot",)

TRAININGS = (
    ("train", "demo", "--budget", "0", "--name", "demo-untrained"),
    ("train", "demo", "--name", "demo-sae"),
    ("train", "demo/vae", "--name", "demo-vae"),
)


@script("demo")
def demo(settings: Settings) -> int:
    """Trains a structural autoencoder and a VAE on small sprites, evaluates both and compares them."""
    from ..runs.run import Run

    saveroot = settings.get("saveroot")
    if settings.words:
        raise CallError(f"fig demo takes no words, got {' '.join(settings.words)}; call it alone: fig demo")
    runs = []
    for words in TRAININGS:
        fig(*words, saveroot=saveroot)
        run = Run.find(saveroot, "last")
        fig("eval", "--load", run.name, saveroot=saveroot)
        fig("eval-metrics", "eval/demo", "--load", run.name, saveroot=saveroot)
        runs.append(run)
    fig("compare", *(run.name for run in runs), saveroot=saveroot)
    page = Path(saveroot) / "demo.html"
    fig("report", *(run.name for run in runs), "--out", str(page), "--overwrite", saveroot=saveroot)
    log_images(runs, page)
    return 0


def fig(*words: str, saveroot: Path) -> None:
    """Show a command, and run it as its own process."""
    print(f"\n$ {program()} {' '.join(words)}", flush=True)
    command = fig_command([*words, "--saveroot", str(saveroot)])
    code = subprocess.run(command, env=fig_environment(), check=False).returncode
    if code:
        raise DisentError(f"`fig {' '.join(words)}` ended with exit code {code}, and with it the demo")


def log_images(runs: list[Run], page: Path) -> None:
    """Where to look."""
    print("\nLook at them:")
    for run in runs:
        for picture in sorted((run.path / "figures").glob("*/*.png")):
            print(f"  {picture}")
    print(f"All of it on one page, with sliders: {page}")
