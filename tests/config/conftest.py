"""The fixtures of the throwaway project in which `fig` is called."""

from ..console.conftest import cache, fig, own_project, project

__all__ = ["cache", "fig", "own_project", "project"]
