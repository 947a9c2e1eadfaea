"""Reports: one self-contained HTML page on a run, or on several."""

from .page import write_report

__all__ = ["write_report"]
