"""What was trained, for the first screen of a page: method, data, size, time, and the scores that matter."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ..errors import DisentError
from ..methods.inference import Inference
from ..runs.config_lookup import MISSING, value_text
from ..runs.result_file import ResultFile
from ..runs.results import idents, read_results
from ..runs.run import Run
from ..tables.display_names import DATA, METHODS, score_words, sentence_case
from ..tables.score_direction import arrow
from ..tables.score_tables import full_name
from ..tables.table import score_text

MOST_SCORES = 8
# scores that a reader looks for, in this order; of a metric that is not here, none
HEADLINES = (
    *("mig", "dci.disentanglement", "dci.completeness", "dci.informativeness_test", "factor_vae"),
    *("infomec.infom", "infomec.infoc", "infomec.infoe", "beta_vae", "sap", "irs"),
    *("responses.causal_disentanglement_score", "cds", "downstream", "combination.verdict"),
    *("reconstruction.psnr", "reconstruction.mse_per_pixel", "fid.sample", "frechet_pixels.sample"),
    *("losses.reconstruction", "losses.kl", "losses.loss"),
)


@dataclass(frozen=True)
class Headline:
    """A score on the first screen: its name in words with its direction, its value, where it stands."""

    name: str
    value: str
    ident: str


@dataclass(frozen=True)
class RunSummary:
    """The first screen: a title in words, facts by their name, the scores that matter."""

    title: str
    facts: dict[str, str]
    scores: list[Headline]


def summarize(run: Run, inference: Inference | None = None) -> RunSummary:
    """The summary of a run; sizes that only the model and the data know come from `inference`."""
    config, info = run.config(), run.info()
    if isinstance(run, ResultFile):
        facts = {"Codes": _codes(config)}
    else:
        facts = {
            "Method": _method(config),
            "Data": _data(config, inference),
            "Size": _size(config, inference),
            "Training": _training(config, info),
        }
    return RunSummary(title_of(run), {name: text for name, text in facts.items() if text}, headlines(run))


def title_of(run: Run) -> str:
    """What was trained on which data, in words; the run's name where the config does not say."""
    config = run.config()
    method, data = value_text(config, "method"), value_text(config, "dataset")
    if MISSING in (method, data):
        return run.name
    return sentence_case(f"{METHODS.get(method, method)} on {DATA.get(data, data)}")


def headlines(run: Run) -> list[Headline]:
    """The scores that a reader looks for, of the first evaluation that has them."""
    found: dict[str, Headline] = {}
    for ident in idents(run):
        try:
            scores = read_results(run, ident).scores
        except DisentError:
            continue  # the table of scores says what is wrong with it
        for name, value in _named(scores).items():
            if value is not None and name not in found:
                found[name] = Headline(score_words(name) + arrow(name), score_text(value), ident)
    return [found[name] for name in HEADLINES if name in found][:MOST_SCORES]


def _named(scores: Mapping[str, Mapping[str, float | None]]) -> dict[str, float | None]:
    return {full_name(metric, name): value for metric, one in scores.items() for name, value in one.items()}


def _method(config: Mapping[str, Any]) -> str:
    """The method with its weight, its latent and its networks."""
    method, weight = value_text(config, "method"), value_text(config, "reg-wt")
    parts = [METHODS.get(method, method) + ("" if weight in (MISSING, "0") else f", weight {weight}")]
    for word in ("latent", "encoder", "decoder"):
        if (value := value_text(config, word)) != MISSING:
            parts.append(f"{word} {value}")
    return "" if method == MISSING else ", ".join(parts)


def _data(config: Mapping[str, Any], inference: Inference | None) -> str:
    data, split = value_text(config, "dataset"), value_text(config, "split")
    parts = [DATA.get(data, data)]
    if inference is not None:
        count, shape = len(inference.dataset), inference.dataset.shape
        kind = "images" if len(shape) == 3 else "vectors"
        parts.append(f"{count:,} {kind} of {shape_words(shape)}")
    else:
        parts += [shape_words(shape) for shape in [_configured_shape(config)] if shape]
    parts += [f"split {split}"] if split not in (MISSING, "standard") else []
    return "" if data == MISSING else ", ".join(parts)


def _configured_shape(config: Mapping[str, Any]) -> tuple[int, ...]:
    """The shape of an observation as the encoder was built for it; () where the config does not say."""
    encoder = (config.get("model") or {}).get("encoder") or {}
    shape = encoder.get("input_shape") if isinstance(encoder, Mapping) else None
    return tuple(shape) if isinstance(shape, (list, tuple)) else ()


def shape_words(shape: Sequence[int]) -> str:
    """The shape of an observation.

    >>> shape_words((3, 64, 64)), shape_words((40,))
    ('3 × 64 × 64', '40')
    """
    return " × ".join(map(str, shape))


def _size(config: Mapping[str, Any], inference: Inference | None) -> str:
    latents = value_text(config, "latent-dim")
    parts = [] if latents == MISSING else [f"{latents} latents"]
    if inference is not None:
        count = sum(parameter.numel() for parameter in inference.model.parameters())
        parts.append(f"{count:,} parameters")
    return ", ".join(parts)


def _training(config: Mapping[str, Any], info: Mapping[str, Any]) -> str:
    parts = []
    if (batch := value_text(config, "dataset.batch-size")) != MISSING:
        parts.append(f"batches of {batch}")
    if info.get("seed") is not None:
        parts.append(f"seed {info['seed']}")
    seconds = info.get("wall_seconds")
    if isinstance(seconds, (int, float)) and math.isfinite(seconds) and seconds > 0:
        parts.append(f"{duration_words(seconds)} on {info.get('device', 'an unknown device')}")
    if isinstance(created := info.get("created"), str):
        parts.append(f"begun {created[:16].replace('T', ' ')}")
    return ", ".join(parts)


def duration_words(seconds: float) -> str:
    """A duration in the two units that say it.

    >>> duration_words(42), duration_words(1035), duration_words(93_600)
    ('42 s', '17 min', '26 h 0 min')
    """
    if seconds < 100:
        return f"{seconds:.0f} s"
    minutes = round(seconds / 60)
    return f"{minutes} min" if minutes < 100 else f"{minutes // 60} h {minutes % 60} min"


def _codes(config: Mapping[str, Any]) -> str:
    """Which codes the scores of a file are of."""
    found = [f"{config['rows']:,} rows"] if isinstance(config.get("rows"), int) else []
    found += [f"{config['latents']} latents"] if "latents" in config else []
    return ", ".join([str(config.get("codes", "")), *found]).strip(", ")
