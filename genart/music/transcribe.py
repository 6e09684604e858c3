"""Recordings of a melody that was sung, hummed or whistled, written down."""

from collections.abc import Callable, Sequence

import numpy as np

import genart
from genart import progress
from genart.audio import contour
from genart.audio.contour import Contour
from genart.audio.recording import Recording, settled
from genart.errors import InputError
from genart.music import heard, written
from genart.music.contents import note_name
from genart.music.heard import Melody
from genart.music.key import KeyName, estimate
from genart.music.score import Score, Track
from genart.music.timing import Key, Meter
from genart.music.written import Measure
from genart.recipe import Recipe

SILENT = -65.0  # dB: where nothing is louder, nothing was recorded
CLIPPED = 0.001  # share of the samples that is worth a remark
PITCHED = 0.4  # of the loud points, what a melody has at least; a drum kit reaches 0.3, singing at 10 dB of noise 0.75
OUT_OF_TUNE = 0.2  # semitones that are worth a remark


def transcribe(
    recording: Recording,
    *,
    tempo: float | None = None,
    key: str | None = None,
    meter: str = "4/4",
    pickup: float | None = None,
    on_understood: Callable[[str, Sequence[str]], None] | None = None,
    on_step: progress.OnStep | None = None,
) -> Score:
    """Write down a melody that was sung, hummed or whistled.

    The first note stands in the first bar, however long the recording is silent before. Where the tempo of the
    singing is steady the score has one, otherwise one for each bar. The voice may be out of tune as a whole.

    Parameters
    ----------
    recording : a sound file (.wav, .flac, .mp3, .ogg ...; path or open) or an Audio, of up to an hour; of several
        voices the top line is followed, as well as it can be told
    tempo : quarters a minute, 20 to 400; by default estimated
    key : such as "Dm", for the key signature; by default estimated
    meter : such as "3/4"; it is not estimated
    pickup : beats (of the meter's denominator) before bar 1, 0 for none; by default estimated
    on_understood : called with one line on what was heard, and with remarks on what makes it doubtful
    on_step : called with (frames heard, all frames) instead of a progress bar; raise in it to stop

    Returns
    -------
    Score, of one track "Melody", at 480 ticks a quarter

    Raises
    ------
    InputError
        The recording cannot be read, is silent, too long or without a melody, or an option does not fit.
    """
    measure = Measure(meter=Meter.parse(meter), tempo=tempo, pickup=pickup)
    name = None if key is None else KeyName.parse(key)
    steady, sources = settled(recording)
    with progress.shown("listening", on_step=on_step) as step:
        sound = contour.follow(steady, on_step=step)
    melody = heard.melody(sound)
    _check(sound, melody)
    paper = written.write(melody.notes, measure)
    notes = paper.notes
    signature = name or estimate([note.pitch for note in notes], [note.end - note.start for note in notes])
    score = Score.make(
        voices=[Track.make(name="Melody", notes=notes)],
        resolution=written.RESOLUTION,
        tempos=paper.tempos,
        meters=paper.meters,
        keys=[Key(name=signature.midi)],
        recipe=Recipe(
            verb="transcribe",
            seed=0,
            parameters={"tempo": tempo, "key": key, "meter": meter, "pickup": pickup},
            sources=sources,
            versions={"genart": genart.__version__, "numpy": np.__version__},
            device="cpu",
        ),
    )
    if on_understood is not None:
        on_understood(_line(score, measure, signature, estimated=name is None), _remarks(sound, melody))
    return score


def _check(sound: Contour, melody: Melody) -> None:
    if sound.level.max() < SILENT:
        raise InputError(f"{sound.name} is silent, nothing in it is louder than {SILENT:g} dB: check the microphone")
    if not melody.notes or np.isfinite(sound.pitch[sound.loud]).mean() < PITCHED:
        what = "most of what is loud in it has no pitch" if melody.notes else "nothing in it keeps a pitch"
        raise InputError(f"no melody is heard in {sound.name}: {what}; sing without drums, close to the microphone")


def _line(score: Score, measure: Measure, key: KeyName, *, estimated: bool) -> str:
    """What was heard, in one line."""
    notes = score.voices[0].notes
    pitches = [note.pitch for note in notes]
    tempos = [tempo.bpm for tempo in score.tempos]
    bpm = f"{min(tempos):.0f} to {max(tempos):.0f} bpm" if len(tempos) > 1 else f"{tempos[0]:.0f} bpm"
    said = [
        f"{len(notes)} note" + ("" if len(notes) == 1 else "s"),
        f"{note_name(min(pitches))} to {note_name(max(pitches))}",
        f"{key} (estimated)" if estimated else str(key),
        str(measure.meter),
        bpm if measure.tempo is not None else f"{bpm} (estimated)",
    ]
    first, last = score.bars()[0], score.bars()[-1]
    if first.number == 0:
        beats = first.end / score.resolution * measure.meter.denominator / 4
        said.append(f"pickup {beats:.3g} beat" + ("" if beats <= 1 else "s"))
    return " · ".join([*said, f"{last.number} bar" + ("" if last.number == 1 else "s")])


def _remarks(sound: Contour, melody: Melody) -> tuple[str, ...]:
    """What makes the result doubtful, or is otherwise good to know."""
    remarks = []
    if sound.polyphonic:
        remarks.append(f"{sound.name} has several voices at once; their top line was followed")
    if sound.clipped > CLIPPED:
        remarks.append(f"{sound.name} is clipped ({100 * sound.clipped:.1f} % of it); record it softer for surer notes")
    if abs(melody.tuning) > OUT_OF_TUNE:
        way = "sharp" if melody.tuning > 0 else "flat"
        remarks.append(f"it is {abs(100 * melody.tuning):.0f} cents {way} of A4 = 440 Hz, which was taken out")
    return tuple(remarks)
