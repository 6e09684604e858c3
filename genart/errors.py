"""The errors a caller tells apart.

Each holds one sentence for the artist: what was given, what is allowed, what to do.
"""


class GenartError(Exception):
    """Anything genart refuses; the commands print its sentence and exit with code 1."""


class InputError(GenartError):
    """Something the user gave cannot be used: a file, a text, an option."""


class ModelError(GenartError):
    """A model bundle cannot be used: damaged, of a newer version, of another family."""


class MissingExtra(GenartError):
    """An optional dependency is not installed; the sentence has the command that installs it."""
