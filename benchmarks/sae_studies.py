"""The studies of structural autoencoders on rendered rooms, one run at a time, for as long as there is time.

    python benchmarks/sae_studies.py [--study study/sae-responses-room] [--minutes 300] [--steps 25000]
                                     [--saveroot DIR] [--dataroot DIR] [--list]

Runs and measurements are those of `fig sweep STUDY`: SAE-12, AE, VAE and AdaAE-12 with seeds 0 to 2, the
other models with seed 0; a later stage of study/sae-extrapolation-room has a quarter of the steps. Each run
becomes a row in benchmarks/results (--results DIR); what has a row there is not repeated, even where its run
is gone. SIGTERM, Ctrl-C and the end of the minutes stop a training with a checkpoint, from which the next
call continues it. OMP_NUM_THREADS sets the threads.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import replace

from study_job import job_parser, read_call, roots_of, work_on
from study_rows import Rows

from disentcli.experiment.sweep_call import SweepCall
from disentcli.experiment.sweep_plan import SweepRun

MAIN_MODELS = ("paper/sae/sae12", "paper/sae/ae", "paper/sae/vae", "paper/sae/adaae12")
STEPS = 25_000  # of the published 100,000: those that the slowest model takes in 90 minutes on two cores
SEEDS = 3  # of the main models
UPDATE_SHARE = 4  # the update stage of Leeb et al. (code of 2021) has 20,000 steps after 80,000


def read_study(words: Sequence[str], steps: int, roots: Sequence[str] = ()) -> SweepCall:
    """The runs of a study, each of these steps, and what follows them; the most important run first.

    Seed 0 of the main models, then of the others, then the main models' other seeds. A run of a later stage
    follows the one that it starts from, and has a quarter of its steps.
    """
    asked = read_call([*words, "--seeds", str(SEEDS), "--budget", str(steps), *roots])
    wanted = [one for one in asked.plan if one.seed == 0 or dict(one.axes)["model"] in MAIN_MODELS]
    first_come_first = sorted(wanted, key=lambda one: (one.seed, dict(one.axes)["model"] not in MAIN_MODELS))
    return replace(asked, plan=[_with_steps(one, steps // UPDATE_SHARE) for one in first_come_first])


def _with_steps(one: SweepRun, steps: int) -> SweepRun:
    """The run itself where it is a first one, else with these steps."""
    if one.start is None:
        return one
    return replace(one, arguments=tuple({**dict(one.arguments), "budget": str(steps)}.items()))


def main() -> int:
    """Complete what has no row yet; 1 if something failed."""
    parser = job_parser(__doc__, "study/sae-responses-room")
    parser.add_argument("--steps", type=int, default=STEPS, help=f"of each run [{STEPS}]")
    options = parser.parse_args()
    asked = read_study(options.study, options.steps, roots_of(options))
    return work_on(asked, Rows.of_study(options.study, options.results), options)


if __name__ == "__main__":
    sys.exit(main())
