import dataclasses
import io
import itertools

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from mido import Message, MetaMessage
from tunes import filled, song, songs, tune

from genart.music import melody, midi, parts, reading
from genart.music import plan as plans
from genart.music.assemble import assemble
from genart.music.score import DRUM_CHANNEL, Event, Key, Meter, Score, Tempo, Track

PATIENT = settings(deadline=None, max_examples=60, suppress_health_check=[HealthCheck.too_slow])  # machines may be busy
CHOIR = parts.programs("choir")


def assembled(
    score, *, chord=None, programs=CHOIR, articulation="harmony", text="all", with_song=False, seed=0, **options
):
    """A score with new voices at random, or always the pitches of `chord`; options are those of a reading."""
    read = reading.read(reading.fine(score), **options)
    plan = plans.make(read, value="1/16")
    cells = filled(plan, seed=seed)
    for voice, pitch in (chord or {}).items():
        cells[:, voice] = pitch
    return assemble(read, plan, cells, articulation=articulation, text=text, programs=programs, with_song=with_song)


def band():
    """A singer on track 3, between a bass with a pedal and drums."""
    voice = Track.make(
        name="Vocal",
        notes=tune("C5 D5 E5 F5 G5:4", channel=2, velocity=99),
        program=52,
        channel=2,
        events=[
            Event(tick=0, message=Message("control_change", channel=2, control=7, value=90)),
            Event(tick=0, message=MetaMessage("lyrics", text="Ah")),
            Event(tick=480, message=Message("pitchwheel", channel=2, pitch=512)),
        ],
    )
    bass = Track.make(name="Bass", notes=tune("C2:4 G2:4", channel=0), program=32, channel=0)
    drums = Track.make(name="Drums", notes=tune("C2 D2 C2 D2", channel=9), channel=9)
    title = Event(tick=0, message=MetaMessage("copyright", text="public domain"))
    score = Score.make(
        voices=[bass, voice, drums], tempos=[Tempo(bpm=90), Tempo(tick=960, bpm=100)], keys=[Key(name="C")]
    )
    return dataclasses.replace(score, tracks=(Track(events=(*score.tracks[0].events, title)), *score.tracks[1:]))


def test_four_named_tracks_soprano_first():
    score = assembled(band()).score
    assert [track.name for track in score.voices] == ["Vocal", "Alto", "Tenor", "Bass"]
    assert [track.program for track in score.voices] == [52, 52, 52, 52]
    assert [track.channels for track in score.voices] == [(2,), (0,), (1,), (3,)]
    assert len(score.tracks) == 5


def test_tempos_meters_and_keys_are_the_songs():
    song, score = band(), assembled(band()).score
    assert score.tempos == song.tempos
    assert score.meters == song.meters
    assert score.keys == song.keys
    assert score.resolution == song.resolution
    assert all(track.notes == () for track in score.tracks[:1])  # all on the first track, as files want it


def test_the_melody_keeps_all_it_has():
    song, score = band(), assembled(band()).score
    assert score.voices[0].notes == song.tracks[2].notes
    assert score.voices[0].events == song.tracks[2].events


def test_new_voices_have_sounds_of_their_own():
    score = assembled(band(), programs=parts.programs("strings")).score
    assert [track.program for track in score.voices] == [52, 40, 41, 42]


def test_an_unnamed_melody_is_named_after_its_voice():
    score = Score.make(voices=[Track(notes=tuple(tune("C5 D5 E5 F5")))])
    assert [track.name for track in assembled(score).score.voices] == ["Soprano", "Alto", "Tenor", "Bass"]
    kept = assembled(score, keep="alto").score
    assert [track.name for track in kept.voices] == ["Soprano", "Alto", "Tenor", "Bass"]
    assert kept.voices[1].notes == score.voices[0].notes


def test_beside_the_song_nothing_else_changes():
    song, score = band(), assembled(band(), with_song=True).score
    assert [track.name for track in score.tracks] == ["", "Bass", "Vocal", "Alto", "Tenor", "Bass", "Drums"]
    assert (*score.tracks[:3], *score.tracks[6:]) == song.tracks
    channels = [track.channels for track in score.tracks[3:6]]
    assert channels == [(1,), (3,), (4,)]


def test_channels_that_only_events_use_are_left_alone():
    song = band()
    silent = Track(events=(Event(tick=0, message=Message("program_change", channel=1, program=5)),))
    score = assembled(dataclasses.replace(song, tracks=(*song.tracks, silent)), with_song=True).score
    assert [track.channels for track in score.tracks[3:6]] == [(3,), (4,), (5,)]


def test_a_song_on_all_channels_keeps_its_sounds():
    tracks = [Track.make(name=f"{i}", notes=tune("C3", channel=i), program=i, channel=i) for i in range(16)]
    lead = Track.make(name="Lead", notes=tune("C5 D5 E5 F5"), program=73)
    new = assembled(Score.make(voices=[lead, *tracks]), with_song=True).score.tracks[2:5]
    assert [track.name for track in new] == ["Alto", "Tenor", "Bass"]
    assert [track.program for track in new] == [None, None, None]
    assert {channel for track in new for channel in track.channels} == {15}


def test_two_voices_are_kept():
    made = assembled(band(), keep={"soprano": "Vocal", "bass": "Bass"}).score
    assert [track.name for track in made.voices] == ["Vocal", "Alto", "Tenor", "Bass"]
    assert made.voices[3].notes == band().tracks[1].notes
    assert made.voices[3].program == 32
    assert [track.channels for track in made.voices] == [(2,), (1,), (3,), (0,)]


def test_lyrics_in_a_track_of_their_own_are_kept():
    words = tuple(
        Event(tick=tick, message=MetaMessage("lyrics", text=text)) for tick, text in ((0, "one"), (480, "two"))
    )
    score = song("C5 D5 E5 F5")
    score = dataclasses.replace(score, tracks=(*score.tracks, Track(events=words)))
    assert assembled(score, text="melody").score.lyrics == ((0, "one"), (480, "two"))
    assert assembled(score).score.voices[0].notes == score.voices[0].notes


@pytest.mark.parametrize(("text", "singing"), [("melody", "S"), ("all", "SATB"), ("none", "")])
def test_new_voices_get_the_words_of_notes_that_begin_with_the_melodys(text, singing):
    score = song("C5 D5 E5 F5")
    words = tuple(Event(tick=480 * i, message=MetaMessage("lyrics", text=f"la{i}")) for i in range(4))
    melody = dataclasses.replace(score.voices[0], events=words)
    score = dataclasses.replace(score, tracks=(melody,))
    made = assembled(score, text=text).score
    sung = {
        voice: [(tick, message.text) for tick, message in track.messages("lyrics")]
        for voice, track in zip("SATB", made.voices, strict=True)
    }
    assert "".join(voice for voice, found in sung.items() if found) == singing
    for voice, track in zip("SATB", made.voices, strict=True):
        if voice in singing:
            starts = {note.start for note in track.notes}
            assert sung[voice] == [(480 * i, f"la{i}") for i in range(4) if 480 * i in starts]
    beside = assembled(score, text=text, with_song=True).score
    assert beside.tracks[0] == score.tracks[0]
    assert [bool(list(track.messages("lyrics"))) for track in beside.tracks[1:]] == [text == "all"] * 3


def test_a_channel_of_a_mixed_track_takes_its_events_alone():
    notes = tune("C5 D5 E5 F5", channel=4) + tune("C2:4", channel=5)
    events = [Event(tick=0, message=Message("program_change", channel=i, program=70 + i)) for i in (4, 5)]
    score = assembled(Score(tracks=(Track(notes=tuple(notes), events=tuple(events)),))).score
    assert score.voices[0].channels == (4,)
    assert [message.program for _, message in score.voices[0].messages("program_change")] == [74]


def test_a_given_meter_pickup_and_key_are_written():
    score = assembled(song("D4 G4 A4 B4 G4 A4 B4"), meter="3/4", pickup=1, key="Em").score
    assert score.meters == (Meter(numerator=1, denominator=4), Meter(tick=480, numerator=3, denominator=4))
    assert score.keys == (Key(name="Em"),)
    assert [(bar.number, bar.start) for bar in score.bars()] == [(0, 0), (1, 480), (2, 1920)]


def test_faults_are_named_by_their_bars():
    """The bass two octaves under a soprano that moves seven times."""
    score = song("D4 C5 D5 E5 F5 E5 D5 C5", pickup=1)
    assert assembled(score, chord={1: 60, 2: 55, 3: 48}).faults == "no parallels"
    read = reading.read(score)
    plan = plans.make(read, value="1/16")
    cells = plan.copy()
    cells[:, 1], cells[:, 2] = 64, 55
    cells[:, 3] = cells[:, 0] - 24
    written = assemble(read, plan, cells, programs=CHOIR)
    assert written.faults == "7 parallel octaves: bars 1, 2"


def test_a_score_without_one_voice_has_no_faults():
    made = assembled(song("C5 D5 E5 F5"), chord={1: -1, 2: -1, 3: -1})
    assert len(made.score.voices) == 1
    assert made.faults == "no parallels"


def events_of(track):
    return [(event.tick, event.message) for event in track.events]


def kept_of(score, read):
    """The notes and events that are the melody's, as they must be found again."""
    track, channel = score.tracks[read.melody.part.track], read.melody.part.channel
    own = [
        (event.tick, event.message)
        for event in track.events
        if getattr(event.message, "channel", channel) == channel
        and event.message.type not in ("set_tempo", "time_signature", "key_signature")
    ]
    return read.melody.notes, own


@PATIENT
@given(songs(), st.sampled_from(["soprano", "alto", "bass"]), st.booleans(), st.sampled_from(parts.ARTICULATIONS))
def test_any_song_keeps_its_melody_exactly(score, keep, with_song, articulation):
    """To the last event, read back from a file: notes, velocities, programs, controllers, bends and lyrics."""
    score = reading.fine(score)
    read = reading.read(score, keep=keep)
    made = assembled(score, keep=keep, with_song=with_song, articulation=articulation).score
    file = io.BytesIO()
    midi.write(made, file)
    again = midi.read(io.BytesIO(file.getvalue()))
    notes, events = kept_of(score, read)
    if with_song:
        place = read.melody.part.track + 1
        assert [events_of(track) for track in made.tracks[:place]] == [
            events_of(track) for track in score.tracks[:place]
        ]
        assert made.tracks[:place] + made.tracks[place + 3 :] == score.tracks
        new = again.tracks[place : place + 3]
        others = score.tracks
    else:
        kept = again.voices[("soprano", "alto", "tenor", "bass").index(keep)]
        assert kept.notes == notes
        assert [pair for pair in events_of(kept) if pair[1].type not in ("track_name", "end_of_track")] == [
            pair for pair in events if pair[1].type not in ("track_name", "end_of_track")
        ]
        new = [track for track in again.voices if track is not kept]
        others = [kept]
    assert again.tempos == score.tempos
    assert again.meters == score.meters
    used = {channel for track in others for channel in track.channels} | {DRUM_CHANNEL}
    assert not used & {channel for track in new for channel in track.channels}
    for track in new:
        assert all(a.end <= b.start for a, b in itertools.pairwise(track.notes))
        assert all(note.start < note.end for note in track.notes)


def test_the_likeliest_melody_of_the_generated_songs_is_mostly_the_lead():
    """That the property above is about whole melodies and not about scraps."""
    lead = tune("C5 D5 E5 F5 " * 4, channel=3)
    chords = [note for pitch in ("F2:4 ", "A2:4 ") for note in tune(pitch * 4, channel=5)]
    score = Score.make(voices=[Track.make(name="Chords (backing)", notes=chords), Track.make(name="Lead", notes=lead)])
    assert melody.likeliest(score).name == "Lead"


@pytest.mark.parametrize("kind", ["set_tempo", "time_signature", "key_signature"])
def test_conductors_events_are_not_written_twice(kind):
    """A melody on the first track of a file, with tempo and meter."""
    score = band()
    mixed = Track(notes=score.tracks[2].notes, events=(*score.tracks[0].events, *score.tracks[2].events))
    made = assembled(dataclasses.replace(score, tracks=(mixed,))).score
    assert not list(made.voices[0].messages(kind))
    assert list(made.tracks[0].messages(kind))
