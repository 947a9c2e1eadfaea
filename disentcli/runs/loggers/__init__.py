"""Where a run's numbers go besides its own files: one file a logger."""
