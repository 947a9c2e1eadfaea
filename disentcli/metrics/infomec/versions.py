"""The published versions of InfoMEC: what each one sets, for continuous and for discrete codes."""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from typing import Any

from ...errors import CallError
from .ratios import ActivityRule

ESTIMATORS = ("neighbours", "binned", "discrete")
NORMALISATIONS = ("factors", "codes", "geometric-mean", "arithmetic-mean", "none")


@dataclass(frozen=True)
class InfoMECSettings:
    """What decides the scores.

    estimator: of mutual information, from nearest `neighbours`, from codes cut into `bins` equal widths (a
      number, or "auto": numpy's rule), or from codes that are classes already.
    pruning: an `ActivityRule`, on the codes' values or, if `by_index`, on their indices.
    one_hot: factors are predicted from which value each code has, not from how large it is.
    clipped: InfoE's logarithms are of probabilities of at least 2.2e-16.
    """

    version: str
    estimator: str
    pruning: str
    neighbours: int
    clipped: bool
    one_hot: bool = False
    by_index: bool = False
    bins: int | str = 20
    max_iter: int = 100
    normalisation: str = "factors"

    def record(self) -> dict[str, Any]:
        """The settings as plain values, without those that this estimator does not use."""
        unused = {"neighbours": {"bins"}, "binned": {"neighbours"}, "discrete": {"bins", "neighbours"}}
        return {key: value for key, value in asdict(self).items() if key not in unused[self.estimator]}


def _later(version: str, pruning: str, neighbours: int, max_iter: int = 100) -> InfoMECSettings:
    return InfoMECSettings(version, "neighbours", pruning, neighbours, clipped=True, max_iter=max_iter)


def _indexed(continuous: InfoMECSettings, pruning: str) -> InfoMECSettings:
    return replace(continuous, estimator="discrete", pruning=pruning, one_hot=True, by_index=True)


_SNAPSHOT = InfoMECSettings("v1-snapshot", "neighbours", "range/8", 3, clipped=False)
_STANDALONE = _later("standalone", "range/20", 10)
_TRIPOD = _later("tripod", "iqr/10", 10)
_FACTORQVAE = _later("factorqvae", "range/20", 3, max_iter=500)

VERSIONS = {  # version: (for continuous codes, for discrete codes)
    "v1-snapshot": (_SNAPSHOT, replace(_SNAPSHOT, estimator="discrete")),
    "standalone": (_STANDALONE, _indexed(_STANDALONE, "range>0")),
    "tripod": (_TRIPOD, replace(_indexed(_TRIPOD, "iqr>0.1"), by_index=False)),
    "factorqvae": (_FACTORQVAE, _indexed(_FACTORQVAE, "range>0")),
}


def version_settings(version: str, discrete: bool, **options: Any) -> InfoMECSettings:
    """What a version sets for discrete or continuous codes; options that are not None replace it.

    v1-snapshot: kylehkhsu/disentangle 9f33295 (June 2023). standalone: infomec.py (August 2023) of
    kylehkhsu/latent_quantization, which its author recommends. tripod: his Tripod (April 2024). factorqvae:
    the standalone rules with FactorQVAE's 3 neighbours and 500 iterations. Discrete codes are pruned by their
    indices, but in tripod by their values, which its quantiser puts between −1 and 1.

    Raises:
        CallError: the version or an option's value is unknown.
    """
    if version not in VERSIONS:
        raise CallError(f"InfoMEC has no version {version!r}; known: {', '.join(VERSIONS)}")
    given = {name: value for name, value in options.items() if value is not None}
    settings = replace(VERSIONS[version][discrete], **given)
    _one_of("estimator", settings.estimator, ESTIMATORS)
    _one_of("normalisation", settings.normalisation, NORMALISATIONS)
    ActivityRule.parse(settings.pruning)
    if settings.neighbours < 1 or settings.max_iter < 1:
        raise CallError(
            f"neighbours and max-iter are at least 1, not {settings.neighbours} and {settings.max_iter}"
        )
    if settings.one_hot and not discrete:
        raise CallError("one-hot prediction needs to know which value each code has: give code_indices")
    if settings.estimator == "neighbours" and settings.normalisation not in ("factors", "none"):
        raise CallError("neighbours give a continuous code no entropy: normalise by factors, or by none")
    return settings


def _one_of(name: str, value: str, known: tuple[str, ...]) -> None:
    if value not in known:
        raise CallError(f"InfoMEC knows no {name} {value!r}; known: {', '.join(known)}")
