import itertools
import random
import time

import pytest
from mido import MetaMessage

from genart.errors import InputError
from genart.music import melody
from genart.music.score import Event, Note, Score, Track


def notes(*triples, channel=0):
    """Notes from (start, end, pitch) in ticks."""
    return [Note(start=start, end=end, pitch=pitch, channel=channel) for start, end, pitch in triples]


def line(pitches, *, length=480, channel=0):
    return notes(*((i * length, (i + 1) * length, pitch) for i, pitch in enumerate(pitches)), channel=channel)


def chords(pitches, *, low=48, length=960):
    return [
        note
        for i, p in enumerate(pitches)
        for note in notes(*((i * length, (i + 1) * length, low + p + x) for x in (0, 4, 7)))
    ]


def top(*triples, **options):
    return [(note.start, note.end, note.pitch) for note in melody.skyline(notes(*triples), **options)]


TUNE = [72, 74, 76, 77, 79, 77, 76, 74, 72, 71, 72, 74, 76, 74, 72, 72]
BASS = [36, 36, 43, 43, 41, 41, 43, 43] * 2


def test_the_highest_of_a_chord_stays():
    assert top((0, 480, 60), (0, 480, 67), (0, 480, 64)) == [(0, 480, 67)]


def test_a_note_under_a_higher_one_is_left_out():
    assert top((0, 960, 72), (240, 480, 60), (960, 1200, 60)) == [(0, 960, 72), (960, 1200, 60)]


def test_a_long_low_note_gives_way_to_what_begins_above_it():
    assert top((0, 1920, 48), (480, 960, 72), (960, 1440, 74)) == [(480, 960, 72), (960, 1440, 74)]


def test_what_only_a_lost_note_covers_stays():
    # 60 loses to 72; 55 overlaps nothing but 60.
    assert top((0, 480, 72), (240, 960, 60), (600, 900, 55)) == [(0, 480, 72), (600, 900, 55)]


def test_of_equal_pitches_the_first_then_the_longest_stays():
    assert top((0, 480, 60), (240, 720, 60)) == [(0, 480, 60)]
    assert top((0, 240, 60), (0, 480, 60)) == [(0, 480, 60)]


@pytest.mark.parametrize(
    ("first_end", "both"),
    [(480, True), (540, True), (600, True), (601, False), (900, False)],  # of 480 ticks a quarter may overlap
)
def test_legato_overlaps_stay(first_end, both):
    assert len(top((0, first_end, 60), (480, 960, 64))) == 1 + both


def test_short_notes_may_overlap_by_a_32nd_but_not_by_half():
    assert len(top((0, 140, 60), (100, 240, 64))) == 2  # 40 of 140 ticks, more than a quarter, less than a 32nd
    assert len(top((0, 100, 60), (50, 150, 64))) == 1
    assert len(top((0, 140, 60), (100, 240, 64), resolution=96)) == 1  # here a 32nd is 12 ticks


def test_chords_of_short_notes_are_not_legato():
    assert top((0, 30, 60), (0, 30, 64)) == [(0, 30, 64)]


def test_the_given_objects_come_back_whole():
    given = notes((0, 1000, 60), (480, 960, 72), (960, 1440, 71))
    assert all(any(note is original for original in given) for note in melody.skyline(given))


def test_notes_of_zero_length_are_kept_and_told_apart():
    given = notes((0, 480, 72), (240, 240, 60), (480, 480, 50), (480, 960, 71))
    kept = melody.skyline(given)
    assert [(note.start, note.pitch) for note in kept] == [(0, 72), (240, 60), (480, 71), (480, 50)]
    assert [note.pitch for note in melody.sounding(kept)] == [72, 71]


def test_nothing_in_nothing_out():
    assert melody.skyline([]) == ()


def test_the_top_line_is_one_voice_and_maximal():
    """On random soups: no two kept notes overlap beyond legato, and every lost note overlaps a kept one, not lower."""
    rng = random.Random(3)
    for _ in range(20):
        starts = [rng.randrange(0, 4000) for _ in range(120)]
        soup = notes(*((start, start + rng.randrange(1, 900), rng.randrange(40, 90)) for start in starts))
        kept = melody.skyline(soup)
        for a, b in itertools.pairwise(kept):
            assert a.start <= b.start
            assert a.end - b.start < 0.5 * min(a.end - a.start, b.end - b.start)
        for lost in set(soup) - set(kept):
            assert any(n.pitch >= lost.pitch and n.start < lost.end and lost.start < n.end for n in kept)


def test_a_chord_soup_of_5000_notes_takes_no_time():
    rng = random.Random(4)
    soup = notes(*((start := rng.randrange(0, 30000), start + 960, rng.randrange(30, 100)) for _ in range(5000)))
    begin = time.perf_counter()
    kept = melody.skyline(soup)
    assert time.perf_counter() - begin < 1
    assert 0 < len(kept) <= 40


def test_parts_are_tracks_by_channel_without_drums():
    mixed = Track(notes=(*line(TUNE), *line(BASS, channel=1), *line([38] * 8, channel=9)))
    score = Score.make(voices=[mixed, Track.make(name="Flute", notes=line(TUNE), program=73, channel=3)])
    found = [(part.track, part.channel, part.name, part.program, len(part.notes)) for part in melody.parts(score)]
    assert found == [(1, 0, "", None, 16), (1, 1, "", None, 16), (2, 3, "Flute", 73, 16)]


def likeliest(**voices):
    """Name of the likeliest of named voices."""
    tracks = [Track.make(name=name, notes=given, channel=i) for i, (name, given) in enumerate(voices.items())]
    return melody.likeliest(Score.make(voices=tracks)).name


def test_a_line_is_likelier_than_chords_and_bass():
    assert likeliest(one=line(BASS), two=chords([0, 5, 7, 0] * 2), three=line(TUNE)) == "three"


def test_of_four_voices_the_soprano():
    voices = {name: line([pitch - low for pitch in TUNE]) for name, low in (("a", 24), ("b", 0), ("c", 12), ("d", 7))}
    assert likeliest(**voices) == "b"


def test_names_decide_between_like_parts():
    assert likeliest(Piano=line(TUNE), Melody=line(TUNE)) == "Melody"
    assert likeliest(Strings=line(TUNE), Piano=line(TUNE)) == "Piano"
    assert likeliest(**{"Backing vocals": line(TUNE), "Lead vocals": line(TUNE)}) == "Lead vocals"
    assert likeliest(Pad=line(TUNE), Tenor=line([pitch - 12 for pitch in TUNE])) == "Tenor"


def test_a_name_does_not_make_a_melody_of_a_few_notes():
    assert likeliest(**{"Lead": line(TUNE[:1]), "": line(TUNE * 4)}) == ""


def test_lyrics_show_the_singer():
    words = [Event(tick=note.start, message=MetaMessage("lyrics", text="la")) for note in line(TUNE)]
    counter = Track.make(name="Piano", notes=line(TUNE * 2, length=240), channel=1)
    sung = Track.make(name="Piano", notes=line(TUNE))
    assert melody.likeliest(Score.make(voices=[counter, sung])).track == 1
    karaoke = Track.make(name="Words", notes=[], events=words)
    assert melody.likeliest(Score.make(voices=[karaoke, counter, sung])).track == 3


def test_programs_count():
    bass = Track.make(name="", notes=line(TUNE), program=33)
    flute = Track.make(name="", notes=line(TUNE), program=73, channel=1)
    assert melody.likeliest(Score.make(voices=[bass, flute])).program == 73


def test_a_single_note_is_a_melody():
    part = melody.likeliest(Score.make(voices=[Track.make(name="x", notes=notes((0, 480, 60)))]))
    assert (part.name, len(part.notes)) == ("x", 1)


def test_no_melody_is_said():
    with pytest.raises(InputError, match="there is no melody: the score has no notes; give one with a pitched part"):
        melody.likeliest(Score.make(voices=[]))
    with pytest.raises(InputError, match="the score has only drums"):
        melody.likeliest(Score.make(voices=[Track.make(name="Drums", notes=line([38] * 4, channel=9), channel=9)]))
    with pytest.raises(InputError, match="the score has no notes"):
        melody.likeliest(Score.make(voices=[Track.make(name="x", notes=notes((5, 5, 60)))]))
