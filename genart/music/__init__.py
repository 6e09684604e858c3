"""Scores and what is known about them: NumPy and mido, never JAX."""
