"""How well `genart transcribe` writes down melodies that are sung, hummed or whistled.

    python benchmarks/transcribe.py             the tunes of assets/ and others that are made here, in three timbres
    python benchmarks/transcribe.py --seconds 15 --made 2

A synthetic singer (tests/music/singer.py) hums, whistles and sings each melody with vibrato of +-50 cents: clean; with
white noise 20 dB below it; "careless", with noise, scoops, notes 15 cents off and all of it 30 cents flat; and in a
room that echoes. Printed is the F-measure of notes as mir_eval.transcription counts it without offsets: a note is found
if one begins within 80 ms and a quarter tone of it. "heard" is what it is of the notes as they were heard, "written" of
the score, whose notes stand on a grid and whose tempo was estimated.
"""

import statistics
import sys
import time
from pathlib import Path

import click
import numpy as np

from genart.audio import contour
from genart.audio.audio import Audio
from genart.music import heard
from genart.music.score import Score
from genart.music.transcribe import transcribe

REPOSITORY = Path(__file__).parents[1]
sys.path.append(str(REPOSITORY / "tests" / "music"))

import singer  # noqa: E402

LEAD = 0.5  # seconds of silence before the singing
CONDITIONS = {
    "clean": {},
    "noisy": {"noise": 20},
    "careless": {"noise": 20, "cents": -30, "careless": 15},
    "echoing": {"noise": 40},
}
ECHO, DIRECT = 0.5, 8.0  # seconds in which the room's echo falls by 60 dB, and how much louder the voice itself is, dB
STEPS = {-4: 1, -2: 6, -1: 8, 0: 5, 1: 8, 2: 6, 4: 1, 7: 1, -7: 1, 12: 0.3}  # how often intervals in degrees occur
SCALE = (0, 2, 4, 5, 7, 9, 11)
RHYTHMS = {  # of a bar in quarters
    "4/4": ("1 1 1 1", "2 1 1", "3/2 1/2 2", "1/2 1/2 1 1/2 1/2 1", "1 1/3 1/3 1/3 2", "3/4 1/4 1/2 1/2 2"),
    "3/4": ("2 1", "1 1 1", "3/2 1/2 1", "1/2 1/2 1/2 1/2 1", "1/3 1/3 1/3 1 1"),
    "6/8": ("1 1/2 1 1/2", "1/2 1/2 1/2 3/2", "3/4 1/4 1/2 1 1/2"),
}


def made(seed: int, *, bars: int = 12) -> Score:
    """A melody drawn by chance: repeated notes, leaps, dotted notes and triplets; every other begins with a pickup."""
    rng = np.random.default_rng(seed)
    meter = tuple(RHYTHMS)[seed % len(RHYTHMS)]
    upbeat = "" if seed % 2 else "1/2" if meter == "6/8" else "1"
    lines = [*([upbeat] if upbeat else []), *rng.choice(RHYTHMS[meter], bars - 1)]
    tonic, degree = int(rng.integers(48, 66)), int(rng.integers(0, 8))
    unit = 2 if meter == "6/8" else 1  # what the text counts in a quarter
    text = []
    for line in lines:
        words = []
        for length in line.split():
            words.append(f"{_name(tonic, degree)}:{_times(length, unit)}")
            step = int(rng.choice(list(STEPS), p=np.array(list(STEPS.values())) / sum(STEPS.values())))
            degree += step if -3 <= degree + step <= 11 else -step
        text.append(" ".join(words))
    last = f"{_name(tonic, 7 * round(degree / 7))}:{int(meter[0])}"
    return Score.parse(" | ".join([*text, last]), meter=meter, tempo=int(rng.integers(70, 130)))


def _name(tonic: int, degree: int) -> str:
    pitch = tonic + 12 * (degree // 7) + SCALE[degree % 7]
    return f"{('C', 'C#', 'D', 'Eb', 'E', 'F', 'F#', 'G', 'Ab', 'A', 'Bb', 'B')[pitch % 12]}{pitch // 12 - 1}"


def _times(length: str, unit: int) -> str:
    top, _, bottom = length.partition("/")
    return f"{int(top) * unit}/{bottom or 1}"


def echoing(sound: Audio) -> Audio:
    """The same sound in a room."""
    from scipy import signal

    time = np.arange(int(1.2 * ECHO * sound.rate)) / sound.rate
    tail = np.random.default_rng(0).standard_normal(len(time)) * 10 ** (-3 * time / ECHO) * (time > 0.003)
    tail *= 10 ** (-DIRECT / 20) / np.linalg.norm(tail)
    tail[0] = 1
    samples = signal.fftconvolve(sound.samples[:, 0], tail)
    return Audio(samples=(0.7 * samples / np.abs(samples).max()).astype(np.float32), rate=sound.rate)


def measure(score: Score, timbre: singer.Timbre, condition: str, *, seconds: float) -> tuple[float, float, float]:
    """F-measures of the notes as heard and as written, and how many times faster than the sound that went."""
    notes = singer.tune(score, seconds=seconds)
    sound = singer.sing(notes, timbre, vibrato=50, lead=LEAD, **CONDITIONS[condition])
    sound = echoing(sound) if condition == "echoing" else sound
    true = singer.moved(notes, seconds=LEAD, semitones=12 * timbre.octaves)
    listened = heard.melody(contour.follow(sound)).notes
    found = [singer.Sung(start=note.start, end=note.end, pitch=note.pitch) for note in listened]
    begun = time.perf_counter()
    written = transcribe(sound, meter=str(score.meters[-1]), on_step=lambda done, total: None)
    speed = sound.seconds / (time.perf_counter() - begun)
    # One note is written for each that is heard. The score has no silence before, nor does its first note say how much.
    onsets = [written.seconds(note.start) for note in written.voices[0].notes]
    lag = statistics.median(note.start - onset for note, onset in zip(listened, onsets, strict=True))
    return (
        singer.f_measure(found, true),
        singer.f_measure(singer.played(written, first=onsets[0] + lag), true),
        speed,
    )


@click.command()
@click.option("--seconds", default=40.0, show_default=True, help="How much of each tune is sung.")
@click.option("--made", "count", default=12, show_default=True, help="How many melodies are made by chance.")
def main(seconds: float, count: int) -> None:
    """Print the F-measure of notes, tune by tune, mean and lowest."""
    tunes = {path.stem: Score.read(path) for path in sorted((REPOSITORY / "assets").glob("*.mid"))}
    tunes |= {f"made {seed}": made(seed) for seed in range(count)}
    columns = [(timbre, condition) for condition in CONDITIONS for timbre in singer.TIMBRES]
    click.echo("heard/written".ljust(22) + "".join(f"{f'{t} {c}':>18}" for t, c in columns))
    results = {column: [] for column in columns}
    for name, score in tunes.items():
        row = [measure(score, singer.TIMBRES[timbre], condition, seconds=seconds) for timbre, condition in columns]
        for column, result in zip(columns, row, strict=True):
            results[column].append(result)
        click.echo(name.ljust(22) + "".join(f"{f'{heard:.3f}/{written:.3f}':>18}" for heard, written, _ in row))
    click.echo()
    for condition in CONDITIONS:
        for timbre in singer.TIMBRES:
            heards, writtens, speeds = zip(*results[timbre, condition], strict=True)
            click.echo(
                f"{condition:9} {timbre:8} heard {statistics.mean(heards):.3f} (lowest {min(heards):.3f})  "
                f"written {statistics.mean(writtens):.3f} (lowest {min(writtens):.3f})  "
                f"{statistics.median(speeds):.0f} times as fast as it sounds"
            )


if __name__ == "__main__":
    main()
