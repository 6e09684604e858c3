"""Tunes: melodies in sections, from ABC, MIDI and MusicXML files and from collections; no JAX."""
