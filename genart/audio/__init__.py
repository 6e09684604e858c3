"""Sound: the :class:`~genart.audio.audio.Audio` value and the synth that plays scores."""
