"""Datasets that are rendered or made here, from their factors alone."""
