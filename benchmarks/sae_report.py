"""What the studies of structural autoencoders found, as sections of docs/papers/structural-autoencoders.md.

python benchmarks/sae_report.py
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import Any

from study_page import by_cell, values, with_sections
from study_rows import Rows

from disentcli.tables.intervals import estimate, estimate_text
from disentcli.tables.table import markdown_table

PAGE = Path(__file__).parents[1] / "docs" / "papers" / "structural-autoencoders.md"
STUDY = ["study/sae-responses-room"]
#: the name of each model, and its causal score in the authors' notebook
MODELS = {
    "paper/sae/sae12": ("SAE-12", ".928"),
    "paper/sae/sae6": ("SAE-6", ".802"),
    "paper/sae/sae4": ("SAE-4", ".746"),
    "paper/sae/sae3": ("SAE-3", ".729"),
    "paper/sae/sae2": ("SAE-2", ".668"),
    "paper/sae/adaae12": ("AdaAE-12", ".485"),
    "paper/sae/ae": ("AE", ".422"),
    "paper/sae/vae": ("VAE", ".679"),
    "paper/sae/bvae --reg-wt 2": ("β-VAE, β = 2", ".956; .609 with another activation"),
    "paper/sae/vlae12": ("VLAE-12", ".880"),
    "paper/sae/wae": ("WAE", ".42 to .46"),
}
#: DCI disentanglement and IRS on 3D-Shapes in the preprint of 2020 (an earlier code, the test images)
PREPRINT = {
    "paper/sae/sae12": {"DCI-D": ".97", "IRS": ".89"},
    "paper/sae/sae6": {"DCI-D": ".80", "IRS": ".81"},
    "paper/sae/sae4": {"DCI-D": ".70", "IRS": ".68"},
    "paper/sae/ae": {"DCI-D": ".19", "IRS": ".51"},
    "paper/sae/vae": {"DCI-D": ".89", "IRS": ".74"},
    "paper/sae/vlae12": {"DCI-D": ".85", "IRS": ".83"},
}
CAUSAL = "responses.causal_disentanglement_score"
FEBRUARY = ("responses-0.5.10", CAUSAL)
#: the head of each column, with the evaluation and score that it shows
SCORES = {
    "CDS, 0.5.10": FEBRUARY,
    "CDS, 0.5.14": ("responses-0.5.14", CAUSAL),
    "CDS, 2022": ("metrics-sae", CAUSAL),
    "DCI-D": ("metrics-sae", "dci.disentanglement"),
    "IRS": ("metrics-sae", "irs"),
    "MIG": ("metrics-sae", "mig"),
    "MSE": ("eval-val", "reconstruction.mse_per_pixel"),
}
SAMPLES = {kind: ("eval-val", f"frechet_pixels.{kind}") for kind in ("reconstruction", "hybrid", "prior")}
ORDER = (("SAE-12", "AE"), ("SAE-12", "VAE"), ("SAE-12", "AdaAE-12"))
CAUSAL_INTRODUCTION = """\
Of [latent responses](latent-responses.md), on rooms of 32 pixels with half as wide networks
(`fig sweep study/sae-responses-room`), mean ± standard deviation over seeds. Published: the authors' notebook
of 2021, 3D-Shapes of 64 pixels, one run each, in the variant 0.5.10 of the score; in brackets the preprint of
2020. The published budget is 100,000 steps, ours is in the last column."""
SAMPLES_INTRODUCTION = """\
Fréchet distances of small images (`--fid.features pixels`) to the validation images, of the same runs: no
published figure is of this kind. Autoencoders have no prior to draw from."""


def by_model(rows: Sequence[Mapping[str, Any]]) -> dict[str, list[Mapping[str, Any]]]:
    """The rows of each model's longest runs, by its config."""
    return {model: found for (model,), found in by_cell(rows, ("model",)).items()}


def cells(
    rows: Sequence[Mapping[str, Any]],
    scores: Mapping[str, tuple[str, str]],
    known: Mapping[str, str] = MappingProxyType({}),
) -> list[str]:
    """Mean ± standard deviation of each score, then seeds and steps; dashes without rows.

    known: published values by the head of their column, which stand in brackets.
    """
    shown = [
        estimate_text(estimate(values(rows, score), "std")) + (f" ({known[head]})" if head in known else "")
        for head, score in scores.items()
    ]
    seeds = str(len(rows)) if rows else "–"
    return [*shown, seeds, f"{rows[0]['steps']:,}" if rows else "–"]


def causal_section(rows: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    """Lines of the causal disentanglement score of each model beside the published one."""
    runs = by_model(rows)
    yield from (*CAUSAL_INTRODUCTION.splitlines(), "")
    head = ["model", "published", *SCORES, "seeds", "steps"]
    body = [
        [name, known, *cells(runs.get(key, []), SCORES, PREPRINT.get(key, {}))]
        for key, (name, known) in MODELS.items()
    ]
    yield from markdown_table(head, body).splitlines()
    keys = {name: key for key, (name, _) in MODELS.items()}
    yield ""
    for first, second in ORDER:
        pair = [values(runs.get(keys[name], []), FEBRUARY) for name in (first, second)]
        yield f"* {first} above {second}: {comparison(*pair)}."


def comparison(first: Sequence[float], second: Sequence[float]) -> str:
    """Whether every value of the first is above every one of the second: yes, no, or not told apart.

    >>> comparison([0.9, 0.8], [0.4]), comparison([0.9, 0.3], [0.4])
    ('yes (0.850 ± 0.071 against 0.4)', 'the seeds overlap (0.60 ± 0.42 against 0.4)')
    """
    if not first or not second:
        return "not measured yet"
    above, below = min(first) > max(second), max(first) < min(second)
    shown = [estimate_text(estimate(one, "std")) for one in (first, second)]
    word = "yes" if above else "no" if below else "the seeds overlap"
    return f"{word} ({shown[0]} against {shown[1]})"


def samples_section(rows: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    """Lines of the distances of reconstructions, hybrids and prior samples."""
    runs = by_model(rows)
    yield from (*SAMPLES_INTRODUCTION.splitlines(), "")
    body = [[name, *cells(runs.get(key, []), SAMPLES)] for key, (name, _) in MODELS.items()]
    yield from markdown_table(["model", *SAMPLES, "seeds", "steps"], body).splitlines()


SECTIONS = {"Causal disentanglement score": causal_section, "Hybrid and prior samples": samples_section}


def page(text: str, rows: Sequence[Mapping[str, Any]]) -> str:
    """The page with each of these sections written anew, up to the next heading."""
    sections = {title: lines(rows) for title, lines in SECTIONS.items()}
    return with_sections(text, sections, "sae_report")


def main() -> None:
    """Write the page."""
    PAGE.write_text(page(PAGE.read_text(encoding="utf-8"), Rows.of_study(STUDY).read()), encoding="utf-8")
    print(f"written to {PAGE}")


if __name__ == "__main__":
    main()
