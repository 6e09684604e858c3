"""Walks through what a GAN knows: pictures that change without a cut."""

import dataclasses
import math
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

import jax
import jax.numpy as jnp
import numpy as np

from genart.audio.motion import Motion
from genart.errors import InputError
from genart.image.clip import checked_rate
from genart.image.picture import Picture
from genart.image.premultiplied import as_picture
from genart.nets.gan import Latent
from genart.sampling import latent as latents
from genart.sampling.seeds import fresh_seed, keys_of

if TYPE_CHECKING:
    from genart.families.gan import Gan, Point

MOTIONS = ("smooth", "eased")
LONGEST = 6 * 3600  # seconds
SECONDS_A_WAVE = 10  # of a walk without points
KICK, TINT = 0.6, 0.5  # how far an onset and the harmony push, of a latent's length
QUIET = 0.6  # distance from the mean while nothing sounds, of that at the loudest
SAMPLED = 64  # frames whose latents are made together


@dataclasses.dataclass(frozen=True, kw_only=True)
class Plan:
    """Where a walk is at each of its frames.

    Attributes
    ----------
    places : float [frames], in points: 0 is the first, 1 the second; of a walk without points 0..1, once around
    closed : whether the last frame is followed by the first
    """

    places: np.ndarray
    closed: bool


def walk(
    gan: "Gan",
    points: "Sequence[Point]" = (),
    *,
    seconds: float = 20.0,
    fps: float = 30.0,
    loop: bool = False,
    motion: str = "smooth",
    heard: Motion | None = None,
    seed: int | None = None,
    truncation: float = 1.0,
    size: tuple[int, int] | None = None,
) -> Iterator[Picture]:
    """Pictures on a path through points; each point's own picture is a frame, exactly.

    Parameters
    ----------
    gan : the model
    points : two or more; without any the walk wanders on a closed path of its own
    seconds, fps : length and frames a second; what is heard has a length and a rate of its own
    loop : whether the walk leads back to the first point; the frame that would equal the first is not among them
    motion : "smooth" goes at an even pace and round the points, "eased" slows down at each
    heard : music to follow: points are met on beats, onsets push, harmony leads aside and loudness away from the mean
    seed : of the path without points, and of where music pushes; by default one is drawn
    truncation : of the path without points
    size : width and height of textures in pixels

    Raises
    ------
    InputError
        An option does not fit: no length, one point, more points than frames.
    """
    if motion not in MOTIONS:
        raise InputError(f"motion {motion!r}: it is one of {', '.join(MOTIONS)}")
    if len(points) == 1:
        raise InputError("a walk needs two pictures or more to go between; without any it finds a path of its own")
    plan = planned(len(points), seconds=seconds, fps=fps, loop=loop, heard=heard)
    grid, seed = gan.grid(size), fresh_seed() if seed is None else seed
    keyframes = gan.latent(points, size=size) if points else None
    waves = max(1, round(len(plan.places) / fps / SECONDS_A_WAVE))

    def latent_of(some: slice) -> Latent:
        places = plan.places[some]
        if keyframes is None:
            found = latents.circling(_key(seed), gan.config, places, waves=waves, grid=grid)
            found = latents.truncated(found, truncation)
        else:
            found = latents.along(keyframes, places, closed=plan.closed, eased=motion == "eased")
        return found if heard is None else _moved(found, heard, some, _key(seed, 1))

    return _frames(gan, len(plan.places), latent_of, size)


def planned(points: int, *, seconds: float, fps: float, loop: bool, heard: Motion | None) -> Plan:
    """The places of a walk through so many points; parameters and errors as for :func:`walk`."""
    if heard is not None:
        return Plan(places=_by_beats(points, heard, loop=loop), closed=loop or not points)
    if not 0 < seconds <= LONGEST:
        raise InputError(f"a walk of {seconds:g} seconds: it takes more than 0 and at most {LONGEST // 3600} hours")
    frames = max(1, round(seconds * checked_rate(fps)))
    if points == 0:
        return Plan(places=np.arange(frames) / frames, closed=True)
    stretches = points if loop else points - 1
    last = frames if loop else frames - 1
    if last < stretches:
        raise InputError(f"{points} pictures in {frames} frames: give the walk more --seconds or --fps")
    meets = np.round(np.arange(stretches + 1) * last / stretches)  # points are met on whole frames
    return Plan(places=np.interp(np.arange(frames), meets, np.arange(stretches + 1.0)), closed=loop)


def _by_beats(points: int, heard: Motion, *, loop: bool) -> np.ndarray:
    """Places that reach a point on a beat, as many beats apart as make the walk about as long as the music."""
    frames, beats = len(heard.loudness), heard.beats
    if points == 0:
        return np.arange(frames) / frames
    stretches = points if loop else points - 1
    if len(beats) < stretches + 1:
        meets = np.round(np.arange(stretches + 1) * (frames if loop else frames - 1) / stretches)
    else:
        apart = (len(beats) - 1) // stretches
        inner = beats[apart * np.arange(1, stretches)]
        meets = np.concatenate([[0], inner, [frames if loop else frames - 1]])
    return np.interp(np.arange(frames), meets, np.arange(stretches + 1.0))


def _moved(latent: Latent, heard: Motion, some: slice, key: jax.Array) -> Latent:
    """Latents as the music pushes them; where it is silent, nearer to the mean."""
    size = latent.whole.shape[1]
    ways = np.asarray(jax.random.normal(key, (13, size)))  # one for onsets, twelve for the notes of the scale
    pushes = KICK * heard.onsets[some, None] * ways[:1] + TINT * heard.chroma[some] @ ways[1:]
    moved = latents.pushed(latent, jnp.asarray(pushes, jnp.float32))
    return latents.truncated(moved, jnp.asarray(QUIET + (1 - QUIET) * heard.loudness[some]))


def _frames(gan: "Gan", count: int, latent_of: Any, size: tuple[int, int] | None) -> Iterator[Picture]:
    width, height = size or (gan.config.width, gan.config.height)
    for first in range(0, count, SAMPLED):
        for values in gan.paint(latent_of(slice(first, min(first + SAMPLED, count)))):
            yield as_picture(values[:height, :width])


def _key(*numbers: int) -> jax.Array:
    return keys_of([numbers])[0]


def enlarged(picture: Picture, *, short: int, pixels: bool = False) -> Picture:
    """A picture with a shorter side of about so many pixels.

    Parameters
    ----------
    picture : nothing of it is transparent any more in the result: it is laid over white
    short : pixels, even ones, since films need them
    pixels : whether each pixel becomes a square, as many times as large as fits best; else it is smoothed
    """
    flat = picture.over((255, 255, 255))
    if not pixels:
        scale = short / min(flat.size)
        width, height = (max(2, 2 * math.floor(side * scale / 2 + 0.5)) for side in flat.size)
        return flat.resized(size=(width, height))
    times = max(1, round(short / min(flat.size)))
    return Picture.of(np.repeat(np.repeat(flat.pixels, times, axis=0), times, axis=1))
