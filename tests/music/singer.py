"""A synthetic singer: hummed, whistled and sung melodies whose notes are known, for the tests of transcription."""

import dataclasses
from collections.abc import Sequence

import numpy as np

from genart.audio.audio import Audio
from genart.music import melody
from genart.music.score import Score

RATE = 22050
CONTROL = 64  # frames between points of the control curves
SCOOP, SCOOP_TIME = -1.5, 0.06  # semitones that an untrained voice begins below some notes, and how fast it is there
LIFT = 0.09  # seconds that a consonant takes from the end of the note before it
BREATH = 0.05  # seconds of silence, where notes are detached


@dataclasses.dataclass(frozen=True, kw_only=True)
class Sung:
    """A note as it is sung: seconds, MIDI pitch."""

    start: float
    end: float
    pitch: int
    velocity: int = 80


@dataclasses.dataclass(frozen=True, kw_only=True)
class Timbre:
    """How a sound is made: partials fall by `slope` dB an octave, then formants (Hz, width in Hz, dB) lift them."""

    slope: float
    count: int
    formants: tuple[tuple[float, float, float], ...] = ()
    octaves: int = 0  # by which the tune is moved
    breath: float = -50.0  # dB of noise in the sound itself


HUM = Timbre(slope=-14, count=12, formants=((250, 100, 12), (1000, 200, 0)))
WHISTLE = Timbre(slope=-40, count=2, octaves=1, breath=-35)
VOWEL = Timbre(slope=-8, count=40, formants=((700, 110, 18), (1150, 130, 14), (2700, 200, 12)))  # "ah"
TIMBRES = {"hum": HUM, "whistle": WHISTLE, "vowel": VOWEL}


def tune(score: Score, *, seconds: float = 1e9) -> list[Sung]:
    """The melody of a score as far as it starts in the first `seconds`, one note at a time."""
    notes = melody.skyline(melody.likeliest(score).notes)
    starts = [score.seconds(note.start) for note in notes]
    ends = np.minimum([score.seconds(note.end) for note in notes], [*starts[1:], np.inf])
    return [
        Sung(start=start, end=float(end), pitch=note.pitch, velocity=note.velocity)
        for start, end, note in zip(starts, ends, notes, strict=True)
        if start < seconds
    ]


def sing(
    notes: Sequence[Sung],
    timbre: Timbre,
    *,
    vibrato: float = 0.0,
    noise: float | None = None,
    cents: float = 0.0,
    drift: float = 0.0,
    careless: float = 0.0,
    glide: float = 0.06,
    legato: bool = True,
    lead: float = 0.5,
    rate: int = RATE,
    seed: int = 0,
) -> Audio:
    """Sing notes one at a time.

    Parameters
    ----------
    vibrato : half its width in cents, at 5.5 Hz
    noise : white noise so many dB below the singing (mean power over all of it)
    cents, drift : how far it is out of tune from the beginning, and further each minute
    careless : standard deviation of each note's pitch, in cents; above 0, a third of the notes are scooped into
    glide : seconds from one pitch to the next
    legato : only repeated pitches are taken anew, by a consonant; otherwise a short silence stands before every note
    lead : seconds of silence before and after
    rate : frames a second, of the result; it is made at 22,050
    """
    rng = np.random.default_rng(seed)
    frames = round((notes[-1].end + 2 * lead) * RATE)
    time = np.arange(0, frames + CONTROL, CONTROL) / RATE - lead
    pitch, level = _curves(notes, time, legato=legato, glide=glide, careless=careless, rng=rng)
    pitch += (cents + drift * time / 60) / 100 + timbre.octaves * 12 + _wander(len(time), rng)
    pitch += vibrato / 100 * np.sin(2 * np.pi * 5.5 * time + rng.uniform(0, 2 * np.pi))
    samples = _partials(pitch, level, timbre, frames)
    loudness = np.interp(np.arange(frames), np.arange(len(level)) * CONTROL, level)
    power = np.mean(samples**2)
    samples += 10 ** (timbre.breath / 20) * np.sqrt(power) * loudness * rng.standard_normal(frames)
    if noise is not None:
        samples += np.sqrt(power * 10 ** (-noise / 10)) * rng.standard_normal(frames)
    samples = (samples / np.abs(samples).max() * 0.7).astype(np.float32)
    if rate != RATE:
        import soxr

        samples = soxr.resample(samples, RATE, rate)
    return Audio(samples=samples, rate=rate)


def _curves(
    notes: Sequence[Sung], time: np.ndarray, *, legato: bool, glide: float, careless: float, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    """Pitch and amplitude at the points of time."""
    errors = rng.normal(0, careless / 100, len(notes)) if careless else np.zeros(len(notes))
    goals = errors + [note.pitch for note in notes]
    pitch, level = np.full(len(time), goals[0]), np.zeros(len(time))
    for i, note in enumerate(notes):
        since = time - note.start
        joined = i > 0 and note.start - notes[i - 1].end < 0.02
        slides = joined and legato and note.pitch != notes[i - 1].pitch
        share = np.clip(since / glide, 0, 1) if slides else np.ones(len(time))
        goal = goals[i] + (goals[i - 1] - goals[i]) * (0.5 + 0.5 * np.cos(np.pi * share))
        if careless and not slides and rng.uniform() < 0.3:
            goal += SCOOP * np.exp(-np.maximum(since, 0) / SCOOP_TIME)
        pitch = np.where(since >= 0, goal, pitch)
        if joined and not slides:
            depth, width = (rng.uniform(0.65, 0.9), LIFT) if legato else (1.0, BREATH)
            level *= 1 - depth * np.clip(1.3 - np.abs(since + width / 2) / (width / 2), 0, 1)
        attack = np.clip(since / 0.03, 0, 1) ** 2
        level = np.where(since >= 0, level * (1 - attack) + (note.velocity / 127) ** 1.5 * attack, level)
        level *= np.clip((note.end - time) / 0.04 + 1, 0, 1)
    return pitch, level


def _wander(count: int, rng: np.random.Generator) -> np.ndarray:
    """Small slow errors of a voice, about 5 cents."""
    steps = np.cumsum(rng.standard_normal(count))
    kernel = np.hanning(101) / np.hanning(101).sum()
    slow = np.convolve(steps - np.convolve(steps, np.ones(1001) / 1001, "same"), kernel, "same")
    return 0.05 * slow / (slow.std() + 1e-9)


def _partials(pitch: np.ndarray, level: np.ndarray, timbre: Timbre, frames: int) -> np.ndarray:
    points, at = np.arange(len(pitch)) * CONTROL, np.arange(frames)
    hertz = 440 * 2 ** ((pitch - 69) / 12)
    phase = 2 * np.pi * np.cumsum(np.interp(at, points, hertz)) / RATE
    sound = np.zeros(frames)
    for k in range(1, timbre.count + 1):
        decibels = timbre.slope * np.log2(k)
        decibels = decibels + sum(lift / (1 + ((k * hertz - f) / width) ** 2) for f, width, lift in timbre.formants)
        amplitude = level * 10 ** (decibels / 20) * (k * hertz < 0.45 * RATE)
        if amplitude.max() > 1e-5:
            sound += np.interp(at, points, amplitude) * np.sin(k * phase + 0.7 * k * k)
    return sound


def f_measure(found: Sequence[Sung], true: Sequence[Sung], *, onset: float = 0.08, cents: float = 50) -> float:
    """The note F-measure of mir_eval.transcription: the most pairs within `onset` seconds and `cents`, onsets only."""
    from scipy.sparse import csr_array
    from scipy.sparse.csgraph import maximum_bipartite_matching

    apart = np.subtract.outer([note.start for note in found], [note.start for note in true])
    pitches = np.subtract.outer([float(note.pitch) for note in found], [float(note.pitch) for note in true])
    near = (np.abs(apart).round(4) <= onset) & (np.abs(pitches) * 100 <= cents)  # rounded as mir_eval does
    pairs = np.count_nonzero(maximum_bipartite_matching(csr_array(near), perm_type="column") >= 0)
    return 2 * pairs / (len(found) + len(true))


def played(score: Score, *, first: float) -> list[Sung]:
    """The notes of a transcription in the seconds of the recording, whose first note begins at `first`."""
    notes = score.voices[0].notes
    moved = first - score.seconds(notes[0].start)
    return [
        Sung(start=score.seconds(note.start) + moved, end=score.seconds(note.end) + moved, pitch=note.pitch)
        for note in notes
    ]


def moved(notes: Sequence[Sung], *, seconds: float = 0.0, semitones: int = 0) -> list[Sung]:
    """The same notes later and higher."""
    return [
        dataclasses.replace(note, start=note.start + seconds, end=note.end + seconds, pitch=note.pitch + semitones)
        for note in notes
    ]
