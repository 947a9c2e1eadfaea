"""Scores of codes against factors: one metric a file, each a plain function of arrays."""
