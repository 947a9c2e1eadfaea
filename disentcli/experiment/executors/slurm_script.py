"""The sbatch file of a sweep: an array, each of whose tasks does one run, or several side by side on one GPU.

The file alone is enough to submit it by hand. What each task does is a command line; nothing is pickled.
submitit writes Slurm's options. Its own jobs are not used: they are pickled functions with pickled results,
and their states come from sacct, which not every site has.
"""

from __future__ import annotations

import shlex
import signal
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import ModuleType

from ...console.fig_process import fig_command, fig_environment
from ...errors import CallError
from .executor import TIME_OVER, Task

#: exit codes of `fig` after --time-limit, and after SIGUSR1 and SIGUSR2, by which a site says so
OUT_OF_TIME = (TIME_OVER, 128 + signal.SIGUSR1, 128 + signal.SIGUSR2)
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
class SlurmOptions:
    """What each task of the array asks of Slurm; `time` in minutes, `signal_delay` in seconds.

    per_gpu: runs side by side on a task's one GPU; None: no GPU is asked for. max: tasks of the array at work
    at once. requeues: how often a task whose time is over goes on. other: further options of sbatch.
    """

    partition: str | None = None
    time: int = 240
    per_gpu: int | None = None
    max: int = 256
    cpus: int = 1
    mem: str | None = None
    account: str | None = None
    qos: str | None = None
    constraint: str | None = None
    signal_delay: int = 120
    requeues: int = 100
    setup: Sequence[str] = ()
    other: Mapping[str, object] = field(default_factory=dict)


def array_script(tasks: Sequence[Sequence[Task]], options: SlurmOptions, folder: Path) -> str:
    """The text of the sbatch file.

    Args:
        tasks: the chains of tasks, each done one task after another, as `chains` gives them.
        options: what each task of the array asks for.
        folder: of Slurm's own log files.
    """
    rows = array_rows(tasks, options)
    return str(
        _submitit_slurm()._make_sbatch_string(
            command=COMMAND,
            folder=folder,
            map_count=len(rows),
            setup=[*_environment(options), *options.setup, *_arrays(rows), *_function(tasks[0][0])],
            teardown=REQUEUE.format(codes=" ".join(map(str, OUT_OF_TIME)), requeues=options.requeues).split(
                "\n"
            ),
            **_parameters(options),
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


def array_rows(tasks: Sequence[Sequence[Task]], options: SlurmOptions) -> list[list[Sequence[Task]]]:
    """The chains that each task of the array does side by side."""
    each = options.per_gpu or 1
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


def _environment(options: SlurmOptions) -> list[str]:
    """Lines that give libraries as many threads as there are CPUs, unless the user says how many."""
    path = fig_environment().get("PYTHONPATH")
    return [
        f'export OMP_NUM_THREADS="${{OMP_NUM_THREADS:-{options.cpus}}}" OMP_WAIT_POLICY=PASSIVE',
        *([f"export PYTHONPATH={shlex.quote(path)}"] if path else []),
    ]


def _parameters(options: SlurmOptions) -> dict[str, object]:
    """The options of sbatch under submitit's names."""
    return {
        "job_name": "fig-sweep",
        "partition": options.partition,
        "time": options.time,
        "ntasks_per_node": options.per_gpu or 1,
        "gpus_per_node": 1 if options.per_gpu else None,
        "cpus_per_task": options.cpus,
        "mem": options.mem,
        "account": options.account,
        "qos": options.qos,
        "constraint": options.constraint,
        "signal_delay_s": options.signal_delay,
        "array_parallelism": options.max,
        "stderr_to_stdout": True,
        "wckey": None,
        "srun_args": [f"--cpus-per-task={options.cpus}"],
        "additional_parameters": {"requeue": True, **options.other},
    }


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
