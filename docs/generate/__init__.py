"""Makes docs/reference from the registry, the configs and the docstrings."""
