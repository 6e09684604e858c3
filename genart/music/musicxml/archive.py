"""MusicXML as bytes: plain or zipped (.mxl), and parsed so that no file can do harm.

Expat is driven by hand, for the parser of xml.etree expands entities without asking.
"""

import io
import xml.etree.ElementTree as ET
import zipfile
import zlib
from xml.parsers import expat

from genart.errors import InputError

MOST_BYTES = 128 * 2**20  # of a document; an hour of orchestra has about 40 MB
MOST_ELEMENTS = 4_000_000  # which take less than 1 GB of memory
DEEPEST = 100
CONTAINER = "META-INF/container.xml"
MEDIA_TYPE = "application/vnd.recordare.musicxml"


def document(data: bytes) -> ET.Element:
    """The root of a MusicXML document, zipped or not.

    Raises
    ------
    InputError
        It is no XML, declares entities, is too large or too deep, or is a broken archive.
    """
    return parse(unpack(data) if data[:4] == b"PK\x03\x04" else data)


def parse(data: bytes) -> ET.Element:
    """The root element of an XML text. Raises InputError, see :func:`document`."""
    builder = ET.TreeBuilder()
    parser = expat.ParserCreate()
    depth = count = 0

    def start(name: str, attributes: dict[str, str]) -> None:
        nonlocal depth, count
        depth, count = depth + 1, count + 1
        if depth > DEEPEST or count > MOST_ELEMENTS:
            raise InputError(f"the XML is nested deeper than {DEEPEST} or has more than {MOST_ELEMENTS:,} elements")
        builder.start(name, attributes)

    def end(name: str) -> None:
        nonlocal depth
        depth -= 1
        builder.end(name)

    def refuse(*_: object) -> None:
        raise InputError("the XML declares entities, which scores never need: it is refused, for they can do harm")

    parser.StartElementHandler, parser.EndElementHandler = start, end
    parser.CharacterDataHandler = builder.data
    parser.EntityDeclHandler = refuse
    parser.buffer_text = True
    try:
        parser.Parse(data, True)
        return builder.close()
    except expat.ExpatError as error:
        reason = expat.errors.messages.get(error.code, "") if isinstance(error.code, int) else ""
        raise InputError(f"the XML is broken at line {error.lineno}: {reason or error}; export it again") from None
    except (LookupError, ValueError, AssertionError) as error:  # an encoding that is not known; no element
        raise InputError(f"the XML cannot be read: {error}") from None


def unpack(data: bytes) -> bytes:
    """The score inside of an .mxl archive; no name in it is ever used as a path. Raises InputError."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            names = set(archive.namelist())
            inside = _rootfile(_member(archive, CONTAINER)) if CONTAINER in names else None
            scores = [name for name in sorted(names) if name.endswith((".musicxml", ".xml")) and "META-INF" not in name]
            name = inside if inside is not None else next(iter(scores), "")
            if name not in names:
                raise InputError("the archive holds no score: export it again as .mxl or .musicxml")
            return _member(archive, name)
    except (zipfile.BadZipFile, zlib.error, EOFError, OSError, NotImplementedError, RuntimeError, ValueError) as error:
        raise InputError(f"the archive is broken ({error}); export it again as .mxl or .musicxml") from None


def pack(data: bytes) -> bytes:
    """A document as an .mxl archive; the same document gives the same bytes."""
    container = (
        '<?xml version="1.0" encoding="UTF-8"?>\n<container><rootfiles>'
        f'<rootfile full-path="score.musicxml" media-type="{MEDIA_TYPE}+xml"/></rootfiles></container>\n'
    )
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr(_entry("mimetype", zipfile.ZIP_STORED), MEDIA_TYPE)
        archive.writestr(_entry(CONTAINER, zipfile.ZIP_DEFLATED), container)
        archive.writestr(_entry("score.musicxml", zipfile.ZIP_DEFLATED), data)
    return file.getvalue()


def _entry(name: str, method: int) -> zipfile.ZipInfo:
    entry = zipfile.ZipInfo(name, date_time=(1980, 1, 1, 0, 0, 0))
    entry.compress_type = method
    return entry


def _member(archive: zipfile.ZipFile, name: str) -> bytes:
    with archive.open(name) as file:
        data = file.read(MOST_BYTES + 1)  # whatever size the archive claims
    if len(data) > MOST_BYTES:
        raise InputError(f"the score inside of the archive is larger than {MOST_BYTES // 2**20} MB")
    return data


def _rootfile(container: bytes) -> str | None:
    """The archive's own word on which of its files is the score."""
    for file in parse(container).iter("rootfile"):
        if file.get("media-type", f"{MEDIA_TYPE}+xml") in (f"{MEDIA_TYPE}+xml", MEDIA_TYPE, "text/xml"):
            return file.get("full-path")
    return None
