"""Picture files written byte by byte, for what Pillow does not write."""

import struct
import zlib
from typing import Literal

import numpy as np

SRGB = [(0.43607, 0.22249, 0.01392), (0.38515, 0.71687, 0.09708), (0.14307, 0.06061, 0.71410)]  # its primaries in XYZ,
P3 = [(0.51512, 0.24120, -0.00105), (0.29198, 0.69225, 0.04189), (0.15710, 0.06657, 0.78407)]  # adapted to D50


def png(array: np.ndarray, *, size: tuple[int, int] | None = None) -> bytes:
    """PNG of uint8 or uint16 [h, w] or [h, w, channels]; `size` is what the header says instead of the truth."""
    height, width = array.shape[:2]
    color = {1: 0, 2: 4, 3: 2, 4: 6}[1 if array.ndim == 2 else array.shape[2]]
    rows = array.astype(array.dtype.newbyteorder(">")).reshape(height, -1)
    body = b"".join(b"\0" + row.tobytes() for row in rows)
    header = struct.pack(">IIBBBBB", *(size or (width, height)), 8 * array.dtype.itemsize, color, 0, 0, 0)
    chunks = [(b"IHDR", header), (b"IDAT", zlib.compress(body)), (b"IEND", b"")]
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data)) for kind, data in chunks
    )


def tiff(
    array: np.ndarray, *, order: Literal["<", ">"] = "<", photometric: int = 1, size: tuple[int, int] | None = None
) -> bytes:
    """TIFF, not compressed, of uint8 or uint16 [h, w] or [h, w, 3]; photometric 0 says that 0 is white."""
    height, width = array.shape[:2]
    channels = 1 if array.ndim == 2 else array.shape[2]
    bits = 8 * array.dtype.itemsize
    body = array.astype(array.dtype.newbyteorder(order)).tobytes()
    width, height = size or (width, height)
    tags = [(256, 4, width), (257, 4, height), (258, 3, bits), (259, 3, 1), (262, 3, photometric), (273, 4, 0)]
    tags += [(277, 3, channels), (278, 4, height), (279, 4, len(body))]
    depths = 8 + 2 + 12 * len(tags) + 4  # where the bits of several channels lie
    values = {258: depths if channels > 1 else bits, 273: depths + 2 * channels}
    entries = b"".join(
        struct.pack(order + "HHI", tag, kind, channels if tag == 258 else 1)
        + (
            struct.pack(order + "HH", values.get(tag, value), 0)
            if kind == 3 and not (tag == 258 and channels > 1)
            else struct.pack(order + "I", values.get(tag, value))
        )
        for tag, kind, value in tags
    )
    magic = b"II" if order == "<" else b"MM"
    head = magic + struct.pack(order + "HIH", 42, 8, len(tags)) + entries + struct.pack(order + "I", 0)
    return head + struct.pack(f"{order}{channels}H", *[bits] * channels) + body


def color_profile(primaries: list[tuple[float, float, float]], *, gamma: float) -> bytes:
    """An ICC profile (version 2.1) of three colors, each in XYZ adapted to D50; [] for grey."""
    curve = b"curv\0\0\0\0" + struct.pack(">IH", 1, round(gamma * 256)) + b"\0\0"
    text = b"made by a test\0"
    tags = {
        b"desc": b"desc\0\0\0\0" + struct.pack(">I", len(text)) + text + b"\0" * 79,
        b"wtpt": _xyz(0.9642, 1, 0.8249),
    }
    tags[b"cprt"] = b"text\0\0\0\0" + text + b"\0"
    for letter, primary in zip((b"r", b"g", b"b"), primaries, strict=False):
        tags |= {letter + b"XYZ": _xyz(*primary), letter + b"TRC": curve}
    if not primaries:
        tags[b"kTRC"] = curve
    table, body, start = struct.pack(">I", len(tags)), b"", 128 + 4 + 12 * len(tags)
    for name, data in tags.items():
        data += b"\0" * (-len(data) % 4)
        table += name + struct.pack(">II", start + len(body), len(data))
        body += data
    head = struct.pack(
        ">I4sI4s4s4s12x4s", start + len(body), b"", 0x02100000, b"mntr", _space(primaries), b"XYZ ", b"acsp"
    )
    return head.ljust(68, b"\0") + _xyz(0.9642, 1, 0.8249)[8:] + b"\0" * 48 + table + body


def _space(primaries: list[tuple[float, float, float]]) -> bytes:
    return b"RGB " if primaries else b"GRAY"


def _xyz(*values: float) -> bytes:
    return b"XYZ \0\0\0\0" + struct.pack(">iii", *(round(value * 65536) for value in values))
