"""For the API's pages: the examples of docstrings, which begin with >>>, are shown as code."""

from __future__ import annotations

import re
from typing import Any

from griffe import Extension, Object

EXAMPLE = re.compile(r"^( *)>>> .*(?:\n(?! *$).*)*", re.MULTILINE)


class Examples(Extension):
    """Fences each example of a docstring."""

    def on_object(self, *, obj: Object, **_: Any) -> None:
        """Called once an object is read, with all that is in it."""
        if obj.docstring:
            obj.docstring.value = EXAMPLE.sub(r"\1```pycon\n\g<0>\n\1```", obj.docstring.value)
