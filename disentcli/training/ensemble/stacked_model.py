"""Models of one architecture as one: every parameter and buffer stacked, all losses in one call."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor, nn
from torch.func import functional_call

from ...methods.method import Method, Noise


class StackedModel:
    """R models as one, with parameters (R, …) by name; each computes what it would compute alone.

    The models themselves keep their values until `unstack_to_runs`. Buffers that are not in a checkpoint are
    constants, for which the first model's are used; buffers of samplers are left alone.
    """

    def __init__(self, models: Sequence[Method]) -> None:
        self.models = list(models)
        self.parameters = stack_named([dict(model.named_parameters()) for model in models])
        for name, value in self.parameters.items():
            if value.ndim == 3:
                self.parameters[name] = column_major(value)
        self._buffers = stack_named([_buffers_in_step(model) for model in models])
        self._has_after_step = type(models[0]).after_step is not Method.after_step

    def losses(self, batches: Tensor, noise: Noise) -> dict[str, Tensor]:
        """Each term (R,) of batches (R, B, …), and their noise as `stack_noise` gives it."""
        along = (0, 0, 0, None if noise is None else 0)
        one = torch.vmap(self._losses_of_one, in_dims=along)
        return one(self.parameters, self._buffers, contiguous_strides(batches), noise)

    def _losses_of_one(
        self, parameters: dict[str, Tensor], buffers: dict[str, Tensor], batch: Tensor, noise: Any
    ) -> dict[str, Tensor]:
        losses: dict[str, Tensor] = functional_call(self.models[0], (parameters, buffers), (batch, noise))
        return losses

    def after_step(self, step: int) -> None:
        """Call `after_step` of each model on its own parameters and buffers."""
        if not self._has_after_step:
            return
        for run, model in enumerate(self.models):
            own = {**self.parameters, **self._buffers}
            views = {f"model.{name}": value[run] for name, value in own.items()}
            functional_call(_PostStepModule(model), views, (step,))

    @torch.no_grad()
    def unstack_to_runs(self) -> None:
        """Copy to every model its own parameters and buffers."""
        for run, model in enumerate(self.models):
            own = {**dict(model.named_parameters()), **_buffers_in_step(model)}
            for name, value in (*self.parameters.items(), *self._buffers.items()):
                own[name].copy_(value[run])


class _PostStepModule(nn.Module):
    """A model whose forward is its `after_step`: that is what `functional_call` calls."""

    def __init__(self, model: Method) -> None:
        super().__init__()
        self.model = model

    def forward(self, step: int) -> None:
        self.model.after_step(step)


def stack_named(each: Sequence[dict[str, Tensor]]) -> dict[str, Tensor]:
    """Tensors (R, …) by name, which need gradients where the R of that name do."""
    return {
        name: _stack([one[name].detach() for one in each]).requires_grad_(first.requires_grad)
        for name, first in each[0].items()
    }


def stack_noise(noises: Sequence[Noise]) -> Noise:
    """The noise (R, …) of a step from that of each run: a tensor, several by name, or none."""
    first = noises[0]
    if isinstance(first, dict):
        return {name: _stack([noise[name] for noise in noises]) for name in first}  # type: ignore[index, call-overload]
    return None if first is None else _stack(noises)  # type: ignore[arg-type]


def _stack(tensors: Sequence[Tensor]) -> Tensor:
    return contiguous_strides(torch.stack(list(tensors)))


def column_major(matrices: Tensor) -> Tensor:
    """Weights (R, outputs, inputs) of linear layers that lie transposed in memory.

    So do the gradients that a product of stacks gives, which are then taken as they are and not copied.
    """
    return matrices.detach().mT.contiguous().mT.requires_grad_(matrices.requires_grad)


def contiguous_strides(tensor: Tensor) -> Tensor:
    """The tensor as PyTorch lays it out by default, down to the strides of sides of 1.

    Group norms of maps whose channels lie last cannot be vmapped (torch 2.13).
    """
    return tensor.flatten().view(tensor.shape)


def _buffers_in_step(model: Method) -> dict[str, Tensor]:
    """The buffers that a step may read and change: those of checkpoints, but for a sampler's."""
    kept = model.state_dict(keep_vars=True)
    return {
        name: buffer
        for name, buffer in model.named_buffers()
        if name in kept and not name.startswith("sampler.")
    }
