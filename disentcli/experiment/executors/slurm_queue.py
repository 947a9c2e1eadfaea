"""What Slurm is asked: to submit a file, which tasks it has in its queue, and to cancel them."""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from ...errors import DisentError

MAX_ARRAY = 1001  # Slurm's own MaxArraySize
PENDING = frozenset(
    ("PENDING", "CONFIGURING", "REQUEUED", "REQUEUE_FED", "REQUEUE_HOLD", "SPECIAL_EXIT", "SUSPENDED")
)
RUNNING = frozenset(("RUNNING", "COMPLETING", "STAGE_OUT", "SIGNALING", "RESIZING", "STOPPED"))
FORMAT = "%F|%K|%T|%r"


@dataclass(frozen=True)
class ArrayTask:
    """A task of an array as squeue shows it: its state, and why it waits."""

    state: str
    reason: str = ""

    @property
    def is_open(self) -> bool:
        """Whether it will still do something."""
        return self.state in PENDING or self.state in RUNNING


def queue(jobs: Iterable[str]) -> dict[tuple[str, int], ArrayTask]:
    """The tasks of these arrays by job and place in it, as long as Slurm remembers them.

    Raises:
        DisentError: Slurm gives no answer.
    """
    if not (wanted := set(jobs)):
        return {}
    text = slurm_command(
        "squeue", "--noheader", "--array", "--states=all", f"--user={os.getuid()}", f"--format={FORMAT}"
    )
    lines = (line.strip().split("|", 3) for line in text.splitlines())
    return {
        (job, int(place)): ArrayTask(state, "" if reason == "None" else reason)
        for job, place, state, reason in lines
        if job in wanted and place.isdecimal()
    }


def submit(script: Path) -> str:
    """Submit an sbatch file; the id of its job."""
    answer = slurm_command("sbatch", "--parsable", str(script))
    return answer.strip().partition(";")[0]


def cancel(places: Mapping[str, Collection[int]]) -> None:
    """Cancel these tasks of each array."""
    ids = [f"{job}_[{','.join(map(str, sorted(chosen)))}]" for job, chosen in places.items() if chosen]
    if ids:
        slurm_command("scancel", *ids)


def max_array() -> int:
    """How many tasks an array may have here."""
    found = re.search(r"^MaxArraySize\s*=\s*(\d+)", slurm_command("scontrol", "show", "config"), re.MULTILINE)
    return int(found[1]) if found else MAX_ARRAY


def slurm_command(*words: str) -> str:
    """The output of one of Slurm's commands.

    Raises:
        DisentError: it is not there, or fails; the message has what it says.
    """
    try:
        done = subprocess.run(words, capture_output=True, text=True, timeout=120, check=True)
    except FileNotFoundError as error:
        raise DisentError(
            f"{words[0]} is not found: --executor slurm is called where jobs are submitted; "
            "--dry-run shows the sbatch file anywhere"
        ) from error
    except subprocess.CalledProcessError as error:
        raise DisentError(
            f"{words[0]} failed: {error.stderr.strip() or f'exit code {error.returncode}'}"
        ) from error
    except subprocess.TimeoutExpired as error:
        raise DisentError(f"{words[0]} gave no answer within {error.timeout:.0f} s") from error
    return done.stdout
