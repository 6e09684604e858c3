"""Reading and writing MIDI files. Expected bytes are put together by hand in smf.py, after the MIDI 1.0 file format."""

import dataclasses
import io
import time

import mido
import pytest
import smf
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from genart.errors import InputError
from genart.music import midi
from genart.music.messages import SysexPacket
from genart.music.score import Event, Note, Score, Track
from genart.recipe import Recipe

RECIPE = Recipe(
    verb="harmonize", model="bach", weights="ab" * 32, seed=7, parameters={"steps": 4}, versions={}, device="cpu"
)


PATIENT = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])  # machines may be busy


def read(data: bytes) -> Score:
    return midi.read(io.BytesIO(data))


def written(score: Score, **options: bool) -> bytes:
    file = io.BytesIO()
    midi.write(score, file, **options)
    return file.getvalue()


def one_track(*raw: tuple[int, bytes], end: int = 0) -> bytes:
    return smf.midi(smf.track([*raw, (end, smf.END)]))


def hidden(score: Score) -> list[list[tuple]]:
    """What equality leaves out."""
    return [[(note.order, note.release) for note in t.notes] + [(e.order,) for e in t.events] for t in score.tracks]


@PATIENT
@given(
    st.lists(smf.raw_tracks(), max_size=3), st.booleans(), st.booleans(), st.integers(1, 32767), st.sampled_from([0, 1])
)
def test_every_byte_comes_back(tracks, running, alien, resolution, kind):
    chunks = [smf.track(raw, running=running) for raw in tracks]
    extra = [smf.chunk(b"XFIH", b"\x00\x01")] if alien else []
    score = read(smf.midi(*extra, *chunks, tracks=len(chunks), resolution=resolution, kind=kind))
    plain = smf.midi(*[smf.track(raw) for raw in tracks], resolution=resolution)
    assert written(score) == plain
    again = read(plain)
    assert again == score
    assert hidden(again) == hidden(score)


MIDO_MESSAGES = st.one_of(
    st.builds(
        lambda kind, note, velocity, time: mido.Message(kind, note=note, velocity=velocity, time=time),
        st.sampled_from(["note_on", "note_off"]),
        st.integers(60, 62),
        st.sampled_from([0, 1, 100]),
        smf.deltas,
    ),
    st.builds(
        lambda pitch, time: mido.Message("pitchwheel", pitch=pitch, time=time), st.integers(-8192, 8191), smf.deltas
    ),
    st.builds(
        lambda data, time: mido.Message("sysex", data=data, time=time), st.lists(smf.seven, max_size=4), smf.deltas
    ),
    st.builds(
        lambda kind, text, time: mido.MetaMessage(kind, text=text, time=time),
        st.sampled_from(["text", "copyright", "lyrics", "marker", "cue_marker"]),
        st.sampled_from(["", "la", "é\x80\xff"]),
        smf.deltas,
    ),
    st.builds(
        lambda key, time: mido.MetaMessage("key_signature", key=key, time=time),
        st.sampled_from(["C", "F#m", "Bb"]),
        smf.deltas,
    ),
    st.builds(
        lambda data, time: mido.MetaMessage("sequencer_specific", data=data, time=time),
        st.lists(st.integers(0, 255), max_size=4),
        smf.deltas,
    ),
)


@PATIENT
@given(st.lists(st.lists(MIDO_MESSAGES, max_size=20), min_size=1, max_size=3), st.integers(1, 32767))
def test_mido_finds_the_same_messages(tracks, resolution):
    """mido as a witness that shares no code with the bytes of smf.py."""
    before, after = io.BytesIO(), io.BytesIO()
    mido.MidiFile(tracks=[mido.MidiTrack(t) for t in tracks], ticks_per_beat=resolution).save(file=before)
    before.seek(0)
    midi.write(midi.read(before), after)
    before.seek(0)
    after.seek(0)
    assert mido.MidiFile(file=after).tracks == mido.MidiFile(file=before).tracks


def test_overlapping_notes_end_first_in_first_out():
    score = read(one_track((0, b"\x90\x3c\x40"), (10, b"\x90\x3c\x50"), (10, b"\x80\x3c\x05"), (10, b"\x90\x3c\x00")))
    assert score.tracks[0].notes == (
        Note(start=0, end=20, pitch=60, velocity=64),
        Note(start=10, end=30, pitch=60, velocity=80),
    )
    assert [note.release for note in score.tracks[0].notes] == [5, None]


def test_a_note_never_ended_lasts_to_the_end_of_the_track_and_stays_so():
    data = one_track((0, b"\x90\x3c\x40"), (10, b"\xb0\x40\x7f"), end=90)
    score = read(data)
    assert score.tracks[0].notes == (Note(start=0, end=100, pitch=60, velocity=64),)
    assert written(score) == data


def test_a_note_never_ended_is_ended_when_it_is_shortened():
    track = read(one_track((0, b"\x90\x3c\x40"), (10, b"\xb0\x40\x7f"), end=90)).tracks[0]
    shorter = dataclasses.replace(track, notes=(dataclasses.replace(track.notes[0], end=50),))
    assert read(written(Score(tracks=(shorter,)))).tracks[0].notes[0].end == 50


def test_note_offs_without_a_note_stay_events():
    data = one_track((0, b"\x80\x3c\x40"), (5, b"\x90\x3c\x00"))
    track = read(data).tracks[0]
    assert track.notes == ()
    assert [(event.tick, event.message.type) for event in track.events] == [(0, "note_off"), (5, "note_on")]


def test_zero_length_notes_are_kept():
    data = one_track((7, b"\x90\x3c\x40"), (0, b"\x80\x3c\x40"))
    assert read(data).tracks[0].notes == (Note(start=7, end=7, pitch=60, velocity=64),)


def test_new_messages_of_a_tick_are_note_offs_then_events_then_notes():
    notes = [
        Note(start=0, end=10, pitch=60),
        Note(start=10, end=20, pitch=60),
        Note(start=10, end=10, pitch=60, velocity=1),
    ]
    events = [Event(tick=10, message=mido.Message("control_change", control=64, value=1))]
    score = Score(tracks=(Track(notes=tuple(notes), events=tuple(events)),))
    kinds = [event for _, event in _raw(written(score))][1:6]
    assert kinds == [b"\x80\x3c\x40", b"\xb0\x40\x01", b"\x90\x3c\x01", b"\x80\x3c\x40", b"\x90\x3c\x50"]
    assert set(read(written(score)).tracks[0].notes) == set(notes)


def _raw(data: bytes) -> list[tuple[int, bytes]]:
    file = mido.MidiFile(file=io.BytesIO(data))
    return [(message.time, bytes(message.bytes())) for message in file.tracks[0]]


def test_time_before_meta_events_that_mido_does_not_know_is_kept():
    data = one_track((480, smf.meta(0x4B, b"?")), (480, b"\x90\x3c\x40"), (480, b"\x80\x3c\x40"))
    assert read(data).tracks[0].notes[0].start == 960
    # The reason for reading files without mido's reader. If this fails, mido was mended.
    assert mido.MidiFile(file=io.BytesIO(data)).tracks[0][0].time == 0


def test_sysex_packets_without_a_mido_message():
    data = one_track((0, b"\xf0\x02\x43\x12"), (5, b"\xf7\x02\x01\xf7"))
    events = read(data).tracks[0].events
    assert events[0].message == SysexPacket(status=0xF0, data=b"\x43\x12")
    assert repr(events[1].message) == "SysexPacket('sysex_packet', status=247, data=b'\\x01\\xf7', time=0)"
    assert events[1].tick == 5


def test_what_follows_the_end_of_a_track_is_left_out():
    track = smf.track([(0, b"\x90\x3c\x40"), (10, b"\x80\x3c\x40"), (0, smf.END), (0, b"\xb0\x01\x01")])
    assert read(smf.midi(track)).tracks[0].events == ()


def test_a_track_without_an_end_is_read():
    assert len(read(smf.midi(smf.track([(0, b"\x90\x3c\x40"), (10, b"\x80\x3c\x40")]))).tracks[0].notes) == 1


def test_more_tracks_than_declared_are_read():
    track = smf.track([(0, smf.END)])
    assert len(read(smf.midi(track, track, track, tracks=1)).tracks) == 3


def test_padding_after_the_last_track_is_passed_over():
    assert len(read(smf.midi(smf.track([(0, smf.END)])) + bytes(7)).tracks) == 1


def test_riff_midi_is_unwrapped():
    inner = one_track((0, b"\x90\x3c\x40"), (10, b"\x80\x3c\x40"))
    riff = b"RIFF" + (len(inner) + 12).to_bytes(4, "little") + b"RMIDdata" + len(inner).to_bytes(4, "little") + inner
    assert len(read(riff).voices) == 1


def test_texts_are_utf8_where_they_can_be_and_keep_their_bytes():
    data = one_track((0, smf.meta(3, "Szőlő".encode())), (0, smf.meta(5, b"caf\xe9")), (0, smf.meta(5, "é".encode())))
    score = read(data)
    assert score.tracks[0].name == "Szőlő"
    assert score.lyrics == ((0, "café"), (0, "é"))
    assert written(score) == data


def test_texts_beyond_latin1_can_be_written():
    event = Event(tick=0, message=mido.MetaMessage("lyrics", text="Szőlő"))
    assert read(written(Score(tracks=(Track(events=(event,)),)))).lyrics == ((0, "Szőlő"),)


def test_the_recipe_travels_and_is_not_doubled(tmp_path):
    path = tmp_path / "song.mid"
    score = Score.make(voices=[Track.make(name="A", notes=[Note(start=0, end=9, pitch=60)])], recipe=RECIPE)
    midi.write(score, path)
    again = midi.read(path)
    assert again.recipe == RECIPE
    assert again == score
    assert written(again) == path.read_bytes()
    assert path.read_bytes().count(b"@genart ") == 1
    assert read(written(again, recipe=False)).recipe is None
    assert b"@genart" not in written(again, recipe=False)


def test_a_damaged_recipe_stays_a_text():
    data = one_track((0, smf.meta(1, b"@genart {")))
    assert read(data).recipe is None
    assert written(read(data)) == data


def test_a_score_without_tracks_carries_a_recipe():
    assert read(written(Score(tracks=(), recipe=RECIPE))).recipe == RECIPE
    assert read(written(Score(tracks=()))).tracks == ()


TRACK = smf.track([(0, smf.END)])
BROKEN = {
    "the file is empty": b"",
    "this is not a MIDI file": b"hello there, world",
    "this is a PNG picture, not a MIDI file": b"\x89PNG\r\n\x1a\n" + bytes(9),
    "this is WAV sound or another RIFF file, not a MIDI file": b"RIFF\x00\x00\x00\x00WAVEfmt ",
    "the file is cut short in its header; copy or export it again": b"MThd\x00\x00\x00\x06\x00",
    "the file is cut short: of its 2 tracks only 1 are whole; copy or export it again": smf.midi(TRACK, tracks=2),
    "the file is cut short: of its 1 tracks only 0 are whole; copy or export it again": one_track((0, b"\xc0\x01"))[
        :-3
    ],
    "this is a MIDI file of type 2; export it as type 1": smf.midi(TRACK, TRACK, kind=2),
    "the file counts time in SMPTE frames; export it with ticks a quarter note instead": smf.midi(
        TRACK, resolution=0xE728
    ),
    "the file is damaged: it says that a quarter note has 0 ticks": smf.midi(TRACK, resolution=0),
    "the file is damaged: the last event of track 1 is not whole; export it again": smf.midi(
        smf.chunk(b"MTrk", b"\x00\x90\x3c\x40\x05")
    ),
    "the file is damaged at track 1, byte 26: a value of 200 where at most 127 is allowed; export it again": one_track(
        (0, b"\x90\x3c\xc8")
    ),
    "the file is damaged at track 1, byte 24: an event of unknown kind; export it again": one_track((0, b"\xf8")),
    "the file is damaged at track 1, byte 23: a data byte without an event; export it again": one_track(
        (0, b"\x3c\x40")
    ),
    "the file is damaged at track 1, byte 22: a number of more than four bytes; export it again": smf.midi(
        smf.chunk(b"MTrk", b"\xff" * 9)
    ),
    "the file is damaged at track 1, byte 26: an event goes on past the end of its track; export it again": smf.midi(
        smf.chunk(b"MTrk", b"\x00\xff\x01\x7fab")
    ),
    "tempo 0 at tick 96: a tempo is at least 1 microsecond a quarter": one_track((96, smf.meta(0x51, bytes(3)))),
    "meter 0/4 at tick 0: a meter is 1-255 beats over 1, 2, 4, 8, 16, 32 or 64, such as 3/4": one_track(
        (0, smf.meta(0x58, b"\x00\x02\x18\x08"))
    ),
    "meter 4/128 at tick 0: a meter is 1-255 beats over 1, 2, 4, 8, 16, 32 or 64, such as 3/4": one_track(
        (0, smf.meta(0x58, b"\x04\x07\x18\x08"))
    ),
}


@pytest.mark.parametrize("message", BROKEN)
def test_broken_files_are_refused_in_one_sentence(message, tmp_path):
    path = tmp_path / "song.mid"
    path.write_bytes(BROKEN[message])
    with pytest.raises(InputError) as caught:
        midi.read(path)
    assert str(caught.value) == f"song.mid: {message}"


def test_what_is_not_a_readable_file_is_refused(tmp_path):
    with pytest.raises(InputError, match=r"nothing\.mid does not exist$"):
        midi.read(tmp_path / "nothing.mid")
    with pytest.raises(InputError, match=r"is a folder, not a file$"):
        midi.read(tmp_path)
    with pytest.raises(InputError, match=r"^/dev/zero is too large: at most 16 MB can be read$"):
        midi.read("/dev/zero")
    with pytest.raises(InputError, match=r"^MIDI data: open the file for reading bytes, not text$"):
        midi.read(io.StringIO("MThd"))  # pyright: ignore[reportArgumentType]


def test_a_path_may_be_text_or_an_open_file_or_standard_input(tmp_path, monkeypatch):
    path = tmp_path / "song.mid"
    path.write_bytes(one_track((0, b"\x90\x3c\x40"), (10, b"\x80\x3c\x40")))
    score = midi.read(path)
    assert midi.read(str(path)) == score
    with path.open("rb") as file:
        assert midi.read(file) == score
    with path.open("rb") as file:
        monkeypatch.setattr("sys.stdin", io.TextIOWrapper(file))
        assert midi.read("-") == score


def test_open_files_are_named_in_errors(tmp_path):
    path = tmp_path / "song.mid"
    path.write_bytes(b"no")
    with path.open("rb") as file, pytest.raises(InputError, match=r"^song\.mid: this is not a MIDI file$"):
        midi.read(file)


def test_writing_to_standard_output(monkeypatch):
    out = io.TextIOWrapper(io.BytesIO())
    monkeypatch.setattr("sys.stdout", out)
    score = Score(tracks=())
    midi.write(score, "-")
    assert out.buffer.getvalue() == written(score)  # pyright: ignore[reportAttributeAccessIssue]


def test_nothing_is_overwritten_unless_forced(tmp_path):
    path = tmp_path / "song.mid"
    path.write_bytes(b"mine")
    with pytest.raises(InputError, match=r"song\.mid exists; pass --force to overwrite it$"):
        midi.write(Score(tracks=()), path)
    assert path.read_bytes() == b"mine"
    midi.write(Score(tracks=()), path, force=True)
    assert path.read_bytes() == written(Score(tracks=()))


def test_events_too_far_apart_are_refused(tmp_path):
    score = Score(tracks=(Track(notes=(Note(start=0, end=2**28, pitch=60),)),))
    with pytest.raises(InputError, match=r"^the events at ticks 0 and 268435456 are too far apart for a MIDI file$"):
        midi.write(score, tmp_path / "song.mid")
    assert list(tmp_path.iterdir()) == []


def test_too_many_events_are_refused(monkeypatch):
    monkeypatch.setattr(midi, "MOST_EVENTS", 3)
    one, two = (smf.track([*[(0, b"\xb0\x01\x01")] * n, (0, smf.END)]) for n in (1, 2))
    assert len(read(smf.midi(one, two)).tracks) == 2
    with pytest.raises(InputError, match=r"^MIDI data: the file has more than 3 events$"):
        read(smf.midi(two, two))


def test_a_two_hour_file_is_read_in_seconds():
    notes = [(60, bytes([0x90, 40 + i % 40, 64 * (1 - i % 2)])) for i in range(100_000)]
    data = one_track(*notes)
    start = time.perf_counter()
    score = read(data)
    assert time.perf_counter() - start < 5  # 0.4 s on an idle core
    assert len(score.tracks[0].notes) + len(score.tracks[0].events) > 50_000
