"""Figures: of a run, of an evaluation, of a comparison of runs, of a dataset."""
