"""A Slurm cluster of one node: munged, slurmctld and slurmd of our own, in a folder, on free ports."""

from __future__ import annotations

import os
import secrets
import shutil
import socket
import subprocess
import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack, suppress
from pathlib import Path

PROGRAMS = ("setpriv", "munged", "slurmctld", "slurmd", "sbatch", "srun", "squeue", "scontrol", "scancel")
REQUEUE_DELAY = 8  # seconds until a task that was requeued may start
SBIN = ("/usr/sbin", "/usr/local/sbin")
CONF = """
ClusterName=test
SlurmctldHost={host}(127.0.0.1)
SlurmctldPort={controller_port}
SlurmdPort={node_port}
SlurmUser=root
SlurmdUser=root
AuthType=auth/munge
AuthInfo=socket={folder}/munge.socket,cred_expire={requeue_delay}
CredType=cred/munge
CommunicationParameters=NoInAddrAny,NoCtldInAddrAny
StateSaveLocation={folder}/state
SlurmdSpoolDir={folder}/spool
SlurmctldPidFile={folder}/slurmctld.pid
SlurmdPidFile={folder}/slurmd.pid
SlurmctldLogFile={folder}/slurmctld.log
SlurmdLogFile={folder}/slurmd.log
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
MpiDefault=none
SwitchType=switch/none
SelectType=select/cons_tres
SelectTypeParameters=CR_Core_Memory
AccountingStorageType=accounting_storage/none
JobAcctGatherType=jobacct_gather/none
JobRequeue=1
MinJobAge=300
ReturnToService=2
SchedulerType=sched/backfill
SchedulerParameters=sched_interval=2,bf_interval=2
KillWait=5
SlurmctldTimeout=30
SlurmdTimeout=30
InactiveLimit=0
SlurmdParameters=config_overrides
GresTypes=gpu
NodeName={node} NodeHostname={host} NodeAddr=127.0.0.1 CPUs={cpus} RealMemory=4000 Gres=gpu:2
PartitionName=main Nodes={node} Default=YES MaxTime=INFINITE State=UP OverSubscribe=NO
"""
#: two GPUs that are none
GRES = "Name=gpu File=/dev/null\nName=gpu File=/dev/zero\n"


def why_not() -> str | None:
    """Why no cluster can be started here; None if one can."""
    if os.geteuid() != 0:
        return "slurmd runs jobs as their user, and so is started by root alone"
    missing = [name for name in PROGRAMS if program(name) is None]
    return f"{', '.join(missing)} missing (Debian: slurm-wlm, munge)" if missing else None


def program(name: str) -> str | None:
    """The path of one of Slurm's programs, some of which are on the path of root alone."""
    return shutil.which(name, path=os.pathsep.join((os.environ.get("PATH", ""), *SBIN)))


class SlurmCluster:
    """Daemons in `folder`, from entry to exit; each command given to `call` meets these alone.

    The CPUs that Slurm is told of need not be there, so that tasks run side by side on a small machine.
    """

    def __init__(self, folder: Path, cpus: int = 4) -> None:
        self.folder, self.cpus = folder, cpus
        self.daemons: dict[str, subprocess.Popen[bytes]] = {}
        self._exit = ExitStack()

    @property
    def environment(self) -> dict[str, str]:
        """What a process needs in its environment to submit to this cluster."""
        path = os.pathsep.join((os.environ.get("PATH", ""), *SBIN))
        return {"SLURM_CONF": str(self.folder / "slurm.conf"), "PATH": path}

    def __enter__(self) -> SlurmCluster:
        with ExitStack() as stack:
            stack.callback(self._stop_all)
            self._configure()
            self._start_munged()
            self.start("slurmctld", "-D")
            self.start("slurmd", "-D", "-N", "node1")
            self.wait_for(lambda: "idle" in self.call("sinfo", "-h", "-o", "%T"), "the node to be idle")
            self._exit = stack.pop_all()
        return self

    def __exit__(self, *error: object) -> None:
        self._exit.close()

    def call(self, *words: str) -> str:
        """The output of a command of Slurm; empty where it fails, as while slurmctld is not there."""
        command = [program(words[0]) or words[0], *words[1:]]
        return subprocess.run(
            command, capture_output=True, text=True, env={**os.environ, **self.environment}, check=False
        ).stdout

    def jobs(self, states: str = "PENDING,RUNNING,COMPLETING") -> list[str]:
        """The tasks of arrays that are queued or at work, as `job_task`."""
        return self.call("squeue", "-h", "-r", "-t", states, "-o", "%F_%K").split()

    def job(self) -> str:
        """The one job that is queued or at work."""
        (job,) = {task.partition("_")[0] for task in self.jobs()}
        return job

    def names(self) -> list[str]:
        """The names of the jobs at work."""
        return self.call("squeue", "-h", "-r", "-t", "R", "-o", "%j").splitlines()

    def start(self, name: str, *words: str) -> None:
        """Start a daemon in the foreground mode; it ends with this process, however that ends."""
        command = ["setpriv", "--pdeathsig", "TERM", program(name) or name, *words]
        with open(self.folder / f"{name}.out", "ab") as out:
            self.daemons[name] = subprocess.Popen(
                command,
                stdout=out,
                stderr=out,
                env={**os.environ, **self.environment},
                start_new_session=True,
            )

    def stop(self, name: str) -> None:
        """Stop a daemon, and wait until it has ended."""
        daemon = self.daemons.pop(name)
        daemon.terminate()
        try:
            daemon.wait(20)
        except subprocess.TimeoutExpired:
            daemon.kill()
            daemon.wait()

    def restart_controller(self) -> None:
        """Stop slurmctld and start it again, which reads its state from the folder."""
        self.stop("slurmctld")
        self.start("slurmctld", "-D")
        self.wait_for(lambda: bool(self.call("sinfo", "-h")), "slurmctld to answer")

    def wait_for(self, done: Callable[[], bool], what: str, seconds: float = 240) -> None:
        """Wait until `done`; TimeoutError with the logs where it never is."""
        deadline = time.monotonic() + seconds
        while not done():
            if time.monotonic() > deadline:
                raise TimeoutError(f"waited {seconds:.0f} s for {what}\n{self._logs()}")
            time.sleep(0.2)

    def _configure(self) -> None:
        for name in ("state", "spool"):
            (self.folder / name).mkdir(parents=True, exist_ok=True)
        controller_port, node_port = free_ports(2)
        text = CONF.format(
            host=socket.gethostname().partition(".")[0],
            node="node1",
            folder=self.folder,
            cpus=self.cpus,
            controller_port=controller_port,
            node_port=node_port,
            requeue_delay=REQUEUE_DELAY,
        )
        (self.folder / "slurm.conf").write_text(text)
        (self.folder / "gres.conf").write_text(GRES)

    def _start_munged(self) -> None:
        key = self.folder / "munge.key"
        key.write_bytes(secrets.token_bytes(128))
        key.chmod(0o400)
        files = {"socket": "munge.socket", "key-file": "munge.key", "pid-file": "munge.pid"}
        files |= {"log-file": "munge.log", "seed-file": "munge.seed"}
        words = [f"--{option}={self.folder / name}" for option, name in files.items()]
        self.start("munged", "--foreground", "--force", *words)
        self.wait_for((self.folder / "munge.socket").exists, "munged")

    def _stop_all(self) -> None:
        if "slurmctld" in self.daemons:
            self.call("scancel", "--user=root")
            with suppress(TimeoutError):
                self.wait_for(lambda: not self.call("squeue", "-h", "-t", "R,CG"), "jobs to end", 15)
        for name in ("slurmd", "slurmctld", "munged"):
            if name in self.daemons:
                self.stop(name)

    def _logs(self) -> str:
        logs = [*sorted(self.folder.glob("*.out")), *sorted(self.folder.glob("*.log"))]
        return "\n".join(f"== {log.name}\n{log.read_text(errors='replace')[-2000:]}" for log in logs)


def free_ports(count: int) -> Sequence[int]:
    """Ports that nothing listens on now."""
    with ExitStack() as stack:
        sockets = [stack.enter_context(socket.socket()) for _ in range(count)]
        for one in sockets:
            one.bind(("127.0.0.1", 0))
        return [one.getsockname()[1] for one in sockets]
