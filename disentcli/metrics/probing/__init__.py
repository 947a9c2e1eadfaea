"""Small classifiers trained on frozen codes, many at a time as one stack of parameters."""
