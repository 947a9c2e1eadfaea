"""Fetching public datasets and formatting them into our own files: resumable, checked, and streamed.

To add a dataset, write one file here: a function under `@source("name")` that returns its Source.
"""
