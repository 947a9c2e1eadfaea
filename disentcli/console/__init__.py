"""What makes `fig` pleasant. Importing this package, as `.omnifig.yml` asks omnifig to do, puts it in place."""

from __future__ import annotations

from . import hooks

hooks.install()
