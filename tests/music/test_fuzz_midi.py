"""Mutated MIDI files: the reader gives a Score or an InputError, nothing else, in bounded time and memory."""

import gc
import io
import random
import struct
import time
import tracemalloc

import pytest
import smf

from genart.errors import InputError
from genart.music import midi
from genart.music.score import Score

SEED = 20240229
SECONDS = 1.0  # for a file of a few hundred bytes; 2 ms are usual


def original(rng: random.Random) -> list[smf.Raw]:
    """The tracks of a small file with a bit of everything."""
    conductor = [
        (0, smf.meta(0x03, b"Fuzz")),
        (0, smf.meta(0x51, struct.pack(">L", rng.randint(200_000, 900_000))[1:])),
        (0, smf.meta(0x58, bytes([rng.choice([2, 3, 4, 6]), rng.choice([2, 3]), 24, 8]))),
        (0, smf.meta(0x59, struct.pack("bB", rng.randint(-7, 7), rng.randint(0, 1)))),
        (0, smf.meta(0x01, b'@genart {"verb": "harmonize"}')),
        (1920, smf.meta(0x51, b"\x07\xa1\x20")),
        (0, smf.END),
    ]
    voice = [(0, smf.meta(0x03, b"Voice")), (0, b"\xc0\x34"), (0, b"\xf0\x05\x7e\x7f\x09\x01\xf7")]
    for _ in range(rng.randint(1, 12)):
        pitch = rng.randint(40, 80)
        voice += [(rng.randint(0, 300), bytes([0x90, pitch, 80])), (0, smf.meta(0x05, b"la"))]
        voice += [(rng.randint(0, 300), bytes([0x80, pitch, 0])), (0, bytes([0xB0, 64, rng.randint(0, 127)]))]
    voice.append((rng.randint(0, 99), smf.END))
    return [conductor, voice]


def rearranged(raw: smf.Raw, rng: random.Random) -> smf.Raw:
    """The track with some of its events changed, left out, doubled, moved in time or in order."""
    raw = list(raw)
    for _ in range(rng.randint(1, 3)):
        at = rng.randrange(len(raw))
        delta, event = raw[at]
        match rng.randrange(5):
            case 0:
                byte = rng.randrange(len(event))
                raw[at] = delta, event[:byte] + bytes([event[byte] ^ 1 << rng.randrange(8)]) + event[byte + 1 :]
            case 1:
                raw[at] = rng.choice([0, 1, 5000, 2**21, 2**28 - 1]), event
            case 2:
                raw[at : at + 1] = []
            case 3:
                raw.insert(rng.randrange(len(raw)), (delta, event))
            case _:
                rng.shuffle(raw)
        raw = raw or [(0, smf.END)]
    return raw


def assembled(tracks: list[smf.Raw], rng: random.Random) -> bytes:
    chunks = [smf.track(raw, running=rng.random() < 0.5) for raw in tracks]
    return smf.midi(*chunks, kind=rng.randint(0, 1), resolution=rng.choice([1, 96, 480, 960]))


def mutated(data: bytes, rng: random.Random) -> bytes:
    """The data with bytes flipped, set, cut out, put in or doubled, lengths changed, or the end lost."""
    text = bytearray(data)
    for _ in range(rng.randint(1, 3)):
        if not text:
            break
        at = rng.randrange(len(text))
        match rng.randrange(8):
            case 0:
                text[at] ^= 1 << rng.randrange(8)
            case 1:
                text[at] = rng.choice([0x00, 0x7F, 0x80, 0xF0, 0xF7, 0xFF, rng.randrange(256)])
            case 2:
                del text[at : at + rng.randint(1, 9)]
            case 3:
                text[at:at] = rng.randbytes(rng.randint(1, 9))
            case 4:
                text[at:at] = text[at : at + rng.randint(1, 40)]
            case 5:
                place = rng.choice([4, 8, 10, 12, text.find(b"MTrk") + 4, text.rfind(b"MTrk") + 4])
                text[place : place + 4] = rng.choice([b"\xff" * 4, bytes(4), rng.randbytes(4), b"\x00\x00\x00\x05"])
            case 6:
                text[at:at] = rng.choice(
                    [b"\xff\xff\xff\x7f", smf.meta(0x51, bytes(3)), smf.meta(0x58, b"\x00\x02\x18\x08")]
                )
            case _:
                del text[at:]
    return bytes(text)


def use(score: Score) -> None:
    """What every reader of a score does next."""
    assert all(0 <= note.start <= note.end <= score.end for track in score.tracks for note in track.notes)
    assert score.ticks(score.seconds(score.end)) == pytest.approx(score.end, abs=1, rel=1e-9)
    assert all(isinstance(text, str) for text in [track.name for track in score.tracks] + [t for _, t in score.lyrics])
    assert all(key.name for key in score.keys)
    file = io.BytesIO()
    midi.write(score, file)
    file.seek(0)
    assert midi.read(file) == score
    bars = score.bars()
    assert not bars or bars[-1].end >= score.end


def check(data: bytes) -> bool:
    """Whether the file is read; fails for anything but a Score or an InputError of one line."""
    start = time.thread_time()
    message = ""
    try:
        use(midi.read(io.BytesIO(data)))
    except InputError as error:
        message = str(error)
    assert "\n" not in message
    assert len(message) < 300
    assert time.thread_time() - start < SECONDS, data.hex()
    return not message


def run(seed: int, files: int) -> int:
    """How many of so many mutated files could be read."""
    rng = random.Random(seed)
    read = 0
    gc.collect()
    gc.freeze()  # what other tests have left in memory is not searched through while the reader is timed
    try:
        for number in range(files):
            tracks = original(rng)
            if number % 2:
                read += check(assembled([rearranged(raw, rng) for raw in tracks], rng))
            else:
                read += check(mutated(assembled(tracks, rng), rng))
    finally:
        gc.unfreeze()
    return read


def test_originals_are_read():
    rng = random.Random(SEED)
    assert all(check(assembled(original(rng), rng)) for _ in range(10))


def test_mutated_files():
    tracemalloc.start()
    try:
        read = run(SEED, 150)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert 20 < read < 130  # neither is every file refused, nor do the mutations miss
    assert peak < 50e6


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(5))
def test_many_mutated_files(seed):
    assert 400 < run(seed, 2000) < 1500


def track_of(body: bytes) -> bytes:
    return smf.midi(smf.chunk(b"MTrk", body + b"\x00" + smf.END))


SIZE = midi.MOST_BYTES - 64
COUNT = midi.MOST_EVENTS
HUGE = {  # the most of one thing that a file within the limits can hold
    "one sysex": lambda: track_of(b"\x00\xf0" + smf.varint(SIZE) + b"\x01" * (SIZE - 1) + b"\xf7"),
    "one text": lambda: track_of(b"\x00\xff\x01" + smf.varint(SIZE) + b"\xe9" * SIZE),
    "controllers": lambda: track_of(b"\x00\xb0\x01\x01" + b"\x01\x01\x02" * (COUNT - 1)),
    "notes never ended": lambda: track_of(b"\x00\x90\x40\x01" + b"\x01\x41\x01" * (COUNT - 1)),
    "meters": lambda: track_of(b"\x01\xff\x58\x04\x04\x01\x18\x08" * COUNT),
    "long unknown meta events": lambda: track_of((b"\x00\xff\x60\x0b" + bytes(11)) * COUNT),
    "tracks": lambda: smf.midi(*[smf.chunk(b"MTrk", b"\x00" + smf.END)] * 65535),
}
CHILD = """
import resource, sys
from genart.errors import InputError
from genart.music import midi
try:
    score = midi.read(sys.argv[1])
    score.bars()
    midi.write(score, sys.argv[1] + ".again.mid")
except InputError as error:
    print(error)
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024)
"""


@pytest.mark.slow
@pytest.mark.parametrize("kind", HUGE)
def test_the_largest_files_stay_under_a_gigabyte(kind, tmp_path, python):
    path = tmp_path / "huge.mid"
    path.write_bytes(HUGE[kind]())
    child = python("-c", CHILD, path)
    assert child.returncode == 0, child.stderr
    assert int(child.stdout.splitlines()[-1]) < 1000  # MB; 500 are usual
