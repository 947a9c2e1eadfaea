"""Training as one writes it by hand in PyTorch, which ours is timed against: a file for each network."""
