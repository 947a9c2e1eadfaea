"""Fetching public datasets and formatting them into our own files: resumable, checked, and streamed."""
