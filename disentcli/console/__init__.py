"""What makes `fig` pleasant; omnifig imports it because `.omnifig.yml` names it, which puts it in place."""

from __future__ import annotations

import sys

if "omnifig" in sys.modules:  # the help pages need no omnifig, which takes half of their time to import
    from . import omnifig_plugin

    omnifig_plugin.install()
