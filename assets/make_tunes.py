"""Write the tunes of this folder, our own transcriptions of music in the public domain (see README.md), as MIDI files.

Run it from the repository: python assets/make_tunes.py [FOLDER]. The same files come out every time.
"""

import random
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from mido import Message, MetaMessage

from genart.music.score import Event, Note, Score, Track
from genart.music.timing import Tempo

QUARTER = 480  # ticks, as Score.parse has it

# Grieg's theme and its answer on the dominant, of which every group of instruments takes its own octave.
KING = """
    B{0}:.5 C#{1}:.5 D{1}:.5 E{1}:.5 F#{1}:.5 D{1}:.5 F#{1} | E#{1}:.5 C#{1}:.5 E#{1} E{1}:.5 C{1}:.5 E{1} |
    B{0}:.5 C#{1}:.5 D{1}:.5 E{1}:.5 F#{1}:.5 D{1}:.5 F#{1}:.5 B{1}:.5 | A{1}:.5 F#{1}:.5 D{1}:.5 F#{1}:.5 A{1}:2
"""
ANSWER = """
    F#{1}:.5 G#{1}:.5 A#{1}:.5 B{1}:.5 C#{2}:.5 A#{1}:.5 C#{2} | D{2}:.5 A#{1}:.5 D{2} C#{2}:.5 A#{1}:.5 C#{2} |
    F#{1}:.5 G#{1}:.5 A#{1}:.5 B{1}:.5 C#{2}:.5 A#{1}:.5 C#{2} | D{2}:.5 A#{1}:.5 D{2} C#{2}:2
"""

# A text is checked bar by bar when it is parsed. Lengths are in units of the meter's lower number.
TUNES = {
    "ode_to_joy": Score.parse(
        """
        F#4 F#4 G4 A4 | A4 G4 F#4 E4 | D4 D4 E4 F#4 | F#4:1.5 E4:.5 E4:2 |
        F#4 F#4 G4 A4 | A4 G4 F#4 E4 | D4 D4 E4 F#4 | E4:1.5 D4:.5 D4:2 |
        E4 E4 F#4 D4 | E4 F#4:.5 G4:.5 F#4 D4 | E4 F#4:.5 G4:.5 F#4 E4 | D4 E4 A3 F#4~ |
        F#4 F#4 G4 A4 | A4 G4 F#4 E4 | D4 D4 E4 F#4 | E4:1.5 D4:.5 D4:2
        """,
        meter="4/4",
        key="D",
        tempo=112,
    ),
    "auld_lang_syne": Score.parse(
        """
        C4 | F4:1.5 F4:.5 F4 A4 | G4:1.5 F4:.5 G4 A4 | F4:1.5 F4:.5 A4 C5 | D5:3
        D5 | C5:1.5 A4:.5 A4 F4 | G4:1.5 F4:.5 G4 A4 | F4:1.5 D4:.5 D4 C4 | F4:3
        D5 | C5:1.5 A4:.5 A4 F4 | G4:1.5 F4:.5 G4 D5 | C5:1.5 A4:.5 A4 C5 | D5:3
        D5 | C5:1.5 A4:.5 A4 F4 | G4:1.5 F4:.5 G4 A4:.5 G4:.5 | F4:1.5 D4:.5 D4 C4 | F4:3
        """,
        meter="4/4",
        key="F",
        tempo=92,
        lyrics="""
        Should auld ac- quaint- ance be for- got, and ne- ver brought to mind?
        Should auld ac- quaint- ance be for- got, and days of auld lang syne?
        For auld - lang - syne, my dear, for auld - lang - syne,
        We'll take a cup of kind- ness yet, for - auld - lang - syne.
        """,
    ),
    "amazing_grace": Score.parse(
        """
        D4 | G4:2 B4:.5 G4:.5 | B4:2 A4 | G4:2 E4 | D4:2
        D4 | G4:2 B4:.5 G4:.5 | B4:2 A4 | D5:3~ | D5:2
        B4 | D5:1.5 B4:.5 D5:.5 B4:.5 | G4:2 D4 | E4:1.5 G4:.5 G4:.5 E4:.5 | D4:2
        D4 | G4:2 B4:.5 G4:.5 | B4:2 A4 | G4:3~ | G4:2
        """,
        meter="3/4",
        key="G",
        tempo=84,
    ),
    "silent_night": Score.parse(
        """
        G4:1.5 A4:.5 G4 E4:3 | G4:1.5 A4:.5 G4 E4:3 | D5:2 D5 B4:3 | C5:2 C5 G4:3 |
        A4:2 A4 C5:1.5 B4:.5 A4 | G4:1.5 A4:.5 G4 E4:3 | A4:2 A4 C5:1.5 B4:.5 A4 | G4:1.5 A4:.5 G4 E4:3 |
        D5:2 D5 F5:1.5 D5:.5 B4 | C5:3 E5:3 | C5 G4 E4 G4:1.5 F4:.5 D4 | C4:6
        """,
        meter="6/8",
        key="C",
        tempo=66,
    ),
    "korobeiniki": Score.parse(
        """
        E5 B4:.5 C5:.5 D5 C5:.5 B4:.5 | A4 A4:.5 C5:.5 E5 D5:.5 C5:.5 | B4:1.5 C5:.5 D5 E5 | C5 A4 A4:2 |
        D5:1.5 F5:.5 A5 G5:.5 F5:.5 | E5:1.5 C5:.5 E5 D5:.5 C5:.5 | B4 B4:.5 C5:.5 D5 E5 | C5 A4 A4:2 |
        E5 B4:.5 C5:.5 D5 C5:.5 B4:.5 | A4 A4:.5 C5:.5 E5 D5:.5 C5:.5 | B4:1.5 C5:.5 D5 E5 | C5 A4 A4:2 |
        D5:1.5 F5:.5 A5 G5:.5 F5:.5 | E5:1.5 C5:.5 E5 D5:.5 C5:.5 | B4 B4:.5 C5:.5 D5 E5 | C5 A4 A4:2
        """,
        meter="4/4",
        key="Am",
        tempo=96,
    ),
    "jesu_joy": Score.parse(
        """
        r:1/3 G4:1/3 A4:1/3 B4:1/3 D5:1/3 C5:1/3 C5:1/3 E5:1/3 D5:1/3 |
        D5:1/3 G5:1/3 F#5:1/3 G5:1/3 D5:1/3 B4:1/3 G4:1/3 A4:1/3 B4:1/3 |
        C5:1/3 D5:1/3 E5:1/3 D5:1/3 C5:1/3 B4:1/3 A4:1/3 B4:1/3 G4:1/3 |
        F#4:1/3 G4:1/3 A4:1/3 D4:1/3 F#4:1/3 A4:1/3 C5:1/3 B4:1/3 A4:1/3 |
        B4:1/3 G4:1/3 A4:1/3 B4:1/3 D5:1/3 C5:1/3 C5:1/3 E5:1/3 D5:1/3 |
        D5:1/3 G5:1/3 F#5:1/3 G5:1/3 D5:1/3 B4:1/3 G4:1/3 A4:1/3 B4:1/3 |
        E4:1/3 D5:1/3 C5:1/3 B4:1/3 A4:1/3 G4:1/3 D4:1/3 G4:1/3 F#4:1/3 |
        G4:3
        """,
        meter="3/4",
        key="G",
        tempo=72,
    ),
    "old_hundredth": Score.parse(
        """
        G4 | G4 F#4 E4 D4 | G4 A4 B4:2 | r:4 | r:3
        B4 | B4 B4 A4 G4 | C5 B4 A4:2 | r:4 | r:3
        G4 | A4 B4 A4 G4 | E4 F#4 G4:2 | r:4 | r:3
        D5 | B4 G4 A4 C5 | B4 A4 G4:2
        """,
        meter="4/4",
        key="G",
        tempo=80,
    ),
    "mountain_king": Score.parse(
        " | ".join(phrase.format(low, low + 1, low + 2) for low in (2, 3, 4) for phrase in (KING, ANSWER)),
        meter="4/4",
        key="Bm",
        tempo=138,
    ),
    "can_can": Score.parse(
        """
        D5:2 | E5:.5 G5:.5 F#5:.5 E5:.5 | A5 A5 | A5:.5 B5:.5 F#5:.5 G5:.5 |
        E5 E5 | E5:.5 G5:.5 F#5:.5 E5:.5 | D5:.5 D6:.5 C#6:.5 B5:.5 | A5:.5 G5:.5 F#5:.5 E5:.5 |
        D5:2 | E5:.5 G5:.5 F#5:.5 E5:.5 | A5 A5 | A5:.5 B5:.5 F#5:.5 G5:.5 |
        E5 E5 | E5:.5 G5:.5 F#5:.5 E5:.5 | D5:.5 A5:.5 E5:.5 F#5:.5 | D5 r
        """,
        meter="2/4",
        key="D",
        tempo=152,
    ),
    "yankee_doodle": Score.parse(
        """
        G4:.5 G4:.5 A4:.5 B4:.5 | G4:.5 B4:.5 A4:.5 D4:.5 | G4:.5 G4:.5 A4:.5 B4:.5 | G4 F#4 |
        G4:.5 G4:.5 A4:.5 B4:.5 | C5:.5 B4:.5 A4:.5 G4:.5 | F#4:.5 D4:.5 E4:.5 F#4:.5 | G4 G4 |
        E4:.75 F#4:.25 E4:.5 D4:.5 | E4:.5 F#4:.5 G4 | D4:.75 E4:.25 D4:.5 C4:.5 | B3 D4 |
        E4:.75 F#4:.25 E4:.5 D4:.5 | E4:.5 F#4:.5 G4:.5 E4:.5 | D4:.5 G4:.5 F#4:.5 A4:.5 | G4 G4
        """,
        meter="2/4",
        key="G",
        tempo=92,
    ),
    "oh_susanna": Score.parse(
        """
        G4:.5 A4:.5 | B4 D5 D5:1.5 E5:.5 | D5 B4 G4:1.5 A4:.5 | B4 B4 A4 G4 | A4:3
        G4:.5 A4:.5 | B4 D5 D5:1.5 E5:.5 | D5 B4 G4:1.5 A4:.5 | B4 B4 A4 A4 | G4:4 |
        C5:2 C5:2 | E5 E5:2 E5 | D5 D5 B4 G4 | A4:3
        G4:.5 A4:.5 | B4 D5 D5:1.5 E5:.5 | D5 B4 G4:1.5 A4:.5 | B4 B4 A4 A4 | G4:3
        """,
        meter="4/4",
        key="G",
        tempo=120,
        lyrics="""
        I - come from Al- a- bam- a with my ban- jo on my knee,
        I'm - goin' to Lou'- si- an- a my true love - for to see.
        Oh! Su- san- na, oh don't you cry for me,
        I've - come from Al- a- bam- a with my ban- jo on my knee.
        """,
    ),
}

SUSANNA_CHORDS = ("G", "G", "G", "D", "G", "G", "GD", "G", "C", "C", "G", "D", "G", "G", "GD", "G")  # two share a bar
CHORDS = {"G": (43, (59, 62, 67)), "C": (48, (60, 64, 67)), "D": (50, (57, 62, 66))}  # bass, right hand


def main(folder: Path) -> None:
    """Write all tunes into a folder."""
    scores = dict(TUNES)
    scores["korobeiniki"] = faster(scores["korobeiniki"], {9: 120, 11: 132, 13: 144, 15: 160, 16: 120})
    scores["oh_susanna"] = band(scores["oh_susanna"], chords=SUSANNA_CHORDS)
    scores["yankee_doodle_played"] = played(scores.pop("yankee_doodle"), seed=1755)
    for name, score in scores.items():
        score.save(folder / f"{name}.mid", force=True)


def faster(score: Score, tempos: dict[int, float]) -> Score:
    """The score with other tempos, in quarters a minute, from the bars of these numbers on."""
    starts = {bar.number: bar.start for bar in score.bars()}
    changes = [Tempo(tick=starts[number], bpm=bpm) for number, bpm in tempos.items()]
    events = [
        Event(tick=change.tick, message=MetaMessage("set_tempo", tempo=change.microseconds)) for change in changes
    ]
    conductor, *voices = score.tracks
    return replace(score, tracks=(replace(conductor, events=(*conductor.events, *events)), *voices))


def band(score: Score, *, chords: Sequence[str]) -> Score:
    """A song as bands store it: drums, bass, piano with pedal and the singer last, controllers everywhere."""
    bars = [bar for bar in score.bars() if bar.number > 0]
    conductor, melody = score.tracks
    sections = ((bars[0].start, "Verse"), (bars[8].start, "Chorus"))
    marks = [Event(tick=tick, message=MetaMessage("marker", text=name)) for tick, name in sections]
    drums, bass, piano, pedal = [], [], [], []
    for bar, symbols in zip(bars, chords, strict=True):
        beats = range(bar.start, bar.end, QUARTER)
        pedal += [_control(bar.start, 1, 64, 127), _control(bar.end - 40, 1, 64, 0)]
        for i, beat in enumerate(beats):
            root, hand = CHORDS[symbols[-1 if i > 1 else 0]]
            drums.append(Note(start=beat, end=beat + 60, pitch=36 if i % 2 == 0 else 38, velocity=96, channel=9))
            for half in (0, QUARTER // 2):
                drums.append(Note(start=beat + half, end=beat + half + 60, pitch=42, velocity=64, channel=9))
            if i % 2 == 0:
                pitch = root if i == 0 or len(symbols) > 1 else root - 5
                bass.append(Note(start=beat, end=beat + QUARTER - 30, pitch=pitch, velocity=88))
            else:
                piano += [Note(start=beat, end=beat + QUARTER // 2, pitch=pitch, velocity=70) for pitch in hand]
    scoop = [(0, -2048), (60, -1024), (120, 0)]  # into the first "Oh!"
    bends = [
        Event(tick=bars[8].start + tick, message=Message("pitchwheel", pitch=bend, channel=0)) for tick, bend in scoop
    ]
    swell = [_control(bars[8].start + 120 * i, 0, 11, 90 + 6 * i) for i in range(6)]
    syllables = melody.messages("lyrics")
    lyrics = [Event(tick=tick, message=message) for tick, message in syllables]
    voices = [
        Track.make(name="Drums", notes=drums, channel=9),
        Track.make(name="Bass", notes=bass, program=32, channel=2, events=_mix(2, volume=100, pan=64)),
        Track.make(name="Piano", notes=piano, program=0, channel=1, events=(*_mix(1, volume=84, pan=44), *pedal)),
        Track.make(
            name="Vocal",
            notes=melody.notes,
            program=52,
            events=(*_mix(0, volume=112, pan=70), *bends, *swell, *lyrics),
        ),
    ]
    return replace(score, tracks=(replace(conductor, events=(*conductor.events, *marks)), *voices))


def played(score: Score, *, seed: int) -> Score:
    """The score as if played in: swung eighths, up to 60 ms early or late, legato and staccato, accents."""
    chance = random.Random(seed)
    per_second = QUARTER * score.tempos[0].bpm / 60
    conductor, melody = score.tracks
    starts, notes = [], []
    for note in melody.notes:
        astray = 0.06 if note.end - note.start >= QUARTER // 2 else 0.02  # seconds
        starts.append(max(0, round(_swung(note.start) + per_second * chance.uniform(-astray, astray))))
    for note, start, following in zip(melody.notes, starts, [*starts[1:], score.end], strict=True):
        length = round((following - start) * chance.uniform(0.7, 1.1))
        accent = 14 if note.start % (2 * QUARTER) == 0 else 6 if note.start % QUARTER == 0 else 0
        velocity = 72 + accent + round(chance.gauss(0, 6))
        notes.append(replace(note, start=start, end=start + length, velocity=velocity))
    lead = Track.make(name="Lead", notes=notes, program=73)
    return replace(score, tracks=(conductor, lead))


def _swung(tick: int) -> float:
    """Where a tick goes when the first of two eighths takes 0.62 of the quarter."""
    beat, part = divmod(tick, QUARTER)
    half = QUARTER / 2
    within = part / half * 0.62 if part < half else 0.62 + (part - half) / half * 0.38
    return (beat + within) * QUARTER


def _control(tick: int, channel: int, control: int, value: int) -> Event:
    return Event(tick=tick, message=Message("control_change", channel=channel, control=control, value=value))


def _mix(channel: int, *, volume: int, pan: int) -> list[Event]:
    return [_control(0, channel, 7, volume), _control(0, channel, 10, pan)]


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parent)
