"""Where genart keeps things: caches and models the artist added."""

import os
from pathlib import Path


def cache_folder() -> Path:
    """Where downloads and compiled programs go: ``GENART_CACHE``, or the system's place for a user's caches."""
    import platformdirs

    return Path(os.environ.get("GENART_CACHE") or platformdirs.user_cache_dir("genart", appauthor=False)).expanduser()


def models_folders() -> tuple[Path, ...]:
    """Where models are looked for by name: those shipped, the user's own, the current folder.

    Shipped models lie in ``genart/_bundles`` of an installed wheel, in ``models`` of a checkout or editable install.
    They come first, so that their names mean the same everywhere.
    """
    import platformdirs

    package = Path(__file__).parent
    bundled = package / "_bundles"
    shipped = bundled if bundled.is_dir() else package.parent / "models"
    return shipped, Path(platformdirs.user_data_dir("genart", appauthor=False)) / "models", Path.cwd()


def styles_folder() -> Path:
    """Where styles lie that the artist has kept under names."""
    import platformdirs

    return Path(platformdirs.user_data_dir("genart", appauthor=False)) / "styles"
