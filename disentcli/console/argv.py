"""The command line taken apart: script, positionals, `--key value` pairs, and the console's own flags."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from ..config.coercion import CliText
from ..config.keys import normalize_key
from ..config.root_settings import ROOT
from ..errors import CallError

_SWITCHES = {normalize_key(key) for key, row in ROOT.items() if row.type is bool}
_SYNONYMS = {"category": "cat", "fid.samples": "fid_samples", "fid.n_samples": "fid_samples"}
_ANSWERS = {"true", "false", "yes", "no", "on", "off", "null"}


@dataclass
class ParsedArgs:
    """What one command line asks for; `arguments` are the `--key value` pairs in one spelling."""

    argv: list[str]
    script: str | None = None
    positionals: list[str] = field(default_factory=list)
    arguments: dict[str, CliText] = field(default_factory=dict)
    modules: list[str] = field(default_factory=list)
    short_flags: list[str] = field(default_factory=list)  # omnifig's own: -d, -q
    help: bool = False
    version: bool = False
    debug: bool = False


def parse(argv: Sequence[str]) -> ParsedArgs:
    """Take the arguments after `fig` apart; raises CallError for what has no place."""
    call = ParsedArgs(list(argv))
    left = list(reversed(argv))
    while left:
        term = left.pop()
        if _flag(call, term):
            continue
        if term.startswith("--"):
            key, equals, value = term[2:].partition("=")
            _pair(call, key, value if equals else _value(key, left))
        elif term.startswith("-") and term != "-":
            call.short_flags.append(term)
        elif call.arguments:
            raise CallError(
                f"{term!r} comes after a --key and its value; configs and names come before the first "
                "--key, and a list is one word: [1,2,3]"
            )
        elif call.script is None:
            call.script = term
        else:
            call.positionals.append(term)
    return call


def _flag(call: ParsedArgs, term: str) -> bool:
    if term in ("-h", "--help"):
        call.help = True
    elif term == "--version":
        call.version = True
    elif term == "--debug":
        call.debug = True
    else:
        return False
    return True


def _value(key: str, left: list[str]) -> str:
    """The word after a key; a key alone is true, and so is a switch before a word that is no answer to it."""
    if not left or left[-1].startswith("--") or left[-1] == "-h":
        return "true"
    if normalize_key(key) in _SWITCHES and left[-1].lower() not in _ANSWERS:
        return "true"
    return left.pop()


def _pair(call: ParsedArgs, key: str, value: str) -> None:
    if not key or any(not part for part in key.split(".")):
        raise CallError(f"--{key} is no key; write --key value or --group.key value")
    if key == "module":
        call.modules.append(value)
    elif key == "grid" and key in call.arguments:
        call.arguments[key] = CliText(f"{call.arguments[key]};{value}")
    else:
        name = normalize_key(key)
        name = _SYNONYMS.get(name, name)
        call.arguments.pop(name, None)
        call.arguments[name] = CliText(value)
