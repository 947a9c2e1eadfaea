"""The study of weak disentanglement, one run at a time, for as long as there is time.

    python benchmarks/weak_study.py [--minutes 360] [--steps N] [--list]
                                    [--saveroot DIR] [--dataroot DIR] [--results DIR]

Runs and measurements are those of `fig sweep study/weak`, all of one seed before the next. A row in
benchmarks/results for each run; what has a row there is not repeated, even where its run is gone. SIGTERM,
Ctrl-C and the end of the minutes stop a training with a checkpoint, from which the next call continues it.
OMP_NUM_THREADS sets the threads. `weak_report.py` makes the page.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import replace

from study_job import job_parser, read_call, roots_of, with_steps, work_on
from study_rows import Rows

from disentcli.experiment.sweep_call import SweepCall
from disentcli.experiment.sweep_plan import SweepRun

STUDY = "study/weak"
WARM_UP_SHARE = 0.4  # of the steps of a run, as in study/weak-model


def read_study(words: Sequence[str], steps: int | None = None, roots: Sequence[str] = ()) -> SweepCall:
    """The runs of the study by seed, each with its steps among its arguments.

    steps: of each run, of which the warm-up has its share; by default those of the study.
    """
    asked = read_call([*words, *roots])
    plan = [with_steps(one, steps, asked.library) for one in sorted(asked.plan, key=lambda one: one.seed)]
    return replace(asked, plan=[_shortened(one, steps) if steps else one for one in plan])


def _shortened(one: SweepRun, steps: int) -> SweepRun:
    warm_up = {"model.warm-up-steps": str(round(WARM_UP_SHARE * steps))}
    return replace(one, arguments=tuple({**dict(one.arguments), **warm_up}.items()))


def main() -> int:
    """Complete what has no row yet; 1 if something failed."""
    parser = job_parser(__doc__, STUDY)
    parser.add_argument("--steps", type=int, help="of each run [those of the study]")
    options = parser.parse_args()
    asked = read_study(options.study, options.steps, roots_of(options))
    return work_on(asked, Rows.of_study(options.study, options.results), options)


if __name__ == "__main__":
    sys.exit(main())
