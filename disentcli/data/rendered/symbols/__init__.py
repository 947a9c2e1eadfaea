"""Handwritten-like symbols, rendered: skeletons of strokes, random styles, and rasterization."""
