"""The built-in synth: sums of decaying sines, good enough to judge harmony by, in numpy alone.

A note is a sum of partials, the real part of sum_k a_k exp(z_k t). With t = m B + j that is a product of two
small matrices, exp(z_k m B) and exp(z_k j), so a second of forty partials costs a fraction of a millisecond, and
any stretch of a note can be computed by itself: music of any length is made in blocks.
"""

import dataclasses
import functools
from collections.abc import Iterator, Sequence

import numpy as np

from genart.audio.performance import Tone

ROW = 128  # frames in a row of the matrix product
ROWS = 8  # in one product: small enough that no BLAS starts threads, which stall where other programs hold the cores
ROOM_SECONDS = 1.1
ROOM_LEVEL = 0.22  # of the reverb, against the dry sound
CHORUS_LEVEL = 0.22  # low enough that players who drift out of phase never silence the one in tune
ATTACK_SHAPE = 0.5 * np.pi


@dataclasses.dataclass(frozen=True, kw_only=True)
class Timbre:
    """A family of instruments. Amplitudes are relative; partial k sounds at k times the note's frequency."""

    partials: tuple[float, ...]
    attack: float  # seconds
    release: float  # seconds
    decay: float = 0.0  # of partial 1 at C4, per second; 0 for sustained sounds
    damping: float = 0.0  # how much faster each higher partial decays, per second
    chorus: tuple[float, ...] = ()  # cents of softer players beside the one in tune
    formants: tuple[tuple[float, float, float], ...] = ()  # (Hz, width in Hz, gain) of a voice
    loudness: float = 1.0


def _falling(count: int, slope: float) -> tuple[float, ...]:
    return tuple(k**-slope for k in range(1, count + 1))


PIANO = Timbre(
    partials=(1, 0.55, 0.35, 0.22, 0.14, 0.1, 0.03, 0.05, 0.03, 0.02),
    attack=0.004, release=0.18, decay=0.9, damping=0.45, chorus=(0.8,),
)  # fmt: skip
BELL = Timbre(partials=(1, 0.1, 0.05, 0.35, 0, 0.02, 0, 0, 0, 0.12), attack=0.002, release=0.5, decay=2.2, damping=0.5)
ORGAN = Timbre(partials=(1, 0.8, 0.35, 0.5, 0.12, 0.2, 0, 0.25), attack=0.03, release=0.1, chorus=(-1.2, 1.5))
GUITAR = Timbre(
    partials=(1, 0.8, 0.55, 0.3, 0.25, 0.12, 0.1, 0.05, 0.04, 0.03),
    attack=0.003, release=0.12, decay=1.3, damping=0.7,
)  # fmt: skip
BASS = Timbre(partials=(1, 0.7, 0.4, 0.2, 0.1, 0.05), attack=0.006, release=0.08, decay=0.8, damping=0.5, loudness=1.2)
STRINGS = Timbre(partials=_falling(16, 1.15), attack=0.09, release=0.22, chorus=(-5.0, 6.0))
CHOIR = Timbre(
    partials=_falling(24, 0.9), attack=0.07, release=0.2, chorus=(-5.0, 6.0),
    formants=((650, 160, 1.0), (1080, 200, 0.45), (2650, 350, 0.16)),
)  # fmt: skip
BRASS = Timbre(partials=_falling(14, 0.8), attack=0.035, release=0.12, chorus=(-2.0,), loudness=0.8)
REED = Timbre(partials=(1, 0.25, 0.75, 0.3, 0.45, 0.2, 0.2, 0.1, 0.08), attack=0.03, release=0.09, chorus=(1.5,))
FLUTE = Timbre(partials=(1, 0.28, 0.12, 0.05, 0.02), attack=0.05, release=0.12, chorus=(-2.0,))
PAD = Timbre(partials=_falling(10, 1.3), attack=0.2, release=0.5, chorus=(-6.0, 7.0))

# By program // 8: piano, chromatic percussion, organ, guitar, bass, strings, ensemble, brass, reed, pipe, synth lead,
# synth pad, synth effects, ethnic, percussive, sound effects.
FAMILIES = (
    PIANO, BELL, ORGAN, GUITAR, BASS, STRINGS, STRINGS, BRASS, REED, FLUTE, REED, PAD, PAD, GUITAR, BELL, PAD
)  # fmt: skip
VOICES = range(52, 55)  # the choirs among the ensembles
PLUCKED_STRINGS = (45, 46)  # pizzicato and harp among the strings


def timbre(program: int) -> Timbre:
    """The timbre of a General MIDI program (0-127)."""
    if program in VOICES:
        return CHOIR
    return GUITAR if program in PLUCKED_STRINGS else FAMILIES[program // 8]


def blocks(tones: Sequence[Tone], *, rate: int) -> Iterator[np.ndarray]:
    """Play tones sorted by start, with a light reverb: float32 [frames, 2] blocks of about ten seconds, any level."""
    room = _room(rate)  # [2, R]
    size = 1 << int(np.ceil(np.log2(10 * rate)))
    step = size - room.shape[1] + 1
    spectra = np.fft.rfft(room, size)  # [2, size / 2 + 1]
    starts = np.array([round(tone.start * rate) for tone in tones], np.int64)
    stops = starts + np.array([_frames(tone, rate) for tone in tones], np.int64)
    end = int(stops.max(initial=rate // 2)) + room.shape[1]
    rest = np.zeros((2, size - step), np.float32)  # of the reverb, from the block before
    for first in range(0, end, step):
        dry = np.zeros((2, step), np.float32)
        for i in np.flatnonzero((starts < first + step) & (stops > first)):
            _add(dry, tones[int(i)], first - int(starts[i]), int(stops[i] - starts[i]), rate)
        wet = np.fft.irfft(spectra * np.fft.rfft(dry.mean(axis=0), size), size).astype(np.float32)  # [2, size]
        wet[:, : rest.shape[1]] += rest
        rest = wet[:, step:]
        yield (dry + wet[:, :step]).T[: end - first]


def _add(block: np.ndarray, tone: Tone, offset: int, frames: int, rate: int) -> None:
    """Add the stretch of a tone that a block [2, step] holds; the block begins `offset` frames after the tone."""
    start, stop = max(offset, 0), min(offset + block.shape[1], frames)
    if stop <= start:
        return
    wave = _drum(tone.pitch, start, stop, rate) if tone.drum else _wave(tone, start, stop, rate)
    angle = (tone.pan + 1) * np.pi / 4  # equal power
    sides = np.array([np.cos(angle), np.sin(angle)], np.float32) * np.float32(tone.gain)
    block[:, start - offset : stop - offset] += sides[:, None] * wave


def _frames(tone: Tone, rate: int) -> int:
    """How long a tone is heard, its release included."""
    if tone.drum:
        return round(DRUM_SECONDS * rate)
    kind = timbre(tone.program)
    seconds = max(tone.stop - tone.start, kind.attack) + kind.release
    if kind.decay:
        seconds = min(seconds, 9.0 / _decay(kind, tone.pitch))  # by then it has fallen by 78 dB
    return max(round(seconds * rate), 1)


def _decay(kind: Timbre, pitch: int) -> float:
    return kind.decay * 2 ** ((pitch - 60) / 18)  # high strings ring shorter


def _wave(tone: Tone, start: int, stop: int, rate: int) -> np.ndarray:
    """Frames `start` to `stop` of a tone: float32 [stop - start]."""
    kind = timbre(tone.program)
    amplitudes, exponents, row = _partials(kind, tone.pitch, rate)
    count = -(-(stop - start) // (ROW * ROWS)) * ROWS
    times = start + ROW * np.arange(count).reshape(-1, ROWS, 1)  # [M, ROWS, 1]
    sizes = np.abs(amplitudes) * np.exp(np.maximum(times * np.real(exponents), -20))  # -20: no denormal numbers
    angles = times * np.imag(exponents) + np.angle(amplitudes)  # [M, ROWS, K]
    heads = np.concatenate([sizes * np.cos(angles), -sizes * np.sin(angles)], axis=-1)  # [M, ROWS, 2K]
    wave = (heads.astype(np.float32) @ row).reshape(-1)[: stop - start]
    attack = round(kind.attack * rate)
    if start < attack:
        edge = min(attack, stop) - start
        wave[:edge] *= np.sin(ATTACK_SHAPE * np.arange(start, start + edge, dtype=np.float32) / attack) ** 2
    held, fade = max(round((tone.stop - tone.start) * rate), attack), round(kind.release * rate)
    if stop > held:
        edge = max(held - start, 0)
        past = np.arange(start + edge - held, stop - held, dtype=np.float32) / fade
        wave[edge:] *= np.square(np.maximum(1 - past, 0))
    return wave


@functools.lru_cache(maxsize=256)
def _partials(kind: Timbre, pitch: int, rate: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Amplitudes complex [K], exponents a frame complex [K], and their first ROW frames float32 [2K, ROW]."""
    frequency = 440.0 * 2 ** ((pitch - 69) / 12)
    order = np.arange(1, len(kind.partials) + 1)
    amplitudes = np.array(kind.partials) * _formants(kind, frequency * order)
    amplitudes *= kind.loudness / np.sqrt(np.sum(amplitudes**2) + 1e-12)
    players = 2.0 ** (np.array((0.0, *kind.chorus)) / 1200)
    shares = np.array([1.0] + [CHORUS_LEVEL] * len(kind.chorus))[:, None]  # [players, 1]
    hertz = np.outer(players, frequency * order)  # [players, partials]
    decays = np.broadcast_to(_decay(kind, pitch) + kind.damping * (order - 1) * (kind.decay > 0), hertz.shape)
    # The golden ratio spreads the phases of partials and players, so that no peak piles up where a note begins.
    phases = 2 * np.pi * np.modf(0.6180339887 * np.arange(hertz.size))[0].reshape(hertz.shape)
    audible = (hertz < 0.45 * rate) & (amplitudes > 2e-3 * amplitudes.max())
    exponents = ((-decays + 2j * np.pi * hertz) / rate)[audible]
    weighted = (amplitudes * shares / np.linalg.norm(shares) * np.exp(1j * phases))[audible]
    row = np.exp(np.outer(exponents, np.arange(ROW)))  # [K, ROW]
    return weighted, exponents, np.concatenate([np.real(row), np.imag(row)]).astype(np.float32)


def _formants(kind: Timbre, hertz: np.ndarray) -> np.ndarray:
    if not kind.formants:
        return np.ones_like(hertz)
    peaks = [gain / (1 + ((hertz - center) / width) ** 2) for center, width, gain in kind.formants]
    return 0.03 + np.sum(peaks, axis=0)


DRUM_SECONDS = 0.8
DRUM_LEVEL = 0.35
DEEP = {35: 55, 36: 60, 41: 80, 43: 95, 45: 110, 47: 130, 48: 150, 50: 170}  # Hz of bass drums and toms
RINGING = {46: 0.2, 49: 0.35, 51: 0.3, 52: 0.35, 55: 0.25, 57: 0.35, 59: 0.3}  # seconds of cymbals


@functools.lru_cache(maxsize=128)
def _drum_sound(pitch: int, rate: int) -> np.ndarray:
    time = np.arange(round(DRUM_SECONDS * rate)) / rate
    noise = np.random.default_rng(pitch).standard_normal(len(time))
    if pitch in DEEP:
        slide = DEEP[pitch] * (time + 0.03 * (1 - np.exp(-time / 0.03)))
        sound = np.sin(2 * np.pi * slide) * np.exp(-time / 0.12) + 0.1 * noise * np.exp(-time / 0.01)
    elif pitch in (37, 38, 39, 40):  # snare, side stick, clap
        sound = 0.4 * noise * np.exp(-time / 0.06) + 0.3 * np.sin(2 * np.pi * 185 * time) * np.exp(-time / 0.05)
    else:
        sound = 0.3 * np.diff(noise, prepend=0) * np.exp(-time / RINGING.get(pitch, 0.04))
    fade = np.minimum(1, (DRUM_SECONDS - time) / 0.05)
    return (DRUM_LEVEL * sound * fade).astype(np.float32)


def _drum(pitch: int, start: int, stop: int, rate: int) -> np.ndarray:
    return _drum_sound(pitch, rate)[start:stop]


@functools.lru_cache(maxsize=4)
def _room(rate: int) -> np.ndarray:
    """The answer of a small hall to a click: float32 [2, frames]."""
    frames = round(ROOM_SECONDS * rate)
    time = np.arange(frames) / rate
    noise = np.random.default_rng(1).standard_normal((2, frames + 3))
    noise = sum(noise[:, i : i + frames] for i in range(4)) / 4  # the walls take the highs
    answer = noise * np.exp(-6.9 * time / ROOM_SECONDS) * (time > 0.012)
    return (ROOM_LEVEL * answer / np.sqrt(np.sum(answer**2, axis=1, keepdims=True))).astype(np.float32)
