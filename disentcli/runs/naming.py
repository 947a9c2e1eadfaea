"""The names of runs: `<data>_<method><weight>_e-<enc>_d-<dec>[_<extra>]_<yymmdd-HHMMSS>`."""

from __future__ import annotations

import re
from datetime import datetime

from ..errors import CallError


def generated_name(
    data: str,
    method: str,
    reg_wt: float | None = None,
    encoder: str | None = None,
    decoder: str | None = None,
    extra: str | None = None,
) -> str:
    """The part of a run's name before its date.

    >>> generated_name("3ds", "vae", 0.5, "c12", "s12")
    '3ds_vae0p5_e-c12_d-s12'
    >>> generated_name("3ds", "ae", 0.0, "c12", "s12", extra="nosplit")
    '3ds_ae_e-c12_d-s12_nosplit'
    """
    terms = [data, method + weight_text(reg_wt)]
    if encoder:
        terms.append(f"e-{encoder}")
    if decoder:
        terms.append(f"d-{decoder}")
    if extra:
        terms.append(extra)
    return re.sub(r"[^\w.+=-]", "", "_".join(terms))


def weight_text(reg_wt: float | None) -> str:
    """A regularisation weight as part of a name: nothing unless positive."""
    return number_text(reg_wt) if reg_wt and reg_wt > 0 else ""


def number_text(number: float) -> str:
    """A number as part of a name: `p` for the point."""
    return f"{number:g}".replace(".", "p")


def timestamped(name: str, when: datetime | None = None) -> str:
    """The name with the second at which the run was made."""
    return f"{name}_{(when or datetime.now()):%y%m%d-%H%M%S}"


def validate_name(name: str) -> str:
    """A name or ident that a user chose, if it can be a file's name.

    Raises:
        CallError: it holds a slash, a blank or another character that does not belong in a name.
    """
    if not re.fullmatch(r"[\w+=-][\w.+=-]*", name) or name == "last":
        raise CallError(
            f"{name!r} cannot name a run or its results: use letters, digits and . _ - + =, "
            "no blanks, no leading dot, and not the word 'last'"
        )
    return name
