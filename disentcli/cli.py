"""The commands `fig` and `disentcli`.

`fig` is omnifig's command, with good errors also where omnifig fails before any project is loaded; a project
that does not name disentcli is omnifig's alone. `disentcli` does the same and works outside of a project too;
its `init` starts one, its `completion` serves a shell.
"""

from __future__ import annotations

import os
import shlex
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from .errors import CallError
from .runs.roots import project_file

CONSOLE = "disentcli.console"
COMPLETE = "_DISENTCLI_COMPLETE"  # the variable by which a shell asks for completions


def main() -> None:
    """Entry point of the installed `disentcli`."""
    if COMPLETE in os.environ:
        print(complete(os.environ[COMPLETE]))
    elif sys.argv[1:2] == ["completion"]:
        _guarded(lambda: print(completion_script(sys.argv[2:])))
    elif sys.argv[1:2] == ["init"]:
        _guarded(_init)
    else:
        _guarded(lambda: _forward(sys.argv[1:], anywhere=True))


def installed_fig() -> None:
    """Entry point of the installed `fig`, in place of omnifig's: projects of others are left to it."""
    if _is_of_another_package(project_file(Path.cwd())):
        from omnifig.top import entry

        entry()
    else:
        fig()


def fig(argv: Sequence[str] | None = None) -> None:
    """Run a `fig` command line."""
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


def _forward(argv: list[str], *, anywhere: bool = False) -> None:
    if argv[:1] == ["help"]:
        argv = [*argv[1:2], "-h", *argv[2:]]
    from .config.project import project_configs
    from .console import follow_up, help, terminal
    from .console.argv import parse

    path = project_file(Path.cwd())
    if argv in (["--version"], ["-V"]):
        terminal.echo(help.version())
        return
    if path is None and not anywhere:
        _no_project(argv)
        return
    follow_up.remember_call(argv, in_project=path is not None)
    if path is not None:
        _check_project(path)
    if not argv or {"-h", "--help"} & set(argv):
        call = parse(argv)
        terminal.echo(help.helppage(call, project_configs(path, call.modules)))
    else:
        import omnifig

        from .console.without_project import load_without_project

        if path is None:
            load_without_project()
        sys.argv[0] = "fig"
        omnifig.get_profile().main(argv)


def _no_project(argv: list[str]) -> None:
    """Say what to do: as help where that is asked for, else as CallError."""
    way = (
        "`disentcli init .` starts one here; `disentcli <script> …` works without one, with the configs that "
        "come with\ndisentcli, and writes to ./trained_nets"
    )
    if argv and not {"-h", "--help"} & set(argv):
        raise CallError(f"there is no project in {Path.cwd()} or a folder above it;\n{way}")
    print(f"`fig` works in a project; there is none in {Path.cwd()} or a folder above it.\n{way}.")


def _check_project(path: Path) -> None:
    """Raise CallError where omnifig would end in a traceback, or run the code of others."""
    from .console.project_owner import check_owner

    check_owner(path.parent, Path.cwd())
    if not _names_console(path):
        raise CallError(
            f"{path}: add the line `module: [{CONSOLE}]`, without which `fig` knows nothing of disentcli"
        )


def _is_of_another_package(path: Path | None) -> bool:
    try:
        return path is not None and not _names_console(path)
    except CallError:  # which is said where the file is used
        return False


def _names_console(path: Path) -> bool:
    """Whether the project is one of disentcli; CallError if its file is no YAML."""
    from .config.yaml12 import read

    modules = read(path).get("module") or []
    return CONSOLE in ([modules] if isinstance(modules, str) else modules)


def _init() -> None:
    import click

    from .console.project_template import create_project

    @click.command(name="init", help="Lay out a new project folder in which `fig` works.")
    @click.argument("directory", type=click.Path(path_type=Path))
    def init(directory: Path) -> None:
        written = create_project(directory)
        here = directory.resolve() == Path.cwd()
        click.echo(f"A project in {'this folder' if here else directory}: " + ", ".join(written))
        click.echo(f"Next: {'' if here else f'cd {shlex.quote(str(directory))} && '}fig -h")

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
