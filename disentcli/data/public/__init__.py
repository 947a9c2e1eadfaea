"""Published datasets: the class of each and, in X_source.py beside it, its files, described without torch."""
