"""Tells malloc to keep the memory of large activations instead of returning it at every step."""

from __future__ import annotations

import ctypes
import sys

M_TRIM_THRESHOLD, M_MMAP_THRESHOLD, M_MMAP_MAX = -1, -3, -4  # malloc.h
NEVER = 2**31 - 1  # bytes; mallopt takes an int


def disable_malloc_trim() -> bool:
    """Tell glibc's malloc neither to map large blocks one by one nor to trim its heap.

    Without it each step of a large network requests and returns millions of pages.

    Returns:
        Whether it was done; other systems than Linux with glibc do not need it.
    """
    if not sys.platform.startswith("linux"):
        return False
    try:
        mallopt = ctypes.CDLL("libc.so.6").mallopt
    except (OSError, AttributeError):
        return False
    return bool(mallopt(M_MMAP_MAX, 0)) and bool(mallopt(M_TRIM_THRESHOLD, NEVER))
