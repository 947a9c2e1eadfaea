"""What makes `fig` pleasant; omnifig imports it because `.omnifig.yml` names it, which puts it in place."""

from __future__ import annotations

from . import omnifig_plugin

omnifig_plugin.install()
