"""What `train` and `sweep` do around the training loop: set-up, run folder, many runs at once."""
