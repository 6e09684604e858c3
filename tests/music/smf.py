"""MIDI files put together from bytes, independently of genart's writer and of mido."""

import struct

from hypothesis import strategies as st

END = b"\xff\x2f\x00"
Raw = list[tuple[int, bytes]]  # delta time and event of a track; the last is the end of the track


def varint(number: int) -> bytes:
    text = bytes([number & 127])
    while number > 127:
        number >>= 7
        text = bytes([number & 127 | 128]) + text
    return text


def chunk(name: bytes, body: bytes) -> bytes:
    return name + struct.pack(">L", len(body)) + body


def track(raw: Raw, *, running: bool = False) -> bytes:
    """A track chunk; with `running`, status bytes are left out wherever the standard allows it."""
    body, status = b"", 0
    for delta, event in raw:
        known = running and event[0] == status
        body += varint(delta) + event[known:]
        status = event[0] if event[0] < 0xF0 else 0
    return chunk(b"MTrk", body)


def midi(*chunks: bytes, kind: int = 1, resolution: int = 480, tracks: int | None = None) -> bytes:
    count = len(chunks) if tracks is None else tracks
    return chunk(b"MThd", struct.pack(">HHH", kind, count, resolution)) + b"".join(chunks)


def meta(kind: int, data: bytes) -> bytes:
    return bytes([0xFF, kind]) + varint(len(data)) + data


deltas = st.one_of(
    st.sampled_from([0, 0, 0, 1, 120, 127, 128, 480, 16383, 16384, 2097152, 0x0FFFFFFF]), st.integers(0, 2000)
)
seven = st.integers(0, 127)
channels = st.integers(0, 15)
blob = st.binary(max_size=12)
# Few pitches and channels, so that notes overlap, end twice, never end, or end when the next begins.
notes = st.builds(
    lambda status, pitch, velocity: bytes([status, pitch, velocity]),
    st.sampled_from([0x80, 0x81, 0x90, 0x90, 0x91]),
    st.integers(60, 61),
    st.sampled_from([0, 0, 1, 64, 127]),
)
controls = st.builds(
    lambda kind, channel, a, b: bytes([kind | channel, a, b]),
    st.sampled_from([0xA0, 0xB0, 0xE0]),
    channels,
    seven,
    seven,
)
programs = st.builds(
    lambda kind, channel, a: bytes([kind | channel, a]), st.sampled_from([0xC0, 0xD0]), channels, seven
)
packets = st.builds(
    lambda status, data: bytes([status]) + varint(len(data)) + data, st.sampled_from([0xF0, 0xF7]), blob
)
sysexes = st.lists(seven, max_size=9).map(lambda data: b"\xf0" + varint(len(data) + 1) + bytes(data) + b"\xf7")
tempos = st.integers(1, 0xFFFFFF).map(lambda tempo: meta(0x51, tempo.to_bytes(3)))
meters = st.tuples(st.integers(1, 255), st.integers(0, 6), st.integers(0, 255), st.integers(0, 255)).map(
    lambda values: meta(0x58, bytes(values))
)
key_signatures = st.tuples(st.integers(-9, 9), st.integers(0, 2)).map(lambda k: meta(0x59, struct.pack("bB", *k)))
texts = st.builds(meta, st.integers(1, 15), st.sampled_from([b"", b"la", "Szőlő".encode(), b"caf\xe9", b"\x00\xff"]))
metas = st.builds(
    meta, st.integers(0, 127), blob
).filter(  # known and unknown, mostly of the wrong length
    lambda event: event[1] != 0x2F and event[1:3] not in (b"\x51\x03", b"\x58\x04")
)
events = st.one_of(
    notes, notes, notes, controls, programs, packets, sysexes, tempos, meters, key_signatures, texts, metas
)


@st.composite
def raw_tracks(draw: st.DrawFn) -> Raw:
    return [*draw(st.lists(st.tuples(deltas, events), max_size=25)), (draw(deltas), END)]
