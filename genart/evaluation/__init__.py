"""Figures of trained models on data they never saw."""
