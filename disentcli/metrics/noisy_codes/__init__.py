"""Codes that are distributions, z ~ N(code, deviation²): their entropies, alone and beside a factor."""
