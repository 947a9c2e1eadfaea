"""What `disentcli init` writes: a project folder in which `fig` works, with a commented example."""

from __future__ import annotations

from pathlib import Path

from ..atomic_io import write_atomic
from ..errors import CallError, DisentError

PROJECT = """\
# The project file: omnifig looks for it from the current folder upwards.
name: {name}
module:
  - disentcli.console  # must come first: it teaches `fig` disentcli's commands and configs
  - my_methods         # your own components; they are imported when they are used
"""

README = """\
# {name}

A disentcli project. Try, in this folder:

    fig -h                          # the commands
    fig list components             # what can be combined
    fig show m/example a/conv12 d/sprites
    fig train m/example a/conv12 d/sprites --budget 1000
    fig list runs

* `config/` holds your configs; one of the same name as an installed config replaces it.
* `my_methods.py` holds your components, found by their decorators.
* `local_data/` holds the data, `trained_nets/` the runs.
"""

CONFIG = """\
# An example of a method of your own: an autoencoder whose codes are pulled towards zero (my_methods.py)
_base: base
reg-wt: 0.1  # reaches every component's argument of this name; --reg-wt 1 changes it for one call
model:
  _type: example
  latent: {_type: plain}
"""

COMPONENTS = '''\
"""Your own components. Each is a plain class; the decorator gives it the name by which configs call it."""

from __future__ import annotations

from torch import Tensor

from disentcli.methods.autoencoder import Autoencoder
from disentcli.registry import method


@method("example")
class Example(Autoencoder):
    """An autoencoder with a penalty on the size of its codes."""

    short_name = "example"  # in the names of runs

    # Arguments are filled by name from the node `model`; `latent`, `encoder` and `decoder` are nodes too.
    def __init__(self, latent, encoder, decoder, sampler=None, *, reg_wt: float = 0.1) -> None:
        super().__init__(latent, encoder, decoder, sampler, reg_wt=reg_wt)

    # Every term is returned without its weight, so that each can be followed in tensorboard.
    def losses(self, batch: Tensor, noise: Tensor | None = None, player: str = "model") -> dict[str, Tensor]:
        codes = self.latent.codes(self.encoder(batch))
        reconstruction = self.reconstruction(self.decoder(codes), batch)
        return {"reconstruction": reconstruction, "size": codes.square().sum(1).mean()}

    def weights(self, step: int) -> dict[str, float]:
        return {"reconstruction": 1.0, "size": self.reg_wt}
'''

IGNORED = "local_data/\ntrained_nets/\n__pycache__/\n"


def create_project(folder: Path) -> list[str]:
    """Write the files of a new project and return their names.

    Raises:
        CallError: one of them exists already; nothing is written then.
        DisentError: the folder cannot be written.
    """
    name = folder.resolve().name
    files = {
        ".omnifig.yml": PROJECT.format(name=name),
        "README.md": README.format(name=name),
        "config/m/example.yaml": CONFIG,
        "my_methods.py": COMPONENTS,
        ".gitignore": IGNORED,
    }
    taken = [file for file in files if (folder / file).exists()]
    if taken:
        raise CallError(
            f"{folder} already holds {', '.join(taken)}; choose another folder, or move these away"
        )
    try:
        for place in ("config/m", "local_data", "trained_nets"):
            (folder / place).mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise DisentError(f"cannot make a project in {folder}: {error.strerror}") from error
    for file, content in files.items():
        write_atomic(folder / file, content)
    return [*files, "local_data/", "trained_nets/"]
