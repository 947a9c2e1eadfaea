"""Freezing parts of a method: their parameters and buffers stay as they are while the others are trained."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from torch import nn

from ..errors import CallError
from ..suggestions import unknown
from .method import Method


def freeze(model: Method, parts: Sequence[str], budget: int) -> None:
    """Keep these parts of a method (`encoder`, `decoder`, `latent`, …) as they are from now on.

    Their parameters need no gradient, so that no optimiser is given them, and their modules stay in
    evaluation mode, so that batch normalisation neither uses nor moves with the statistics of a batch.

    Raises:
        CallError: the method has no such part, or nothing is left to train in some phase of `budget` steps.
    """
    found = [find_part(model, part) for part in parts]
    for module in found:
        module.requires_grad_(False)
    model.frozen = tuple(parts)
    model.train(model.training)
    if parts:
        _check_something_left(model, budget)


def trainable_parameters(model: Method) -> dict[str, list[nn.Parameter]]:
    """What each player updates, without what is frozen; players that have nothing left are not there."""
    left = {player: _trainable(own) for player, own in model.player_parameters().items()}
    return {player: parameters for player, parameters in left.items() if parameters}


def trainable_groups(model: Method, player: str) -> list[dict[str, Any]]:
    """The parameter groups of a player, without what is frozen."""
    groups = [{**one, "params": _trainable(one["params"])} for one in model.param_groups(player)]
    return [group for group in groups if group["params"]]


def _trainable(parameters: Iterable[nn.Parameter]) -> list[nn.Parameter]:
    return [one for one in parameters if one.requires_grad]


def find_part(model: Method, name: str) -> nn.Module:
    """The module of this name below the method: one that is trained, or a latent without parameters.

    Raises:
        CallError: there is none; the message says which there are.
    """
    known = [part for part, module in model.named_children() if next(module.parameters(), None) is not None]
    known += [part for part in ("latent",) if hasattr(model, part) and part not in known]
    try:
        module = model.get_submodule(name) if name.partition(".")[0] in known else None
    except AttributeError:
        module = None
    if module is None:
        raise CallError(unknown("part", name, known, f"these are the parts of {model.short_name}"))
    return module


def _check_something_left(model: Method, budget: int) -> None:
    players = trainable_parameters(model)
    frozen = ", ".join(model.frozen)
    if not players:
        raise CallError(
            f"all of {model.short_name} is frozen ({frozen}): there is nothing to train; freeze fewer parts"
        )
    for step in (0, max(budget - 1, 0)):
        active = model.active_players(step)
        if not players.keys() & set(active):
            raise CallError(
                f"at step {step:,} {model.short_name} trains {' and '.join(active)}, all of which is frozen "
                f"({frozen}); freeze fewer parts"
            )
