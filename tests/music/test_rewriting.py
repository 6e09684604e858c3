import io

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from mido import Message, MetaMessage

from genart.errors import InputError
from genart.music import midi, rewriting
from genart.music.counterpoint import REST
from genart.music.score import Event, Note, Score, Track
from genart.music.timing import Key, Meter

BAR = 1920
NAMES = ("Soprano", "Alto", "Tenor", "Bass")
LENGTHS = (120, 240, 480, 960, 1920)
LOW = (62, 56, 50, 42)


def voice(draw, index: int, bars: int, *, played: bool) -> Track:
    """A voice with rests, repeated notes, syncopation and, where it is played, timing that is nobody's grid."""
    notes, tick = [], 0
    while tick < bars * BAR:
        length = min(draw.choice(LENGTHS), bars * BAR - tick)
        if draw.random() > 0.15:
            start = max(0, tick + (int(draw.integers(-8, 9)) if played else 0))
            end = tick + length - (int(draw.integers(0, 30)) if played else 0)
            notes.append(Note(start=start, end=end, pitch=LOW[index] + int(draw.integers(0, 10)), channel=index))
        if draw.random() < 0.05:
            notes.append(Note(start=tick, end=tick, pitch=LOW[index] + 11, channel=index))  # of zero length
        tick += length
    notes = notes or [Note(start=0, end=BAR, pitch=LOW[index], channel=index)]
    events = [
        Event(tick=int(draw.integers(0, bars * BAR)), message=message)
        for message in (
            MetaMessage("lyrics", text="la"),
            Message("control_change", control=7, value=90, channel=index),
            Message("pitchwheel", pitch=100, channel=index),
        )
    ]
    return Track.make(name=NAMES[index], notes=notes, program=52, channel=index, events=events)


def random_piece(seed: int, *, played: bool) -> Score:
    """One to four voices, four bars, read from a file so that all events have their places."""
    draw = np.random.default_rng(seed)
    voices = sorted(draw.choice(4, size=int(draw.integers(1, 5)), replace=False))
    made = Score.make(
        voices=[voice(draw, int(index), 4, played=played) for index in voices],
        meters=[Meter.parse("4/4")],
        keys=[Key(name="G")],
    )
    file = io.BytesIO()
    midi.write(made, file)
    return midi.read(io.BytesIO(file.getvalue()))


def messages(score: Score) -> list[list[tuple[int, str]]]:
    """Everything a file of the score says, by track, in order."""
    import mido

    file = io.BytesIO()
    midi.write(score, file)
    found = []
    for track in mido.MidiFile(file=io.BytesIO(file.getvalue())).tracks:
        ticks = np.cumsum([message.time for message in track]).tolist()
        pairs = zip(ticks, track, strict=True)  # the end is where the last event is
        found.append([(tick, str(message.copy(time=0))) for tick, message in pairs if message.type != "end_of_track"])
    return found


@settings(max_examples=500, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(seed=st.integers(0, 10**9), played=st.booleans())
def test_everything_but_the_chosen_cells_stays(seed, played):
    score = random_piece(seed, played=played)
    piece = rewriting.lay_out(score, grid="1/16")
    draw = np.random.default_rng(seed + 1)
    there = list(piece.lines)
    voices = tuple(sorted(draw.choice(there, size=int(draw.integers(1, len(there) + 1)), replace=False).tolist()))
    first, last = (piece.song.bars[i] for i in sorted(draw.integers(0, len(piece.song.bars), 2)))
    slack = 120 if played else 0  # a step: to which of two bars a note belongs that is played over their edge
    low, high = first.start - slack, last.end + slack
    try:
        free = rewriting.chosen(piece, voices=voices, bars=f"{first.number}-{last.number}")
    except InputError:  # there is no whole note
        return
    assert not np.delete(free, voices, axis=1).any()
    cells = np.where(free, draw.integers(45, 75, free.shape), piece.cells)
    made = rewriting.rewrite(piece, cells, free)

    assert len(made.tracks) == len(score.tracks)
    chosen = {piece.voices.parts[v].track for v in voices}
    for number, (old, new) in enumerate(zip(score.tracks, made.tracks, strict=True)):
        if number not in chosen:
            assert new is old
            continue
        assert new.events == old.events
        differ = {note for note in old.notes if note not in new.notes} | {n for n in new.notes if n not in old.notes}
        assert all(low <= note.start and note.end <= high for note in differ)
    for tracks in zip(messages(score), messages(made), strict=True):  # and so it is in the files, in order
        before, after = (
            [m for m in track if not (m[1].startswith("note_") and low <= m[0] <= high)] for track in tracks
        )
        assert before == after


def chorale(**extra) -> Score:
    """Two bars of quarters, S G-A-B-C D-C-B-A."""
    lines = ((67, 69, 71, 72, 74, 72, 71, 69), (62, 62, 67, 67, 67, 67, 67, 66), (59,) * 8, (43,) * 8)
    voices = [
        Track.make(
            name=NAMES[v],
            notes=[Note(start=480 * i, end=480 * i + 480, pitch=p, velocity=60 + i) for i, p in enumerate(line)],
        )
        for v, line in enumerate(lines)
    ]
    return Score.make(voices=voices, **extra)


def test_the_grid_is_that_of_the_quickest_voice():
    slow = Track.make(name="Soprano", notes=[Note(start=BAR * i, end=BAR * i + BAR, pitch=72) for i in range(4)])
    quick = Track.make(name="Bass", notes=[Note(start=480 * i, end=480 * i + 480, pitch=48) for i in range(16)])
    assert len(rewriting.lay_out(Score.make(voices=[slow, quick])).grid) == 64
    assert len(rewriting.lay_out(Score.make(voices=[slow])).grid) < 64


def test_what_is_drawn_as_it_was_stays_the_same_note():
    piece = rewriting.lay_out(chorale())
    free = rewriting.chosen(piece, voices=(2,))
    made = rewriting.rewrite(piece, piece.cells, free)
    assert made == piece.song.score
    cells = piece.cells.copy()
    cells[4:6, 2] = 60
    made = rewriting.rewrite(piece, cells, free)
    tenor = [(note.start, note.end, note.pitch, note.velocity) for note in made.voices[2].notes]
    assert tenor[:4] == [(0, 480, 59, 60), (480, 720, 60, 61), (720, 960, 59, 61), (960, 1440, 59, 62)]
    assert list(made.voices[2].notes[4:]) == list(piece.song.score.voices[2].notes[3:])


def test_a_held_note_is_struck_again_with_the_harmony():
    piece = rewriting.lay_out(chorale())
    cells = piece.cells.copy()
    cells[8:24, 2] = 62  # under B C D C; the alto moves with none of these
    made = rewriting.rewrite(piece, cells, rewriting.chosen(piece, voices=(2,)))
    assert [(n.start, n.end) for n in made.voices[2].notes if n.pitch == 62] == [(960, 2880)]


def test_notes_over_the_edge_stay():
    tied = chorale()
    long = Track.make(name="Alto", notes=[Note(start=960, end=2880, pitch=64), Note(start=2880, end=3840, pitch=62)])
    score = Score(tracks=(*tied.tracks[:2], long, *tied.tracks[3:]))
    piece = rewriting.lay_out(score)
    free = rewriting.chosen(piece, voices=(1,), bars="2")
    assert np.flatnonzero(free[:, 1]).tolist() == list(range(24, 32))


def test_a_voice_rests_where_all_rest():
    piece = rewriting.lay_out(
        Score.make(
            voices=[
                Track.make(
                    name="Soprano", notes=[Note(start=0, end=480, pitch=67), Note(start=5760, end=6240, pitch=69)]
                )
            ]
        )
    )
    free = rewriting.chosen(piece, voices=(0,))
    assert (piece.cells[free] != REST).all()


@pytest.mark.parametrize("bars", ["3", "1-9", "0", "4-2", "all", "2-"])
def test_bars_that_are_not_there_are_refused(bars):
    piece = rewriting.lay_out(chorale())
    with pytest.raises(InputError) as refused:
        rewriting.chosen(piece, voices=(1,), bars=bars)
    assert str(refused.value) == (
        f"bars {bars!r}: write one bar or the first and last, such as 5-8; the piece has bars 1-2"
    )


def test_parallels_are_told_of_a_version():
    piece = rewriting.lay_out(chorale())
    assert piece.parallels(piece.song.score) == "no parallels"
    cells = piece.cells.copy()
    cells[:, 3] = piece.cells[:, 0] - 24
    made = rewriting.rewrite(piece, cells, rewriting.chosen(piece, voices=(3,)))
    assert piece.parallels(made) == "7 parallel octaves: bars 1, 2"
