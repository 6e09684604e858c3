"""Songs for tests: melodies by hand, and such as artists bring, made by hypothesis; and new voices drawn at random."""

import dataclasses
import itertools
from fractions import Fraction

import numpy as np
from hypothesis import strategies as st
from mido import Message, MetaMessage

from genart.music.counterpoint import REST, VOICES
from genart.music.plan import Plan
from genart.music.score import Event, Key, Meter, Note, Score, Tempo, Track
from genart.music.text import pitch_of


def tune(text: str, *, unit: int = 480, channel: int = 0, velocity: int = 80) -> list[Note]:
    """Notes from "C4 D4:2 r G4:1/2", lengths in units of so many ticks; r is a rest."""
    notes, now = [], Fraction(0)
    for word in text.split():
        name, _, length = word.partition(":")
        end = now + Fraction(length or 1) * unit
        if name != "r":
            start, stop = round(now), round(end)
            notes.append(Note(start=start, end=stop, pitch=pitch_of(name), channel=channel, velocity=velocity))
        now = end
    return notes


def song(text: str, *, meter: str = "4/4", unit: int = 480, pickup: int = 0, **options) -> Score:
    """A score of one tune; a pickup of so many quarters is a first, shorter meter."""
    meters = [Meter.parse(meter)]
    if pickup:
        meters = [Meter.parse(f"{pickup}/4"), Meter.parse(meter, tick=480 * pickup)]
    return Score.make(voices=[Track.make(name="Tune", notes=tune(text, unit=unit))], meters=meters, **options)


LENGTHS = {  # in quarters
    "straight": ("1/4", "1/2", "1/2", "1", "1", "1", "3/2", "2", "3"),
    "triplets": ("1/3", "1/3", "1/3", "2/3", "1", "2"),
    "swing": ("2/3", "1/3", "2/3", "1/3", "1", "2"),
    "ornaments": ("1/32", "1/16", "1/8", "1", "2", "4"),
}


@st.composite
def songs(draw: st.DrawFn, *, most: int = 24) -> Score:
    """Songs of up to so many melody notes, in the channel 3 of a track named Lead, or with all in one track."""
    resolution = draw(st.sampled_from([1, 2, 24, 96, 100, 480, 480, 480, 960, 1001]))
    meter = draw(st.sampled_from(["2/4", "3/4", "4/4", "6/8", "5/8", "2/2", "7/8", "3/8", "12/8"]))
    pickup = draw(st.sampled_from(["none", "meter", "rests"]))
    bar = int(Meter.parse(meter).ticks(resolution)) or 1
    short = max(1, bar // draw(st.integers(2, 4)))
    begin = {"none": draw(st.sampled_from([0, 0, 0, 3 * bar])), "meter": 0, "rests": bar - short}[pickup]
    lead = _melody(draw, resolution, begin, bar, draw(st.integers(1, most)))
    meters = [Meter.parse(meter)]
    if pickup == "meter" and short < bar and short * 4 % resolution == 0:
        meters = [Meter(numerator=short * 4 // resolution, denominator=16), Meter.parse(meter, tick=short)]
    end = max(note.end for note in lead)
    tempos = [Tempo(bpm=90), *(Tempo(tick=tick, bpm=150) for tick in draw(st.sets(st.integers(1, end), max_size=3)))]
    tracks = [
        Track.make(name="Lead", notes=lead, program=73, channel=3, events=_events(draw, lead, channel=3)),
        *draw(st.sampled_from([(), (_chords(end, bar),), (_chords(end, bar), _drums(end, resolution))])),
    ]
    tracks = draw(st.permutations(tracks))
    keys = draw(st.sampled_from([(), (Key(name="C"),), (Key(name="Bbm"),)]))
    made = Score.make(voices=tracks, resolution=resolution, tempos=tempos, meters=meters, keys=keys)
    if not draw(st.booleans()):
        return made
    mixed = Track(
        notes=tuple(note for track in made.tracks for note in track.notes),
        events=tuple(event for track in made.tracks for event in track.events if event.message.type != "track_name"),
    )
    return dataclasses.replace(made, tracks=(mixed,))


def _melody(draw: st.DrawFn, resolution: int, begin: int, bar: int, count: int) -> list[Note]:
    """One note after another, with rests, played as people and programs do."""
    lengths = st.sampled_from(LENGTHS[draw(st.sampled_from(sorted(LENGTHS)))]).map(Fraction)
    rests = st.sampled_from([0] * 12 + [Fraction(1, 2), 1, 3, Fraction(3 * bar, resolution)])
    touch = draw(st.sampled_from([Fraction(1), Fraction(9, 10), Fraction(1, 4), Fraction(11, 10), None]))
    late = draw(st.sampled_from([0, 0, resolution // 16]))  # ticks at most
    leap = draw(st.sampled_from([2, 7, 30]))
    pitch, now, notes = draw(st.integers(50, 84)), Fraction(begin), []
    for _ in range(count):
        length = draw(lengths) * resolution
        share = touch or draw(st.sampled_from([Fraction(0), Fraction(1, 2), Fraction(1)]))  # at times of no length
        start = round(now) + draw(st.integers(0, late))
        start = max(start, notes[-1].start + 1 if notes else 0)
        end = start + (max(1, round(length * share)) if share else 0)
        pitch = min(100, max(36, pitch + draw(st.integers(-leap, leap))))
        while any(note.pitch == pitch and note.end >= start for note in notes[-3:]):
            pitch += 1  # files cannot tell such notes' ends apart
        notes.append(Note(start=start, end=end, pitch=pitch, velocity=draw(st.integers(1, 127)), channel=3))
        now += length + draw(rests) * resolution
    if all(note.start == note.end for note in notes):
        notes[-1] = dataclasses.replace(notes[-1], end=notes[-1].start + resolution)
    return notes


def _events(draw: st.DrawFn, notes: list[Note], channel: int) -> list[Event]:
    """What comes with a melody: bends, controllers and lyrics in places."""
    ticks = [note.start for note in notes]
    made = [
        Event(tick=tick, message=MetaMessage("lyrics", text="la")) for tick in draw(st.sets(st.sampled_from(ticks)))
    ]
    bends = draw(st.lists(st.tuples(st.sampled_from(ticks), st.integers(-8192, 8191)), max_size=4))
    made += [Event(tick=tick, message=Message("pitchwheel", channel=channel, pitch=bend)) for tick, bend in bends]
    pedal = Message("control_change", channel=channel, control=64, value=127)
    return [*made, Event(tick=ticks[-1], message=pedal)]


def _chords(end: int, bar: int) -> Track:
    notes = [
        Note(start=start, end=min(start + bar, end) or 1, pitch=pitch, channel=5)
        for start in range(0, end, bar)
        for pitch in (41, 45, 48)
    ]
    return Track.make(name="Chords (backing)", notes=notes, program=48, channel=5)


def _drums(end: int, resolution: int) -> Track:
    notes = [Note(start=start, end=start + 1, pitch=38, channel=9) for start in range(0, end, resolution)]
    return Track.make(name="Drums", notes=notes, channel=9)


def filled(plan: Plan, *, seed: int = 0, longest: int = 6) -> np.ndarray:
    """A plan's copy with new voices at random, of notes up to so many steps, as a model may fill it."""
    rng = np.random.default_rng(seed)
    cells = plan.copy()
    for phrase, voice in itertools.product(plan.phrases, range(len(VOICES))):
        if voice in plan.lines:
            continue
        step = phrase.first
        while step < phrase.last:
            length = int(rng.integers(1, longest + 1))
            cells[step : min(step + length, phrase.last), voice] = 36 + rng.choice(np.flatnonzero(plan.allowed[voice]))
            step += length
    inside = np.zeros((len(cells), 1), bool)
    for phrase in plan.phrases:
        inside[phrase.first : phrase.last] = True
    return np.where(inside | np.isin(range(len(VOICES)), list(plan.lines)), cells, REST)
