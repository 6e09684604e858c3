"""A bundle from the network: downloaded once, checked by its hash, unpacked into the cache."""

import os
import re
import tempfile
import zipfile
from pathlib import Path, PurePosixPath
from urllib.parse import urlsplit

from genart.errors import ModelError
from genart.families.bundle import CARD, FACTS, WEIGHTS, install
from genart.folders import cache_folder
from genart.recipe import sha256_of

LARGEST = 2**30  # bytes that a file of a bundle may have once unpacked
TIMEOUT = 30  # seconds of silence after which a server is given up


def is_url(text: str) -> bool:
    """Whether `text` is an address and not a name or a folder."""
    return re.match(r"[a-zA-Z][a-zA-Z0-9+.-]+://", text) is not None


def fetch(url: str) -> Path:
    """The folder of the bundle at `url`, which is downloaded when it is not in the cache yet.

    Parameters
    ----------
    url : "https://host/name.zip#sha256=" and 64 hexadecimal digits: a zip file of one bundle's folder

    Raises
    ------
    ModelError
        There is no hash, it is another file's, the server cannot be reached, ``GENART_OFFLINE`` is set, or the
        file is no zipped bundle.
    """
    address, digest = _parts(url)
    folder = cache_folder() / "models" / digest
    found = [child for child in folder.glob("*") if (child / FACTS).is_file()]
    if found:
        return found[0]
    archive = cache_folder() / "downloads" / f"{digest}.zip"
    try:
        if not archive.is_file() or sha256_of(archive) != digest:
            _download(address, digest, archive)
        return _unpack(archive, folder, name=PurePosixPath(urlsplit(address).path).stem)
    except OSError as error:
        raise ModelError(f"cannot keep {address} in {cache_folder()}: {error.strerror or error}") from error


def _parts(url: str) -> tuple[str, str]:
    address, _, fragment = url.partition("#")
    if urlsplit(address).scheme.lower() not in ("http", "https"):
        raise ModelError(f"{address} cannot be downloaded: a model's URL begins with https:// or http://")
    match = re.fullmatch(r"sha256=([0-9a-fA-F]{64})", fragment)
    if match is None:
        raise ModelError(
            f"{address} cannot be trusted without its hash: add #sha256= and the 64 hexadecimal digits "
            "its author gives for the file"
        )
    return address, match[1].lower()


def _download(address: str, digest: str, archive: Path) -> None:
    if os.environ.get("GENART_OFFLINE", "0") not in ("", "0"):
        raise ModelError(f"GENART_OFFLINE is set, so {address} is not downloaded: put the file at {archive}")
    import pooch
    import requests

    pooch.get_logger().setLevel("WARNING")
    archive.parent.mkdir(parents=True, exist_ok=True)
    try:
        pooch.retrieve(
            address,
            known_hash=f"sha256:{digest}",
            fname=archive.name,
            path=archive.parent,
            downloader=pooch.HTTPDownloader(timeout=TIMEOUT),  # pyright: ignore[reportArgumentType]
        )
    except requests.RequestException as error:
        answer = "cannot be reached" if error.response is None else f"answered {error.response.status_code}"
        raise ModelError(f"cannot download {address}: the server {answer}") from error
    except ValueError as error:  # pooch's word for another hash
        raise ModelError(f"{address} is not the file that was asked for: its sha256 is another one") from error


def _unpack(archive: Path, folder: Path, *, name: str) -> Path:
    """Write the files of the bundle, and no others, to `folder`/name: paths in the archive are never followed."""
    try:
        with zipfile.ZipFile(archive) as packed:
            files = {PurePosixPath(info.filename): info for info in packed.infolist()}
            top = next((path.parent for path in sorted(files) if path.name == FACTS and len(path.parts) <= 2), None)
            if top is None:
                raise ModelError(f"{archive} is not a zipped genart model: it has no {FACTS}")
            contents = {part: _content(packed, files.get(top / part), part) for part in (WEIGHTS, FACTS, CARD)}
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, EOFError) as error:
        raise ModelError(f"{archive} is not a zip file that can be read: {error}") from error
    target = folder / _plain(top.name or name)
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".genart-", dir=folder) as temporary:
        new = Path(temporary) / "new"
        new.mkdir()
        for part, content in contents.items():
            (new / part).write_bytes(content)
        install(new, target)
    return target


def _content(packed: zipfile.ZipFile, info: zipfile.ZipInfo | None, part: str) -> bytes:
    if info is None:
        raise ModelError(f"{packed.filename} is not a zipped genart model: it has no {part}")
    is_link = info.external_attr >> 16 & 0o170000 == 0o120000
    if is_link or info.is_dir() or info.file_size > LARGEST:
        raise ModelError(f"{packed.filename} is refused: {part} in it is a link, a folder or over {LARGEST >> 20} MB")
    return packed.read(info)


def _plain(name: str) -> str:
    return re.sub(r"[^A-Za-z0-9_.-]", "-", name).lstrip(".") or "model"
