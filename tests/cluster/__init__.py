"""Sweeps on executors beyond this machine's processes."""
