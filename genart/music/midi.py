"""MIDI files: read in full, refused in one sentence, written back as they were."""

import collections
import dataclasses
import math
import operator
import os
import struct
import sys
from collections.abc import Iterable, Iterator
from typing import BinaryIO

from mido import MetaMessage

from genart.errors import InputError
from genart.files import atomic, read_bytes, refuse_existing
from genart.music.messages import ESCAPE, META, SYSEX, decode, encode, file_text, variable
from genart.music.score import Event, Note, Score, Track
from genart.recipe import PREFIX, Recipe

MOST_BYTES = 16 * 2**20  # both limits keep what is read under 1 GB of memory
MOST_EVENTS = 1_000_000
MOST_TRACKS = 0xFFFF
LONGEST_DELTA = 0x0FFFFFFF
END_OF_TRACK = 0x2F
NOTE_OFF, NOTE_ON = 0x80, 0x90
NEW_OFF, NEW_EVENT, NEW_BLIP, NEW_ON = -2, -1, 1e18, 2e18  # ranks among messages of one tick; those read have 0, 1 ...

OTHER_KINDS = {
    b"\x89PNG": "a PNG picture",
    b"\xff\xd8\xff": "a JPEG picture",
    b"GIF8": "a GIF picture",
    b"ID3": "MP3 sound",
    b"\xff\xfb": "MP3 sound",
    b"fLaC": "FLAC sound",
    b"OggS": "Ogg sound",
    b"RIFF": "WAV sound or another RIFF file",
    b"%PDF": "a PDF document",
    b"PK\x03\x04": "a zip archive (.mxl and .mscz are such)",
    b"<?xml": "an XML text, such as MusicXML",
    b"X:": "a text, perhaps ABC notation",
}

RawEvent = tuple[int, int, int, bytes]  # tick, status byte, kind of a meta event, data


def read(file: str | os.PathLike[str] | BinaryIO) -> Score:
    """Read a MIDI file of type 0 or 1.

    Notes of one pitch and channel that overlap are ended first in, first out. A note that is never ended lasts to
    the end of its track. The `@genart` text that :func:`write` puts into the first track becomes the recipe.

    Parameters
    ----------
    file
        A path, "-" for standard input, or a file opened for reading bytes.

    Raises
    ------
    InputError
        It cannot be read, is not a MIDI file, damaged, cut short, larger than 16 MB, of more than a million events,
        of type 2 (independent patterns), timed in SMPTE frames, or has a tempo of 0 or a meter like 0/4.
    """
    name, data = _content(file)
    try:
        score = _score(data)
        _ = score.tempos, score.meters  # raises for what no player could follow
    except InputError as error:
        raise InputError(f"{name}: {error}") from None
    return score


def _content(file: str | os.PathLike[str] | BinaryIO) -> tuple[str, bytes]:
    """The base name and bytes of a file."""
    if isinstance(file, (str, os.PathLike)) and file != "-":
        return os.path.basename(file), read_bytes(file, limit=MOST_BYTES)
    stream = sys.stdin.buffer if isinstance(file, (str, os.PathLike)) else file
    path = getattr(stream, "name", None)
    name = os.path.basename(path) if isinstance(path, str) else "MIDI data"
    data = stream.read(MOST_BYTES + 1)
    if not isinstance(data, bytes):
        raise InputError(f"{name}: open the file for reading bytes, not text")
    if len(data) > MOST_BYTES:
        raise InputError(f"{name} is too large: at most {MOST_BYTES // 2**20} MB can be read")
    return name, data


def _score(data: bytes) -> Score:
    if data[:4] == b"RIFF" and data[8:12] == b"RMID":
        data = data[max(data.find(b"MThd"), 0) :]
    if not data:
        raise InputError("the file is empty")
    if data[:4] != b"MThd":
        kind = next((kind for start, kind in OTHER_KINDS.items() if data.startswith(start)), None)
        raise InputError(f"this is {kind}, not a MIDI file" if kind else "this is not a MIDI file")
    if len(data) < 14:
        raise InputError("the file is cut short in its header; copy or export it again")
    size, kind, declared, resolution = struct.unpack(">4xLHHH", data[:14])
    if kind > 2 or (kind == 2 and declared > 1):
        raise InputError(f"this is a MIDI file of type {kind}; export it as type 1")
    if resolution & 0x8000:
        raise InputError("the file counts time in SMPTE frames; export it with ticks a quarter note instead")
    if resolution == 0:
        raise InputError("the file is damaged: it says that a quarter note has 0 ticks")
    tracks, left = [], MOST_EVENTS
    for number, (start, stop) in enumerate(_chunks(data, 8 + size, declared), 1):
        track = _track(_raw_events(data, start, stop, number), left)
        left -= len(track.events) + 2 * len(track.notes)
        tracks.append(track)
    recipe = None
    if tracks:
        tracks[0], recipe = _without_recipe(tracks[0])
    return Score(tracks=tuple(tracks), resolution=resolution, recipe=recipe)


def _chunks(data: bytes, position: int, declared: int) -> Iterator[tuple[int, int]]:
    """Where the content of each track begins and ends; other chunks, and what follows the last track, are skipped."""
    found = 0
    while found < declared or data[position : position + 4] == b"MTrk":  # some files have more tracks than they say
        start = position + 8
        stop = start + int.from_bytes(data[position + 4 : start])
        if stop > len(data) or start > len(data):
            raise InputError(
                f"the file is cut short: of its {max(declared, found + 1)} tracks only {found} are whole; "
                "copy or export it again"
            )
        if data[position : position + 4] == b"MTrk":
            found += 1
            if found > MOST_TRACKS:
                raise InputError(f"the file has more than {MOST_TRACKS} tracks")
            yield start, stop
        position = stop


def _raw_events(data: bytes, start: int, stop: int, number: int) -> Iterator[RawEvent]:
    """The events of a track up to its end-of-track event."""
    body = data[start:stop]
    position = tick = running = kind = 0
    try:
        while position < len(body):
            delta, position = _variable(body, position)
            tick += delta
            status = body[position]
            position += status >= 0x80
            status = status if status >= 0x80 else running
            if 0x80 <= status < SYSEX:
                running, size = status, 1 if 0xC0 <= status < 0xE0 else 2
            elif status in (SYSEX, ESCAPE, META):
                if status == META:
                    kind, position = body[position], position + 1
                size, position = _variable(body, position)
            else:
                raise InputError("an event of unknown kind" if status else "a data byte without an event")
            if position + size > len(body):
                raise InputError("an event goes on past the end of its track")
            content, position = body[position : position + size], position + size
            if status < SYSEX and max(content) > 127:
                raise InputError(f"a value of {max(content)} where at most 127 is allowed")
            yield tick, status, kind, content
            if status == META and kind == END_OF_TRACK:
                return
    except IndexError:
        message = f"the file is damaged: the last event of track {number} is not whole; export it again"
        raise InputError(message) from None
    except InputError as error:
        place = f"track {number}, byte {start + position:,}"
        raise InputError(f"the file is damaged at {place}: {error}; export it again") from None


def _variable(body: bytes, position: int) -> tuple[int, int]:
    """A variable-length number and the position after it."""
    number = 0
    for i in range(position, position + 4):
        byte = body[i]
        number = number << 7 | byte & 0x7F
        if byte < 0x80:
            return number, i + 1
    raise InputError("a number of more than four bytes")


def _track(raw: Iterable[RawEvent], most: int) -> Track:
    """Pair note-ons and note-offs; all else becomes an event."""
    notes: dict[int, Note] = {}  # by the place of the note-on
    sounding = collections.defaultdict(collections.deque)  # (place, tick, velocity) of note-ons, by channel and pitch
    events: list[Event] = []
    tick = last = 0
    for place, (tick, status, kind, content) in enumerate(raw):
        if (status, kind) == (META, END_OF_TRACK):
            break
        if place >= most:
            raise InputError(f"the file has more than {MOST_EVENTS:,} events")
        command, channel, pitch = status & 0xF0, status & 0x0F, content[0] if content else 0
        if command == NOTE_ON and content[1]:
            sounding[channel, pitch].append((place, tick, content[1]))
        elif command in (NOTE_OFF, NOTE_ON) and sounding[channel, pitch]:
            began, start, velocity = sounding[channel, pitch].popleft()
            notes[began] = Note(
                start=start,
                end=tick,
                pitch=pitch,
                velocity=velocity,
                channel=channel,
                release=content[1] if command == NOTE_OFF else None,
                order=(began, place),
            )
        else:
            events.append(Event(tick=tick, message=decode(status, kind, content), order=place))
        last = tick
    for (channel, pitch), begun in sounding.items():
        for began, start, velocity in begun:
            order = began, None
            notes[began] = Note(start=start, end=tick, pitch=pitch, velocity=velocity, channel=channel, order=order)
    if tick > last:
        events.append(Event(tick=tick, message=MetaMessage("end_of_track")))
    return Track(notes=tuple(note for _, note in sorted(notes.items())), events=tuple(events))


def _without_recipe(track: Track) -> tuple[Track, Recipe | None]:
    """The track without the recipe that genart wrote into it, and the recipe; a damaged one stays a text."""
    for event in track.events:
        if event.tick == 0 and event.message.type == "text" and event.message.text.startswith(PREFIX):
            try:
                recipe = Recipe.from_json(event.message.text.removeprefix(PREFIX))
            except InputError:
                continue
            events = tuple(other for other in track.events if other is not event)
            return dataclasses.replace(track, events=events), recipe
    return track, None


def write(score: Score, file: str | os.PathLike[str] | BinaryIO, *, recipe: bool = True, force: bool = False) -> None:
    """Write a MIDI file of type 1; reading it gives the same tracks, every event in its place.

    New notes and events come in the order note-offs, events, note-ons among those of the same tick.

    Parameters
    ----------
    file
        A path, "-" for standard output, or a file opened for writing bytes.
    recipe
        Whether the score's recipe is written as a text event at the start of the first track.
    force
        Whether a file that exists is overwritten.

    Raises
    ------
    InputError
        The file exists or cannot be written, or the score does not fit a MIDI file.
    """
    data = _file_bytes(score, recipe=recipe)
    if file == "-":
        sys.stdout.buffer.write(data)
    elif isinstance(file, (str, os.PathLike)):
        refuse_existing(file, force=force)
        with atomic(file) as temporary:
            temporary.write_bytes(data)
    else:
        file.write(data)


def _file_bytes(score: Score, *, recipe: bool) -> bytes:
    tracks = list(score.tracks)
    if recipe and score.recipe is not None:
        message = MetaMessage("text", text=file_text(PREFIX + score.recipe.to_json()))
        first = tracks[0] if tracks else Track()
        tracks[:1] = [dataclasses.replace(first, events=(Event(tick=0, message=message), *first.events))]
    if len(tracks) > MOST_TRACKS:
        raise InputError(f"a MIDI file holds at most {MOST_TRACKS} tracks, not {len(tracks)}")
    header = (1).to_bytes(2) + len(tracks).to_bytes(2) + score.resolution.to_bytes(2)
    return b"".join(_chunk(name, body) for name, body in [(b"MThd", header), *((b"MTrk", _body(t)) for t in tracks)])


def _chunk(name: bytes, body: bytes) -> bytes:
    return name + len(body).to_bytes(4) + body


def _body(track: Track) -> bytes:
    """The events of a track as they lie in a file, without running status."""
    body, now = bytearray(), 0
    for tick, _, message in sorted(_messages(track), key=operator.itemgetter(0, 1)):
        if tick - now > LONGEST_DELTA:
            raise InputError(f"the events at ticks {now} and {tick} are too far apart for a MIDI file")
        body += variable(tick - now) + message
        now = tick
    return bytes(body)


def _messages(track: Track) -> Iterator[tuple[int, float, bytes]]:
    """(tick, rank within the tick, bytes) of all messages; those of one rank are to stay in this order."""
    last = max([note.end for note in track.notes] + [event.tick for event in track.events], default=0)
    for note in track.notes:
        began, ended = note.order or (None, None)
        rank = began if began is not None else NEW_BLIP if note.start == note.end else NEW_ON
        yield note.start, rank, bytes([NOTE_ON | note.channel, note.pitch, note.velocity])
        if ended is None and began is not None and note.end >= last:
            continue  # it was never ended, and still lasts to the end of the track
        command = NOTE_ON if note.release is None else NOTE_OFF
        rank = ended if ended is not None else rank if note.start == note.end else NEW_OFF
        yield note.end, rank, bytes([command | note.channel, note.pitch, note.release or 0])
    for event in track.events:
        if event.message.type != "end_of_track":
            rank = event.order if event.order is not None else NEW_EVENT
            yield event.tick, rank, encode(event.message)
    yield last, math.inf, encode(MetaMessage("end_of_track"))
