"""Ensembles: many runs of one architecture in one process, trained as one model."""
