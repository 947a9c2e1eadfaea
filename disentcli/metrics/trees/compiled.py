"""What the kernels share: how they are compiled, and the arrays that they work on."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple, TypeVar, cast

import numba
import numpy as np

Kernel = TypeVar("Kernel", bound=Callable[..., Any])


def compiled(kernel: Kernel) -> Kernel:
    """`numba.njit` that lets go of the interpreter's lock.

    The machine code is kept in $NUMBA_CACHE_DIR, beside the source or in the user's cache folder; where none
    of them can be written it is made anew in each process. It is renewed when the kernel's own file changes:
    kernels that call each other belong in one file.
    """
    try:
        return cast(Kernel, numba.njit(cache=True, nogil=True, error_model="numpy")(kernel))
    except RuntimeError:  # numba found no folder that it may write to
        return cast(Kernel, numba.njit(nogil=True, error_model="numpy")(kernel))


class Columns(NamedTuple):
    """Codes by column: values (D, N) float32, the points in order of each code (D, N), and 1/n for n ≤ N."""

    values: np.ndarray
    order: np.ndarray
    reciprocal: np.ndarray


class Trees(NamedTuple):
    """Trees of one stage: code, threshold, value of each node (T, nodes); decrease of impurity (T, D)."""

    code: np.ndarray
    threshold: np.ndarray
    value: np.ndarray
    decrease: np.ndarray


class Workspace(NamedTuple):
    """Room for one tree: sorted points of each level below the root (depth − 1, D, N), and of each point (N,)
    its place in scikit-learn's order, its side of the split at hand, its leaf."""

    levels: np.ndarray
    members: np.ndarray
    is_right: np.ndarray
    leaf: np.ndarray
