"""Tables of scores, groups of runs, methods, datasets and networks, as text."""
