"""The table of study/sae-extrapolation (or its stand-in on rooms) beside the published one.

    python benchmarks/sae_extrapolation.py study/sae-extrapolation-room --seeds 3

The words are those that `fig sweep` was called with. Where `benchmarks/sae_studies.py` has made the runs, the
table is of its rows, whatever became of the runs. Runs that are still to come leave a –; the table is written
to benchmarks/results/ as it is.
"""

from __future__ import annotations

import json
import sys
from collections import defaultdict
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from study_rows import Rows, longest

from disentcli.config.config_store import ConfigStore
from disentcli.experiment.dry_run import check_command
from disentcli.experiment.sweep_call import SweepCall, read_sweep
from disentcli.experiment.sweep_runs import existing_runs
from disentcli.tables.intervals import estimate, estimate_text
from disentcli.tables.table import markdown_table

RESULTS = Path(__file__).parent / "results"
STAGES = {
    "first": "before",
    "encoder": "encoder updated",
    "decoder": "decoder updated",
    "both": "both updated",
}
UNIT = 1000  # errors are shown in thousandths
#: mean squared error per pixel × 1000 on rejected images of 3D-Shapes, by the row of the grid: before, and
#: after the update of encoder, decoder, both (the authors' notebook of May 2021, one run each)
PUBLISHED = {
    "paper/sae/sae12": ("SAE-12", (13.21, 7.70, 0.42, 0.34)),
    "paper/sae/sae6": ("SAE-6", (13.35, 7.99, 0.52, 0.36)),
    "paper/sae/vlae12": ("VLAE-12", (18.37, 7.69, 1.55, 0.62)),
    "paper/sae/vae": ("VAE", (12.97, 8.78, 0.44, 0.46)),
    "paper/sae/bvae": ("β-VAE 4", (15.49, 8.31, 1.35, 0.52)),
    "paper/sae/ae": ("AE", (11.81, 7.31, 0.38, 0.35)),
    "paper/sae/wae": ("WAE", (11.68, 7.87, 0.37, 0.35)),
}
Errors = Mapping[tuple[str, str], Sequence[float]]  # of each seed, by row and stage


def measured(asked: SweepCall) -> Errors:
    """The errors of the runs that are evaluated: mean squared error per pixel × 1000 on rejected images."""
    runs, found = existing_runs(asked.plan, asked.saveroot), defaultdict(list)
    for one in asked.plan:
        run, axes = runs.get(one.sweep_key), dict(one.axes)
        path = run.results / "eval-held-out.json" if run else None
        if path and path.exists() and run and run.status() == "completed":
            scores = json.loads(path.read_text())["scores"]["reconstruction"]
            found[axes["model"], axes["stage"]].append(UNIT * scores["mse_per_pixel"])
    return found


def recorded(rows: Sequence[Mapping[str, Any]]) -> Errors:
    """The same of the rows in benchmarks/results, of each model and stage those with the most steps."""
    found = defaultdict(list)
    for row in longest(rows):
        error = row["scores"]["eval-held-out"]["reconstruction.mse_per_pixel"]
        found[row["model"], row["stage"]].append(UNIT * error)
    return found


def table(errors: Errors) -> str:
    """Ours, mean ± standard deviation over seeds, and the published one in brackets."""
    rows = []
    for row, (name, published) in PUBLISHED.items():
        ours = [estimate_text(estimate(errors.get((row, stage), ()), "std")) for stage in STAGES]
        seeds = str(max(len(errors.get((row, stage), ())) for stage in STAGES))
        cells = [f"{one} ({theirs:.2f})" for one, theirs in zip(ours, published, strict=True)]
        rows.append([name, seeds, *cells])
    return markdown_table(["method", "seeds", *STAGES.values()], rows)


def remaining(errors: Errors, row: str, stage: str) -> float | None:
    """The mean error after the update of a stage as a share of that before; None where one is missing."""
    before, after = (estimate(errors.get((row, one), ())) for one in ("first", stage))
    return after.mean / before.mean if before and after else None


def verdict(errors: Errors) -> str:
    """Whether updates of the decoder repair extrapolation and those of the encoder do not, in shares."""
    lines = []
    for row, (name, (before, *after)) in PUBLISHED.items():
        encoder, decoder = (remaining(errors, row, stage) for stage in ("encoder", "decoder"))
        if encoder is not None and decoder is not None:
            answer = "yes" if decoder < encoder / 2 else "no"
            lines.append(
                f"* {name}: {answer}. Of the error before, the update of the encoder leaves {encoder:.0%} "
                f"(published {after[0] / before:.0%}), that of the decoder {decoder:.0%} "
                f"({after[1] / before:.0%})\n"
            )
    question = "Does the decoder's update leave less than half of the error that the encoder's leaves?\n\n"
    return question + "".join(lines) if lines else ""


def page(errors: Errors, words: Sequence[str]) -> str:
    """The table with what it shows."""
    title = "Mean squared error per pixel × 1000 on rejected images; ours, and (published on 3D-Shapes)"
    return f"{title}: `fig sweep {' '.join(words)}`\n\n{table(errors)}\n{verdict(errors)}"


def main(words: Sequence[str]) -> None:
    library = ConfigStore({}, Path.cwd())
    rows = Rows.of_study(words[:1]).read()
    errors = recorded(rows) if rows else measured(read_sweep(check_command(["sweep", *words], library)))
    text = page(errors, words)
    print(text)
    path = RESULTS / f"{words[0].rpartition('/')[2].replace('-', '_')}.md"
    path.write_text(text, encoding="utf-8")
    print(f"written: {path}")


if __name__ == "__main__":
    main(sys.argv[1:] or ["study/sae-extrapolation"])
