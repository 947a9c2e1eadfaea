"""The README's table of methods, made of their configs and classes.

python -m tests.tables.method_table         # puts it in place of the one there
"""

from __future__ import annotations

from disentcli.tables.method_cards import HEAD, markdown

from ..configs import LIBRARY
from ..conftest import PROJECT

README = PROJECT / "README.md"


def replaced(text: str) -> str:
    """The README with the table as it should be."""
    before, _, rest = text.partition(f"| {' | '.join(HEAD)} |")
    _, blank, after = rest.partition("\n\n")
    return before + markdown(LIBRARY) + blank + after


if __name__ == "__main__":
    README.write_text(replaced(README.read_text(encoding="utf-8")), encoding="utf-8")
