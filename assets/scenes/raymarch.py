"""A small ray marcher: pictures of scenes that are given as distances to their parts (Hart 1996, "Sphere tracing")."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

Array = np.ndarray  # float32; n points or directions are [n, 3], y up
Color = tuple[float, float, float]  # linear light, red first

SHADOW_STEPS, MARCH_STEPS = 40, 170
_TABLE = np.random.default_rng(7).random((128, 128, 32), np.float32)


@dataclass(frozen=True, kw_only=True)
class Surface:
    """What n points look like."""

    color: Array  # [n, 3]
    mirror: Array | float = 0.0  # share of light that is reflected when looked at straight, [n]
    shine: Array | float = 0.0  # strength of highlights, [n]
    glow: Array | float = 0.0  # light of its own, [n, 3]
    bumps: Array | float = 0.0  # added to the normals, [n, 3]


@dataclass(frozen=True, kw_only=True)
class Scene:
    """What is seen, from where and in which light."""

    eye: tuple[float, float, float]
    target: tuple[float, float, float]
    view: float  # half the height of what is seen at distance 1
    far: float
    parts: Callable[[Array], Array]  # points -> distances to each of k parts, [k, n]
    surface: Callable[[Array, Array], Surface]  # part numbers [n], points -> their looks
    sky: Callable[[Array], Array]  # directions -> colors [n, 3]
    sun: tuple[float, float, float]  # direction to it
    sunlight: Color
    above: Color  # light from the sky
    below: Color  # light from the ground
    haze: float = 0.0  # share of light that is lost over distance 1
    haze_color: Color = (0.6, 0.7, 0.85)
    softness: float = 10.0  # the larger, the harder are shadows
    exposure: float = 1.0


def render(scene: Scene, width: int, height: int) -> np.ndarray:
    """The scene as sRGB, float32 [height, width, 3] in 0..1."""
    forward = unit(np.subtract(scene.target, scene.eye))
    right = unit(np.cross((0, 1, 0), forward))
    up = np.cross(forward, right)
    down, across = np.mgrid[0:height, 0:width].astype(np.float32) + 0.5
    x, y = (across * 2 - width) / height * scene.view, (1 - down * 2 / height) * scene.view
    ways = forward + x[..., None] * right + y[..., None] * up
    ways = unit(ways).astype(np.float32).reshape(-1, 3)  # [height * width, 3]
    light = _seen(scene, np.float32(scene.eye) + 0 * ways, ways, bounces=1)
    corner = (across / width - 0.5) ** 2 + (down / height - 0.5) ** 2
    light = light.reshape(height, width, 3) * (1 - 0.5 * corner[..., None]) * scene.exposure
    return np.clip(_film(light), 0, 1) ** np.float32(1 / 2.2)


def _film(light: Array) -> Array:
    """Bright light fades out softly (Narkowicz 2015)."""
    return light * (2.51 * light + 0.03) / (light * (2.43 * light + 0.59) + 0.14)


def _seen(scene: Scene, origins: Array, ways: Array, *, bounces: int) -> Array:
    """Light that comes along each way, [n, 3]."""
    reach, hit = _march(scene, origins, ways)
    light = scene.sky(ways)
    if not hit.any():
        return light
    origins, ways, reach = origins[hit], ways[hit], reach[hit]
    points = origins + reach[:, None] * ways
    normals = _normals(scene, points, 0.0006 * reach + 0.0008)
    look = scene.surface(scene.parts(points).argmin(0), points)
    normals = unit(normals + look.bumps)
    sun = unit(np.float32(scene.sun))
    facing = np.clip(normals @ sun, 0, 1)
    start = points + (0.004 + 0.001 * reach[:, None]) * normals
    lit = facing.copy()
    lit[facing > 0] *= _unshaded(scene, start[facing > 0], sun)
    open_ = _openness(scene, points, normals)[:, None]
    upward = 0.5 + 0.5 * normals[:, 1:2]
    diffuse = lit[:, None] * np.float32(scene.sunlight)
    diffuse += open_ * (upward * np.float32(scene.above) + (1 - upward) * np.float32(scene.below))
    bright = np.clip((unit(sun - ways) * normals).sum(1), 0, 1) ** 60 * lit * look.shine
    colors = look.color * diffuse + bright[:, None] * np.float32(scene.sunlight) + look.glow
    mirror = np.broadcast_to(look.mirror, reach.shape)
    if bounces and mirror.any():
        which = mirror > 0
        cosine = np.clip(-(ways * normals).sum(1), 0, 1)[which]
        share = mirror[which] + (1 - mirror[which]) * (1 - cosine) ** 5 * (mirror[which] > 0)
        onward = ways[which] - 2 * (ways[which] * normals[which]).sum(1, keepdims=True) * normals[which]
        mirrored = _seen(scene, start[which], onward, bounces=bounces - 1)
        colors[which] += share[:, None] * (mirrored - colors[which])
    clear = np.exp(-scene.haze * reach)[:, None]
    light[hit] = colors * clear + (1 - clear) * np.float32(scene.haze_color)
    return light


def _march(scene: Scene, origins: Array, ways: Array) -> tuple[Array, Array]:
    """How far each way leads until it hits something, and whether it does."""
    reach = np.full(len(ways), 0.02, np.float32)
    hit, going = np.zeros(len(ways), bool), np.arange(len(ways))
    for _ in range(MARCH_STEPS):
        step = scene.parts(origins[going] + reach[going, None] * ways[going]).min(0)
        reach[going] += step
        near = step < 0.0004 * reach[going] + 0.0002
        hit[going[near]] = True
        going = going[~near & (reach[going] < scene.far)]
        if not going.size:
            break
    hit[going] = reach[going] < scene.far  # those that graze a surface
    return reach, hit


def _normals(scene: Scene, points: Array, width: Array) -> Array:
    total = np.zeros_like(points)
    for corner in np.float32([(1, -1, -1), (-1, -1, 1), (-1, 1, -1), (1, 1, 1)]):
        total += corner * scene.parts(points + width[:, None] * corner).min(0)[:, None]
    return unit(total)


def _unshaded(scene: Scene, points: Array, sun: Array) -> Array:
    """Share of the sun that is seen from each point (Quilez 2010, "Soft shadows in raymarched SDFs")."""
    share, reach = np.ones(len(points), np.float32), np.full(len(points), 0.02, np.float32)
    going = np.arange(len(points))
    for _ in range(SHADOW_STEPS):
        step = scene.parts(points[going] + reach[going, None] * sun).min(0)
        share[going] = np.minimum(share[going], scene.softness * step / reach[going])
        reach[going] += np.clip(step, 0.02, scene.far / 25)
        going = going[(share[going] > 0.005) & (reach[going] < scene.far / 3)]
        if not going.size:
            break
    share = np.clip(share, 0, 1)
    return share * share * (3 - 2 * share)


def _openness(scene: Scene, points: Array, normals: Array) -> Array:
    """Share of the sky that is seen from each point, guessed from how near other things are."""
    closed = np.zeros(len(points), np.float32)
    for number, reach in enumerate((0.03, 0.1, 0.25, 0.6)):
        closed += (reach - scene.parts(points + reach * normals).min(0)) / reach * 0.6 ** (number + 1)
    return np.clip(1 - 0.75 * closed, 0.1, 1)


def unit(x: Array) -> Array:
    """Vectors of length 1, [..., 3]."""
    return x / np.maximum(np.linalg.norm(x, axis=-1, keepdims=True), 1e-9)


def noise(*place: Array) -> Array:
    """Smooth noise of mean 0.5 in 0..1, at places given by two or three coordinates of any shape."""
    x, y, z = np.broadcast_arrays(*place, *([np.float32(0.5)] * (3 - len(place))))
    corners, shares = [], []
    for values, size in zip((x, y, z), _TABLE.shape, strict=True):
        low = np.floor(values)
        share = (values - low).astype(np.float32)
        first = low.astype(np.int64) % size
        corners.append((first, (first + 1) % size))
        shares.append(share * share * (3 - 2 * share))
    total = np.zeros(x.shape, np.float32)
    for i in (0, 1):
        for j in (0, 1):
            for k in (0, 1) if len(place) == 3 else (0,):
                weight = np.float32(1)
                for choice, share in zip((i, j, k)[: len(place)], shares, strict=False):
                    weight = weight * (share if choice else 1 - share)
                total += weight * _TABLE[corners[0][i], corners[1][j], corners[2][k]]
    return total


def clouded(*place: Array, octaves: int = 5) -> Array:
    """Noise of several sizes, each half as wide and half as strong as the one before; 0..1."""
    total, strength = np.float32(0), 0.5
    for octave in range(octaves):
        total = total + strength * noise(*(values * 2.03**octave + 7.3 * octave for values in place))
        strength /= 2
    return total / (1 - 0.5**octaves)


def ramp(x: Array, low: float, high: float) -> Array:
    """0 below `low`, 1 above `high`, smooth between them; the other way round where `low` is the larger."""
    share = np.clip((x - low) / (high - low), 0, 1)
    return share * share * (3 - 2 * share)


def mixed(first: Array | Color, second: Array | Color, share: Array) -> Array:
    """Colors between two, [n, 3]; shares [n]."""
    return np.float32(first) + share[:, None] * (np.float32(second) - np.float32(first))


def sphere(p: Array, center: tuple[float, float, float], radius: float) -> Array:
    """Distance to a sphere, [n]."""
    return np.linalg.norm(p - np.float32(center), axis=1) - radius


def ellipsoid(p: Array, center: tuple[float, float, float], radii: tuple[float, float, float]) -> Array:
    """About the distance to an ellipsoid, [n]."""
    q = (p - np.float32(center)) / np.float32(radii)
    inner, outer = np.linalg.norm(q, axis=1), np.linalg.norm(q / np.float32(radii), axis=1)
    return inner * (inner - 1) / np.maximum(outer, 1e-6)


def box(p: Array, center: tuple[float, float, float] | Array, half: tuple[float, float, float] | Array) -> Array:
    """Distance to a box, half its sides given, [n]."""
    q = np.abs(p - np.float32(center)) - np.float32(half)
    return np.linalg.norm(np.maximum(q, 0), axis=1) + np.minimum(q.max(1), 0)


def capsule(p: Array, start: tuple[float, float, float], end: tuple[float, float, float], radius: float) -> Array:
    """Distance to a thick line with round ends, [n]."""
    way = np.subtract(end, start, dtype=np.float32)
    along = np.clip((p - np.float32(start)) @ way / (way @ way), 0, 1)
    return np.linalg.norm(p - np.float32(start) - along[:, None] * way, axis=1) - radius


def joined(first: Array, second: Array, width: float) -> Array:
    """Distance to two things that melt into each other over a width, [n] (Quilez 2013, "Smooth minimum")."""
    near = np.clip(width - np.abs(first - second), 0, None) / width
    return np.minimum(first, second) - near * near * width / 4
