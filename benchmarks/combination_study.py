"""The study of combinatorial generalisation, one run at a time, for as long as there is time.

    python benchmarks/combination_study.py [--minutes 600] [--steps N] [--list]
                                           [--saveroot DIR] [--dataroot DIR] [--results DIR]

Runs and measurements are those of `fig sweep study/combination`; which come first, and which have more seeds
than one, is said by `rank`. A row in benchmarks/results for each run; what has a row there is not repeated,
even where its run is gone. SIGTERM, Ctrl-C and the end of the minutes stop a training with a checkpoint, from
which the next call continues it. OMP_NUM_THREADS sets the threads. `combination_report.py` makes the page.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import replace

from study_job import job_parser, read_call, roots_of, with_steps, work_on
from study_rows import Rows

from disentcli.experiment.sweep_call import SweepCall
from disentcli.experiment.sweep_plan import SweepRun

STUDY = "study/combination"
MAIN_MODELS = ("m/vae", "m/vae --reg-wt 12", "m/factorvae --reg-wt 100", "m/decoder")
ALSO_FIRST = ("m/supervised", "m/composition --model.operator linear")
SPRITES = "split/sprites/"
ONCE = 4  # the rank of what has one seed only


def read_study(words: Sequence[str], steps: int | None = None, roots: Sequence[str] = ()) -> SweepCall:
    """The runs of the study in the order of `rank`, each with its steps among its arguments.

    steps: of each run; by default those of the study.
    """
    asked = read_call([*words, *roots])
    wanted = [one for one in asked.plan if one.seed == 0 or rank(one) < ONCE]
    return replace(asked, plan=[with_steps(one, steps, asked.library) for one in sorted(wanted, key=rank)])


def rank(one: SweepRun) -> int:
    """How soon a run is due: 0 for the first.

    0: seed 0 of VAE, β-VAE 12, FactorVAE 100 and true factors on sprites. 1: of supervised encoders and the
    linear CompositionNet on sprites, and of all these on rooms. 2, 3: their other seeds, but for the
    CompositionNet. 4: seed 0 of all other models. 5: what is not made, more seeds of those.
    """
    axes = dict(one.axes)
    main, soon = (_is_one_of(axes["model"], models) for models in (MAIN_MODELS, ALSO_FIRST))
    if one.seed == 0:
        return 0 if main and axes["condition"].startswith(SPRITES) else 1 if main or soon else ONCE
    several = main or axes["model"].startswith("m/supervised")
    return 1 + one.seed if several and 1 + one.seed < ONCE else ONCE + 1


def _is_one_of(model: str, models: Sequence[str]) -> bool:
    """Whether it is one of these, with whatever arguments behind; `m/vae` alone is without any."""
    return any(model == one or (one != "m/vae" and model.startswith(f"{one} ")) for one in models)


def main() -> int:
    """Complete what has no row yet; 1 if something failed."""
    parser = job_parser(__doc__, STUDY)
    parser.add_argument("--steps", type=int, help="of each run [those of the study]")
    options = parser.parse_args()
    asked = read_study(options.study, options.steps, roots_of(options))
    return work_on(asked, Rows.of_study(options.study, options.results), options)


if __name__ == "__main__":
    sys.exit(main())
