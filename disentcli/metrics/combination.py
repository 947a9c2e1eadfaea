"""Held-out combinations of factors: does the encoder misplace them, or does the decoder fail on them?"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated, Any

import numpy as np

from ..config.coercion import Bounds, PositiveFloat
from ..errors import Unsupported
from ..registry import metric
from .placement import Placement, fit_placement, placement_error, root_mean_square
from .split_parts import HELD_OUT, NOTHING_HELD_OUT, TRAIN, SplitParts, by_part

VERDICTS = ("neither", "encoder", "decoder", "both")  # by the number of the score `verdict`
Ratio = Annotated[float, Bounds(least=1)]


@metric("combination")
def combination(
    split_parts: SplitParts,
    *,
    condition: tuple[str, ...] = (),
    encoder_ratio: Ratio = 2.0,
    decoder_ratio: Ratio = 2.0,
    least_decoder_error: PositiveFloat = 0.05,
    most_reference_error: PositiveFloat = 0.5,
) -> dict[str, float | str | Mapping[str, Any]]:
    """Where held-out combinations land beside where they should, what is decoded there, and which part fails.

    Expected codes are those of an additive model of the training codes by factors (`fit_placement`).

    `<part>.placement_error`: √(mean d²) of `placement_error`, the distance of codes from their expected codes
    in spreads of a cell, by all factors; `placement_error_condition`: by the factors of the condition alone
    (what others change is then spread), over all latents weighted; `placement_error_latents`: the same over
    the latents that are assigned to these factors, as in the published figure. All are near 1 for codes that
    are additive, with whatever noise. What the model reaches for `in_distribution` images is the reference,
    or for training images where the split keeps no others.

    `<part>.nll_expected`, `mse_expected`: errors of images decoded from their expected codes, as those of
    `reconstruction_by_part`. `decoder_error`: that squared error over that of the mean training image for the
    same images, a share of their variance which does not depend on their content.

    `encoder_fails`: 1 where the placement error of held-out images is more than `encoder_ratio` times
    max(1, that of the reference). At 2, they lie √(2² − 1) = 1.7 spreads off in each latent: two normal
    clouds so far apart share 39 %. `decoder_fails`: 1 where the decoder error of held-out images is more than
    `decoder_ratio` times max(`least_decoder_error`, that of the reference): twice the share, and more than a
    tenth of the variance in all. NaN where the reference is above `most_reference_error`: expected codes then
    say little of any image. `verdict`: 0 neither, 1 encoder, 2 decoder, 3 both.

    condition: the factors of the combinations; those of the split's predicates if not given.
    Source: the figures and the claim of Montero et al., NeurIPS 2022, who draw it and give no numbers.

    Raises:
        Unsupported: nothing is held out, the data have no factors, codes are tokens, or there are too few
            training images.
    """
    if not len(split_parts.indices[HELD_OUT]):
        raise Unsupported(NOTHING_HELD_OUT)
    if not split_parts.ordered:
        raise Unsupported("the codes are names of tokens, without distances")
    columns = split_parts.columns()
    named = split_parts.positions(condition or split_parts.held_out_factors)
    chosen = [k for k in named if k in columns]
    if not chosen:
        raise Unsupported("no factor of the condition varies; name some with the option `condition`")
    placement = _fit(split_parts, columns)
    scores = _placement_errors(split_parts, columns, chosen, placement)
    reasons = _unknown_places(split_parts, columns, placement)
    try:
        decoded = _decoder_errors(split_parts, columns, placement)
        scores = {part: {**one, **decoded.get(part, {})} for part, one in scores.items()}
    except Unsupported as reason:
        reasons.append(str(reason))
    held_out, reference = scores[HELD_OUT], scores[split_parts.reference]
    encoder = _exceeds(held_out, reference, "placement_error", encoder_ratio, 1.0)
    decoder = _exceeds(held_out, reference, "decoder_error", decoder_ratio, least_decoder_error)
    if reference.get("decoder_error", 0.0) > most_reference_error:
        decoder = float("nan")
        reasons.append(
            "images decoded from expected codes are far off in distribution too and tell nothing of the "
            "decoder: the codes are not additive in the factors"
        )
    found = {**by_part(split_parts, scores), "encoder_fails": encoder, "decoder_fails": decoder}
    found["verdict"] = encoder + 2 * decoder
    used = {"condition": ", ".join(split_parts.dataset.factor_names[k] for k in chosen)}
    if not np.isnan(encoder + decoder):
        used["verdict"] = VERDICTS[int(encoder + 2 * decoder)]
    return {**found, "used": used, **({"reason": "; ".join(dict.fromkeys(reasons))} if reasons else {})}


def _fit(parts: SplitParts, columns: Sequence[int]) -> Placement:
    factors, sizes = parts.classes(TRAIN, columns)
    return fit_placement(parts.codes(TRAIN), factors, sizes)


def _placement_errors(
    parts: SplitParts, columns: Sequence[int], condition: Sequence[int], placement: Placement
) -> dict[str, dict[str, float]]:
    """The three placement errors of each part."""
    of_condition = _fit(parts, condition)
    assigned = placement.assigned_latents()[[columns.index(k) for k in condition]]
    weights = np.zeros(len(placement.intercept))
    weights[assigned[assigned >= 0]] = 1.0
    scores = {}
    for part in parts.present:
        codes = parts.codes(part)
        of_all, of_these = (parts.classes(part, chosen)[0] for chosen in (columns, condition))
        distances = {
            "placement_error": placement_error(placement, codes, of_all),
            "placement_error_condition": placement_error(of_condition, codes, of_these),
            "placement_error_latents": placement_error(of_condition, codes, of_these, weights=weights),
        }
        scores[part] = {name: root_mean_square(one) for name, one in distances.items()}
    return scores


def _decoder_errors(
    parts: SplitParts, columns: Sequence[int], placement: Placement
) -> dict[str, dict[str, float]]:
    """Errors of images decoded from their expected codes, of each part; Unsupported without a decoder."""
    scores, mean_image = {}, None
    for part in parts.present:
        expected = placement.expected(parts.classes(part, columns)[0])
        known = ~np.isnan(expected).any(axis=1)
        if not known.any():
            continue
        indices = parts.indices[part][known]
        nll, mse = parts.errors.of_codes(indices, expected[known])
        if mean_image is None:
            mean_image = parts.errors.mean_image(parts.indices[TRAIN])
        share = mse / (parts.errors.of_image(indices, mean_image) or 1.0)
        scores[part] = {"nll_expected": nll, "mse_expected": mse, "decoder_error": share}
    return scores


def _unknown_places(parts: SplitParts, columns: Sequence[int], placement: Placement) -> list[str]:
    """Why no held-out image has an expected place, if none has."""
    expected = placement.expected(parts.classes(HELD_OUT, columns)[0])
    if not np.isnan(expected).any(axis=1).all():
        return []
    return [
        "each held-out image has a value that training never shows (extrapolation), so where it should land "
        "does not follow from the codes of others"
    ]


def _exceeds(
    held_out: Mapping[str, float], reference: Mapping[str, float], name: str, ratio: float, least: float
) -> float:
    """1.0 where the held-out score is above ratio · max(least, reference), else 0.0; NaN if unknown."""
    score, other = (scores.get(name, float("nan")) for scores in (held_out, reference))
    return float("nan") if np.isnan(score + other) else float(score > ratio * max(least, other))
