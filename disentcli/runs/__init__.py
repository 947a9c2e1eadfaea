"""The run directory: create, find, lock, load; checkpoints, records, results."""
