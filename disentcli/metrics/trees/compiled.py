"""Functions compiled to machine code, kept on disk where there is a place to keep them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar, cast

import numba

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
