"""Handwritten-like symbols, rendered: skeletons of strokes, a random hand that moves them, and ink."""
