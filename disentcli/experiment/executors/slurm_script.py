"""The sbatch file of a sweep: an array, each of whose tasks does one run, or several side by side on one GPU.

The file alone is enough to submit it by hand. What each task does is a command line; nothing is pickled.
submitit writes Slurm's options. Its own jobs are not used: they are pickled functions with pickled results,
and their states come from sacct, which not every site has.
"""

from __future__ import annotations

import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType

from ...console.fig_process import fig_command, fig_environment
from ...errors import CallError
from .executor import OUT_OF_TIME, Task

COMMAND = "bash -c 'task \"$@\"' task ${keys[SLURM_ARRAY_TASK_ID]}"
REQUEUE = """\
code=$?
# its time was over (--time-limit, SIGUSR1, SIGUSR2): it goes on from the checkpoint that it wrote
if [[ " {codes} " == *" $code "* ]] && (( ${{SLURM_RESTART_COUNT:-0}} < {requeues} )); then
  scontrol requeue "$job"
fi
exit "$code"
"""


@dataclass(frozen=True)
class ArrayOptions:
    """What an array is made with.

    sbatch: options of sbatch, by submitit's names; cpus: of each run; per_gpu: runs side by side on the one
    GPU of a task, None where none is asked for; requeues: how often a task whose time is over goes on; setup:
    lines before the runs.
    """

    sbatch: Mapping[str, object]
    cpus: int = 1
    per_gpu: int | None = None
    requeues: int = 100
    setup: Sequence[str] = ()

    @property
    def side_by_side(self) -> int:
        """How many runs a task of the array does at once."""
        return self.per_gpu or 1


def array_script(tasks: Sequence[Sequence[Task]], options: ArrayOptions, folder: Path) -> str:
    """The text of the sbatch file.

    Args:
        tasks: the chains of tasks, each done one task after another, as `chains` gives them.
        options: what the array is made with.
        folder: of Slurm's own log files.
    """
    rows = array_rows(tasks, options)
    end = REQUEUE.format(codes=" ".join(map(str, OUT_OF_TIME)), requeues=options.requeues)
    return str(
        _submitit_slurm()._make_sbatch_string(
            command=COMMAND,
            folder=folder,
            map_count=len(rows),
            job_name="fig-sweep",
            ntasks_per_node=options.side_by_side,
            gpus_per_node=1 if options.per_gpu else None,
            cpus_per_task=options.cpus,
            srun_args=[f"--cpus-per-task={options.cpus}", "--kill-on-bad-exit=0"],
            stderr_to_stdout=True,
            wckey=None,
            setup=[*_environment(options), *options.setup, *_arrays(rows), *_function(tasks[0][0])],
            teardown=end.split("\n"),
            **options.sbatch,
        )
    )


def chains(tasks: Sequence[Task]) -> list[list[Task]]:
    """The tasks, each followed by those that need it; one whose needs are not among them begins a chain."""
    found: dict[str, list[Task]] = {}
    for task in tasks:
        before = next((found[key] for key in task.after if key in found), None)
        if before is None:
            found[task.key] = [task]
        else:
            before.append(task)
            found[task.key] = before
    return list({id(chain): chain for chain in found.values()}.values())


def array_rows(tasks: Sequence[Sequence[Task]], options: ArrayOptions) -> list[list[Sequence[Task]]]:
    """The chains that each task of the array does side by side."""
    each = options.side_by_side
    return [list(tasks[at : at + each]) for at in range(0, len(tasks), each)]


def job_name(row: Sequence[Sequence[Task]]) -> str:
    """The name of a task of the array: that of its first run, and how many more there are."""
    count = sum(map(len, row))
    return row[0][0].name + (f"+{count - 1}" if count > 1 else "")


def _function(task: Task) -> list[str]:
    """Lines of what srun starts for each run: the keys of one chain are the last word of its command line."""
    return [
        "task() {",
        '  local key="${@:SLURM_PROCID+1:1}"',
        '  [ "$key" ] || exit 0',
        f'  exec >>{shlex.quote(str(task.folder))}/"${{key%%,*}}.log" 2>&1',
        f'  exec {shlex.join(fig_command(task.argv[:-1]))} "$key"',
        "}",
        "export -f task",
    ]


def _arrays(rows: Sequence[Sequence[Sequence[Task]]]) -> list[str]:
    """Lines that name the keys of each task of the array, and give the job its name."""
    keys = [" ".join(",".join(task.key for task in chain) for chain in row) for row in rows]
    return [
        "keys=(",
        *(f"  {shlex.quote(words)}" for words in keys),
        ")",
        "names=(",
        *(f"  {shlex.quote(job_name(row))}" for row in rows),
        ")",
        'job="${SLURM_ARRAY_JOB_ID}_${SLURM_ARRAY_TASK_ID}"',
        'scontrol update JobId="$job" JobName="${names[SLURM_ARRAY_TASK_ID]}"',
    ]


def _environment(options: ArrayOptions) -> list[str]:
    """Lines that give libraries as many threads as there are CPUs, unless the user says how many."""
    path = fig_environment().get("PYTHONPATH")
    return [
        f'export OMP_NUM_THREADS="${{OMP_NUM_THREADS:-{options.cpus}}}"',
        *([f"export PYTHONPATH={shlex.quote(path)}"] if path else []),
    ]


def _submitit_slurm() -> ModuleType:
    """submitit's part for Slurm.

    Raises:
        CallError: it is not installed; the message says how to install it.
    """
    try:
        from submitit.slurm import slurm
    except ImportError as error:
        raise CallError(
            f"--executor slurm: submitit cannot be imported ({error}); pip install 'disentcli[slurm]'"
        ) from error
    return slurm
