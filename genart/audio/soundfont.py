"""Playing scores with a SoundFont through FluidSynth (extra `synth`)."""

import importlib.util
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from genart.audio.performance import PAN, Tone, controller, stage
from genart.errors import InputError, MissingExtra
from genart.music.score import DRUM_CHANNEL, Score

VARIABLE = "GENART_SOUNDFONT"
FOLDERS = (
    "/usr/share/sounds/sf2",
    "/usr/share/sounds/sf3",
    "/usr/share/soundfonts",
    "/usr/local/share/soundfonts",
    "/opt/homebrew/share/soundfonts",
    "~/.local/share/soundfonts",
    "~/Library/Audio/Sounds/Banks",
)
CHANNELS = 256  # the most that FluidSynth has
DRUM_BANK = 128
TAIL_SECONDS = 2.0
BANK_CONTROLLERS = (0, 32)


def find() -> Path | None:
    """The SoundFont to play with: GENART_SOUNDFONT, a system folder's, or the small one inside pretty_midi.

    None if there is none, or if FluidSynth is not installed.

    Raises
    ------
    InputError, MissingExtra
        GENART_SOUNDFONT names a file that is not a SoundFont, or is set while FluidSynth is not installed.
    """
    if chosen := os.environ.get(VARIABLE):
        return check(chosen)
    if _fluidsynth() is None:
        return None
    for folder in FOLDERS:
        found = [path for path in Path(folder).expanduser().glob("*.sf[23]") if _is_soundfont(path)]
        if found:  # a General MIDI set before a single instrument, a large one before a small one
            return max(found, key=lambda path: ("gm" in path.name.lower(), path.stat().st_size, path.name))
    spec = importlib.util.find_spec("pretty_midi")
    bundled = Path(spec.origin).with_name("TimGM6mb.sf2") if spec and spec.origin else None
    return bundled if bundled and _is_soundfont(bundled) else None


def check(path: str | os.PathLike[str]) -> Path:
    """The path of a SoundFont that the artist named, once it is known that it can be played.

    Raises
    ------
    InputError
        The file is not there or not a SoundFont.
    MissingExtra
        FluidSynth is not installed.
    """
    if not Path(path).is_file():
        raise InputError(f"SoundFont {os.fspath(path)} does not exist")
    if not _is_soundfont(Path(path)):
        raise InputError(f"{os.fspath(path)} is not a SoundFont (.sf2 or .sf3)")
    if _fluidsynth() is None:
        raise MissingExtra(
            "playing with a SoundFont needs FluidSynth: "
            'pip install "genart[synth]" and its library (apt install libfluidsynth3, brew install fluid-synth)'
        )
    return Path(path)


def blocks(score: Score, tones: list[Tone], *, soundfont: Path, rate: int) -> Iterator[np.ndarray]:
    """Play a score, every track on channels of its own: float32 [frames, 2] blocks of about ten seconds.

    `tones` are the score's notes as heard, which say how long to play and how much sounds at once.
    """
    crowd = max(1, min(256, _most_at_once(tones)))
    synth: Any = _fluidsynth().Synth(gain=min(0.6, 4 / crowd), samplerate=float(rate), channels=CHANNELS)
    try:
        font = synth.sfload(os.fspath(soundfont))
        if font < 0:
            raise InputError(f"{soundfont} is not a SoundFont that FluidSynth can read")
        end = round((max((tone.stop for tone in tones), default=0) + TAIL_SECONDS) * rate)
        commands = _commands(score, font, rate)
        at, pending = 0, next(commands, None)
        for first in range(0, end, 10 * rate):
            stop, pieces = min(first + 10 * rate, end), []
            while at < stop:
                while pending and pending[0] <= at:
                    getattr(synth, pending[1])(*pending[2])
                    pending = next(commands, None)
                until = min(stop, pending[0]) if pending else stop
                pieces.append(synth.get_samples(until - at))
                at = until
            yield np.concatenate(pieces).reshape(-1, 2).astype(np.float32) / 32768
    finally:
        synth.delete()


def _commands(score: Score, font: int, rate: int) -> Iterator[tuple[int, str, tuple[int, ...]]]:
    """(frame, method of the synth, its arguments), in order: ends of notes, then controllers, then starts."""
    found: list[tuple[int, int, int, str, tuple[int, ...]]] = []
    places: dict[tuple[int, int], int] = {}  # FluidSynth's channel for each track and channel

    def add(tick: int, rank: int, method: str, *arguments: int) -> None:
        found.append((round(score.seconds(tick) * rate), rank, len(found), method, arguments))

    for index, (track, place) in enumerate(zip(score.tracks, stage(score), strict=True)):
        for channel in track.channels:
            to = places.setdefault((index, channel), len(places) % CHANNELS)
            add(0, -1, "program_select", to, font, DRUM_BANK if channel == DRUM_CHANNEL else 0, 0)
            if not controller(track, channel, PAN):
                add(0, -1, "cc", to, PAN, round(64 + 63 * place))
        for note in track.notes:
            if note.end > note.start:
                to = places[index, note.channel]
                add(note.start, 2, "noteon", to, note.pitch, note.velocity)
                add(note.end, 0, "noteoff", to, note.pitch)
        for event in track.events:
            message = event.message
            to = places.get((index, getattr(message, "channel", -1)))
            if to is None:
                continue
            if message.type == "control_change":
                if message.control not in BANK_CONTROLLERS or message.channel != DRUM_CHANNEL:
                    add(event.tick, 1, "cc", to, message.control, message.value)
            elif message.type == "program_change":
                if message.channel == DRUM_CHANNEL:
                    add(event.tick, 1, "program_select", to, font, DRUM_BANK, message.program)
                else:
                    add(event.tick, 1, "program_change", to, message.program)
            elif message.type == "pitchwheel":
                add(event.tick, 1, "pitch_bend", to, message.pitch)
    return ((frame, method, arguments) for frame, _, _, method, arguments in sorted(found))


def _most_at_once(tones: list[Tone]) -> int:
    changes = sorted([(tone.start, 1) for tone in tones] + [(tone.stop, -1) for tone in tones])
    count = most = 0
    for _, change in changes:
        count += change
        most = max(most, count)
    return most


def _is_soundfont(path: Path) -> bool:
    try:
        with open(path, "rb") as file:
            head = file.read(12)
    except OSError:
        return False
    return head[:4] == b"RIFF" and head[8:] == b"sfbk"


def _fluidsynth() -> Any:
    """The module, None if it or its library is not installed."""
    if "fluidsynth" not in sys.modules and importlib.util.find_spec("fluidsynth") is None:
        return None
    try:
        import fluidsynth  # pyright: ignore[reportMissingImports]
    except (ImportError, OSError, AttributeError):  # the module without its library, or with one too old
        return None
    return fluidsynth
