"""Pianorolls: songs in several tracks, each a row of symbols, one a tick."""
