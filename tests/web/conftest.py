"""The model and the server that the tests of the live page share."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from live_server import serving, tiny_style

from genart.families.registry import load
from genart.families.style import Style
from genart.web.live import Live


@pytest.fixture(scope="session")
def style_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tiny_style(tmp_path_factory.mktemp("styles"))


@pytest.fixture(scope="session")
def style(style_folder: Path) -> Style:
    return load(style_folder)


@pytest.fixture
def live(style: Style) -> Iterator[Live]:
    with serving(style) as session:
        yield session
