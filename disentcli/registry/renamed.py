"""Names of version 0.1 for members of components, which a class of today would define in vain."""

from collections.abc import Callable
from typing import Any

from ..errors import DisentError

RENAMED = {
    "encoder": {"code": "short_name"},
    "decoder": {"code": "short_name", "meet": "check_compatible"},
    "sampler": {"meet": "check_compatible"},
    "latent": {
        "embed": "to_decoder",
        "sample": "sample_for_decoder",
        "snap": "project",
        "split": "distribution_params",
        "terms": "loss_names",
    },
    "method": {
        "cast": "active_players",
        "code": "short_name",
        "fit": "init_from_data",
        "fit_images": "init_images",
        "groups": "param_groups",
        "players": "player_parameters",
        "represent": "encode_as",
        "representations": "encode_all",
        "represents": "representation_names",
        "settle": "after_step",
        "take_over": "load_pretrained",
        "turns": "players_to_update",
        "views": "num_views",
    },
}


def check_renamed(kind: str, component: Callable[..., Any]) -> None:
    """Check that a class says what it says under the names of today.

    Raises:
        DisentError: it defines members whose name is another one since version 0.2; the message lists them.
    """
    old = {name: new for name, new in RENAMED.get(kind, {}).items() if name in vars(component)}
    if old:
        names = ", ".join(f"`{name}` is `{new}`" for name, new in old.items())
        raise DisentError(f"{kind} {component.__qualname__}: since version 0.2 {names}; rename it there")
