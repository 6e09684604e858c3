"""A lake between mountains, with a red house and a sailing boat."""

import numpy as np
from scenes.raymarch import Array, Scene, Surface, box, capsule, clouded, ellipsoid, mixed, noise, ramp


def _ground(x: Array, z: Array) -> Array:
    valley = np.abs(x - 3 + 8 * np.sin(z / 19)) + 2.5 * noise(x / 5, z / 5)
    banks = ramp(valley, 11, 34) * 9 + ramp(valley, 10, 13) * 1.4
    ridges = 1 - np.abs(2 * clouded(x / 62 + 3.4, z / 62 + 1.2, octaves=7) - 1)
    peaks = ramp(z + 0.45 * np.abs(x), 62, 150) * (ridges**2.6 * 50 + 3)
    near = 2.6 * ramp(z + 0.7 * x, 7, -1)
    return -1.2 + banks + peaks + near + 0.35 * clouded(x / 2, z / 2) * ramp(banks + near, 0, 1)


_STEP, _LEFT, _NEAR = 0.4, -180.0, -8.0
_HEIGHTS = _ground(*np.meshgrid(np.arange(_LEFT, 180, _STEP), np.arange(_NEAR, 250, _STEP), indexing="ij")).astype("f")


def _height(x: Array, z: Array) -> Array:
    """The ground's height, from a grid."""
    rows, columns = _HEIGHTS.shape
    u = np.clip((x - _LEFT) / _STEP, 0, rows - 1.01)
    v = np.clip((z - _NEAR) / _STEP, 0, columns - 1.01)
    i, j = u.astype(np.int32), v.astype(np.int32)
    u, v = u - i, v - j
    front = _HEIGHTS[i, j] * (1 - u) + _HEIGHTS[i + 1, j] * u
    back = _HEIGHTS[i, j + 1] * (1 - u) + _HEIGHTS[i + 1, j + 1] * u
    return front * (1 - v) + back * v


HOUSE = (-8.6, 0.9, 25.0)


def _trees(p: Array, ground: Array) -> Array:
    cell = np.floor(p[:, [0, 2]] / 3)
    x, z = (cell[:, 0] + 0.5 + 0.5 * (noise(cell[:, 0] * 5.3, cell[:, 1] * 3.7) - 0.5)) * 3, (cell[:, 1] + 0.5) * 3
    foot, size = _height(x, z), 0.7 + 0.6 * noise(cell[:, 0] * 9.1 + 4, cell[:, 1] * 7.7)
    grown = (foot > 0.7) & (foot < 17) & (z < 125) & (z > 13) & (noise(cell[:, 0] * 3.3, cell[:, 1] * 2.9 + 8) > 0.42)
    grown &= np.hypot(x - HOUSE[0], z - HOUSE[2]) > 4.5
    up, out = p[:, 1] - foot, np.hypot(p[:, 0] - x, p[:, 2] - z)
    skirts = 0.16 * (up * 1.7 % 1)  # branches
    cone = (out - (4.6 * size - up) * 0.3 - 0.1 + skirts + 0.5 * (noise(*(p * 4).T) - 0.5)) * 0.6
    cone = np.maximum(cone, 0.2 - up)
    return np.where(p[:, 1] > ground + 7, p[:, 1] - ground - 6, np.where(grown, np.minimum(cone, 0.9), 0.9))


def _lake(p: Array) -> Array:
    ground = _height(p[:, 0], p[:, 2])
    land = (p[:, 1] - ground) * 0.55
    q = p - np.float32(HOUSE)
    walls = box(q, (0, 1.2, 0), (2.4, 1.3, 1.6))
    roof = np.maximum((np.abs(q[:, 2]) * 0.75 + q[:, 1] - 3.9) * 0.8, box(q, (0, 3.0, 0), (2.7, 0.95, 2.1)))
    roof = np.minimum(roof, box(q, (-1.2, 3.6, 0.3), (0.25, 0.8, 0.25)))
    b = p - np.float32((4.6, 0.0, 21.0))
    hull = np.maximum(ellipsoid(b, (0, 0.35, 0), (2.0, 0.62, 0.7)), b[:, 1] - 0.45)
    mast = capsule(b, (0, 0.3, 0), (0, 5.2, 0), 0.05)
    sail = np.maximum.reduce([b[:, 0] - 0.35 * (5.0 - b[:, 1]), -b[:, 0] + 0.07, 0.8 - b[:, 1]])
    jib = np.maximum.reduce([-b[:, 0] - 0.3 * (4.4 - b[:, 1]), b[:, 0] + 0.12, 0.9 - b[:, 1]])
    cloth = np.maximum(np.minimum(sail, jib), np.abs(b[:, 2] - 0.1 * np.sin(b[:, 1])) - 0.03) * 0.7
    return np.stack([land, p[:, 1], _trees(p, ground), walls, roof, hull, mast, cloth])


def _lake_surface(part: Array, p: Array) -> Surface:
    x, y, z = p.T
    fine, coarse = noise(*(p * 9).T), clouded(x / 3, z / 3, y / 3)
    steep = (_height(x + 0.4, z) - _height(x - 0.4, z)) ** 2 + (_height(x, z + 0.4) - _height(x, z - 0.4)) ** 2
    grass = mixed((0.05, 0.10, 0.015), (0.20, 0.22, 0.05), 0.6 * coarse + 0.4 * fine)
    flowers = (noise(x * 6, z * 6) > 0.8) & (z < 12)
    grass[flowers] = np.where(noise(x * 2, z * 2)[flowers, None] > 0.5, (0.7, 0.45, 0.05), (0.6, 0.5, 0.6))
    rock = mixed((0.13, 0.11, 0.10), (0.34, 0.31, 0.28), clouded(x / 4, y / 1.3, z / 4))
    land = mixed(grass, rock, np.maximum(ramp(np.sqrt(steep), 0.75, 1.1), ramp(y + 10 * coarse, 15, 21)))
    land = mixed(land, (0.85, 0.88, 0.95), ramp(y + 16 * coarse - 9 * np.sqrt(steep), 21, 27))
    land = mixed((0.32, 0.27, 0.18), land, ramp(y, 0.15, 0.45))  # sand at the water
    q = p - np.float32(HOUSE)
    window = (np.abs(q[:, 0] % 1.6 - 0.8) < 0.32) & (np.abs(q[:, 1] - 1.35) < 0.42)
    frame = (np.abs(q[:, 0] % 1.6 - 0.8) < 0.42) & (np.abs(q[:, 1] - 1.35) < 0.52)
    walls = mixed((0.36, 0.045, 0.03), (0.22, 0.03, 0.02), ramp(np.abs(q[:, 0] * 4 % 1 - 0.5), 0.42, 0.5) + 0.3 * fine)
    walls[frame], walls[window] = (0.8, 0.78, 0.7), (0.04, 0.06, 0.09)
    looks = [
        land,
        np.broadcast_to(np.float32((0.01, 0.035, 0.04)), p.shape),
        mixed((0.012, 0.035, 0.012), (0.05, 0.09, 0.025), fine * 0.7 + 0.5 * noise(x / 3, z / 3)),
        walls,
        mixed((0.07, 0.06, 0.06), (0.15, 0.12, 0.11), ramp(np.abs(q[:, 1] * 5 % 1 - 0.5), 0.2, 0.5)),
        mixed((0.25, 0.10, 0.04), (0.7, 0.68, 0.6), ramp(y, 0.28, 0.3)),
        np.broadcast_to(np.float32((0.3, 0.2, 0.1)), p.shape),
        mixed((0.85, 0.82, 0.74), (0.75, 0.25, 0.08), ramp(np.abs((y + 0.2) % 1.6 - 0.8), 0.55, 0.58)),
    ]
    waves = 0.05 * np.stack([noise(x * 0.9, z * 2.6) + 0.5 * noise(x * 4, z * 9) - 0.75, 0 * x], 1)
    waves = np.insert(waves, 1, 0, axis=1)
    waves[:, 2] = 0.10 * (noise(x * 0.8 + 9, z * 2.2) + 0.5 * noise(x * 3 + 3, z * 8) - 0.75)
    water = part == 1
    return Surface(
        color=np.choose(part[:, None], looks),
        mirror=0.06 * water,
        shine=1.0 * water,
        bumps=waves * water[:, None] + 0.5 * (part == 2)[:, None] * (np.stack([fine, fine, 1 - fine], 1) - 0.5),
    )


def _day(ways: Array) -> Array:
    up = np.clip(ways[:, 1], 0.0, 1)
    blue = mixed((0.62, 0.74, 0.90), (0.10, 0.26, 0.62), up**0.55)
    u, v = ways[:, 0] / (up + 0.22) * 1.5, ways[:, 2] / (up + 0.22) * 1.5
    thick = clouded(u + 0.6, v * 1.4 + 5.1, octaves=6)
    toward = clouded(u + 0.45, v * 1.4 + 5.0, octaves=4)
    cloud = mixed((1.05, 1.02, 0.98), (0.50, 0.55, 0.64), ramp(thick + 0.6 * (toward - 0.5), 0.52, 0.75))
    return mixed(blue, cloud, ramp(thick, 0.47, 0.60) * ramp(up, 0.0, 0.12))


SCENE = Scene(
    eye=(0.0, 3.4, -2.0),
    target=(-0.6, 6.9, 30.0),
    view=0.46,
    far=260.0,
    parts=_lake,
    surface=_lake_surface,
    sky=_day,
    sun=(0.75, 0.62, -0.45),
    sunlight=(2.9, 2.55, 2.1),
    above=(0.42, 0.55, 0.80),
    below=(0.12, 0.12, 0.08),
    haze=0.0030,
    haze_color=(0.58, 0.70, 0.88),
)
