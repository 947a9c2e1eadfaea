"""The `disentcli` command: `init` starts a project, `completion` serves a shell; else what `fig` does."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from .errors import CallError

PROJECT_FILES = (".omnifig.yml", ".omnifig.yaml", ".fig.project.yml", ".fig.project.yaml")
CONSOLE = "disentcli.console"
COMPLETE = "_DISENTCLI_COMPLETE"  # the variable by which a shell asks for completions


def main() -> None:
    """Entry point of the installed command."""
    if COMPLETE in os.environ:
        print(complete(os.environ[COMPLETE]))
    elif sys.argv[1:2] == ["completion"]:
        _guarded(lambda: print(completion_script(sys.argv[2:])))
    elif sys.argv[1:2] == ["init"]:
        _guarded(_init)
    else:
        fig()


def fig(argv: Sequence[str] | None = None) -> None:
    """Run a `fig` command line, with good errors also where omnifig fails before any project is loaded."""
    arguments = list(sys.argv[1:] if argv is None else argv)
    _guarded(lambda: _forward(arguments))


def _guarded(action: Callable[[], None]) -> None:
    from .console import terminal

    terminal.install()
    try:
        action()
    except BaseException as error:
        if isinstance(error, SystemExit):
            raise
        sys.exit(terminal.report_error(error))


def _forward(argv: list[str]) -> None:
    if argv != ["--version"]:
        _check_project()
    import omnifig

    from .console import help, terminal

    if argv == ["--version"]:
        terminal.echo(help.version())
        return
    sys.argv[0] = "fig"
    omnifig.get_profile().main(argv)


def _check_project() -> None:
    """Raise CallError where omnifig would end in a traceback: no project, or a project file it cannot use."""
    path = project_file(Path.cwd())
    if path is None:
        raise CallError(
            f"there is no project in {Path.cwd()} or a folder above it;\n"
            "go to one, or start one here with `disentcli init .`"
        )
    from .config.yaml12 import read
    from .console.project_owner import check_owner

    check_owner(path.parent, Path.cwd())
    modules = read(path).get("module") or []
    if CONSOLE not in ([modules] if isinstance(modules, str) else modules):
        raise CallError(
            f"{path}: add the line `module: [{CONSOLE}]`, without which `fig` knows nothing of disentcli"
        )


def project_file(folder: Path) -> Path | None:
    """The nearest project file, upwards from a folder."""
    for place in (folder, *folder.parents):
        for name in PROJECT_FILES:
            if (place / name).is_file():
                return place / name
    return None


def _init() -> None:
    import click

    from .console.project_template import create_project

    @click.command(name="init", help="Lay out a new project folder in which `fig` works.")
    @click.argument("directory", type=click.Path(path_type=Path))
    def init(directory: Path) -> None:
        written = create_project(directory)
        click.echo(f"A project in {directory}: " + ", ".join(written))
        click.echo(f"Next: cd {directory} && fig -h")

    try:
        init.main(sys.argv[2:], prog_name="disentcli init", standalone_mode=False)
    except click.ClickException as error:
        raise CallError(f"{error.format_message()}\nusage: disentcli init DIR") from error
    except click.exceptions.Exit as leave:
        sys.exit(leave.exit_code)


def completion_script(arguments: Sequence[str]) -> str:
    """What a shell is to evaluate: completion of `fig`, `disentcli` and `python main.py`."""
    from .config.shell_scripts import SHELLS, shell_script

    if len(arguments) != 1 or arguments[0] not in SHELLS:
        raise CallError(f"name a shell: disentcli completion {'|'.join(SHELLS)}")
    return shell_script(arguments[0], COMPLETE)


def complete(instruction: str) -> str:
    """The answer to a shell that asks, as in `bash_complete`, what can stand at the cursor."""
    from .config.completion import Completion
    from .config.shell_scripts import answer
    from .runs.roots import save_root
    from .runs.run_index import newest_first

    completion = Completion(project_file(Path.cwd()), newest_first(save_root()))
    return answer(instruction.partition("_")[0], completion.candidates)


if __name__ == "__main__":
    main()
