"""Samplers: they draw arrays from a network and know nothing of music or pictures."""
