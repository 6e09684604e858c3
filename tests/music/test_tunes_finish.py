"""From a tune to what is saved."""

import dataclasses

from mido import Message

from genart.music.score import Event, Note, Score, Track
from genart.music.tunes.finish import finish
from genart.music.tunes.outline import outline
from genart.music.tunes.tune import Section

PLAYED = Score.make(  # eighths at 96 ticks a quarter, played short, on a flute
    voices=[
        Track.make(
            name="Flute",
            program=73,
            notes=[
                Note(start=192 + 48 * i, end=192 + 48 * i + 41, pitch=pitch, velocity=60 + i)
                for i, pitch in enumerate((62, 64, 66, 67, 69, 67, 66, 64))
            ],
        )
    ],
    resolution=96,
)


def test_given_notes_stay_as_they_were_played():
    plan = outline(primer=PLAYED, bars=2)
    assert plan.begun is not None
    given = plan.begun.sections[0]
    whole = Section(notes=(*given.notes, (192, 192, 62)), length=384)
    score = finish(dataclasses.replace(plan.begun, sections=(whole,)), plan)
    (voice,) = score.voices
    assert score.resolution == 480 and voice.program == 73
    first = voice.notes[0].start
    assert [(n.start - first, n.end - n.start, n.pitch, n.velocity) for n in voice.notes[:8]] == [
        (240 * i, 5 * 41, note.pitch, note.velocity) for i, note in enumerate(PLAYED.voices[0].notes)
    ]
    assert [(n.start - first, n.end - n.start, n.pitch) for n in voice.notes[8:]] == [(1920, 1920, 62)]


def test_resolutions_that_do_not_go_together_are_made_finer():
    odd = dataclasses.replace(PLAYED, resolution=100)
    plan = outline(primer=odd, bars=4, meter="4/4")
    assert plan.begun is not None
    score = finish(plan.begun, plan)
    assert score.resolution == 2400 and score.voices[0].notes[0].end - score.voices[0].notes[0].start == 41 * 24


def test_sections_are_played_in_the_order_asked_for():
    plan = outline(bars=2, repeat="AAB", tempo=90)
    parts = tuple(Section(notes=((0, 192, pitch),), length=192) for pitch in (62, 69))
    begun = outline(primer=PLAYED).begun
    assert begun is not None
    score = finish(dataclasses.replace(begun, sections=parts, form="AB"), plan)
    assert [note.pitch for note in score.voices[0].notes] == [62, 62, 69]
    assert round(score.tempos[0].bpm, 3) == 90 and score.end == 3 * 4 * 480


def test_other_events_of_a_beginning_are_left_out():
    bend = Event(tick=200, message=Message("pitchwheel", pitch=99))
    bent = dataclasses.replace(PLAYED, tracks=(*PLAYED.tracks[:1], dataclasses.replace(
        PLAYED.tracks[1], events=(*PLAYED.tracks[1].events, bend)
    )))  # fmt: skip
    plan = outline(primer=bent)
    assert plan.begun is not None
    assert not list(finish(plan.begun, plan).voices[0].messages("pitchwheel"))
