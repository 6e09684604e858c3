"""A street after rain at dusk: lit windows, lamps, cars, and a clock tower at its end."""

import numpy as np
from scenes.raymarch import Array, Scene, Surface, box, capsule, clouded, mixed, noise, ramp, sphere

LOT, LAMPS = 7.0, 9.0  # meters between houses and between lamps
TOWER = (1.5, 0.0, 84.0)
CARS = ((-1.7, 17.0), (1.9, 27.0), (-1.8, 38.0), (2.0, 11.0))  # those on the left drive away
WALLS = np.float32([(0.30, 0.13, 0.08), (0.36, 0.30, 0.22), (0.22, 0.20, 0.21), (0.40, 0.24, 0.13), (0.28, 0.28, 0.31)])
SHOPS = np.float32([(1.5, 0.9, 0.35), (1.2, 0.35, 0.2), (0.5, 0.9, 1.1), (1.3, 1.1, 0.7)])


def _lot(z: Array, side: Array) -> tuple[Array, Array]:
    """Height and number of the house at a place."""
    number = np.floor(z / LOT)
    return 9 + 10 * noise(number * 3.7 + side * 5.3, number * 1.9), number


def _houses(p: Array) -> Array:
    side, nearest = np.sign(p[:, 0]), np.full(len(p), 99, np.float32)
    for beside in (-1, 0, 1):
        height, number = _lot(p[:, 2] + beside * LOT, side)
        back = 0.5 * noise(number * 7.7, side * 3.1)
        center = np.stack([side * (10.5 + back), height / 2, (number + 0.5) * LOT], 1)
        half = np.stack([0 * height + 4, height / 2, 0 * height + LOT / 2 - 0.02], 1)
        walls = box(p, center, half)
        edge = box(p, center + [0, 1, 0] * half, np.stack([0 * height + 4.25, 0 * height + 0.25, half[:, 2]], 1))
        nearest = np.minimum(nearest, np.minimum(walls, edge))
    return nearest


def _parts(p: Array) -> Array:
    x, y, z = p.T
    curb = box(p * [0, 1, 0] + np.stack([np.abs(x), 0 * y, 0 * z], 1), (8, 0, 0), (3.4, 0.16, 1))
    t = p - np.float32(TOWER)
    tower = np.minimum(box(t, (0, 13, 0), (3.6, 13, 3.6)), box(t, (0, 26, 0), (4.1, 0.5, 4.1)))
    spire = (np.maximum(np.abs(t[:, 0]), np.abs(t[:, 2])) * 2.4 + t[:, 1] - 36) * 0.35
    tower = np.minimum(tower, np.maximum(spire, 26 - t[:, 1]))
    along = np.stack([np.abs(x), y, z - LAMPS * np.round(z / LAMPS)], 1)
    posts = capsule(along, (4.95, 0, 0), (4.95, 4.3, 0), 0.06)
    posts = np.minimum(posts, box(along, (4.95, 4.9, 0), (0.25, 0.05, 0.25)))
    bulbs = sphere(along, (4.95, 4.55, 0), 0.24)
    bodies, tyres = [], []
    for left, front in CARS:
        c = p - np.float32((left, 0, front))
        body = box(c, (0, 0.62, 0), (0.72, 0.22, 1.9)) - 0.12
        slope = (np.abs(c[:, 2] + 0.2) + 0.7 * c[:, 1] - 2) * 0.8
        cabin = np.maximum(box(c, (0, 1.1, -0.2), (0.6, 0.3, 1.0)) - 0.1, slope)
        bodies.append(np.minimum(body, cabin))
        wheel = np.stack([np.abs(c[:, 0]), c[:, 1] - 0.33, np.abs(c[:, 2]) - 1.2], 1)
        tyres.append(np.maximum(np.hypot(wheel[:, 1], wheel[:, 2]) - 0.33, np.abs(wheel[:, 0] - 0.68) - 0.14))
    return np.stack([y, curb, _houses(p), tower, posts, bulbs, np.min(bodies, axis=0), np.min(tyres, axis=0)])


def _front(p: Array) -> tuple[Array, Array]:
    """Color and light of the houses."""
    x, y, z = p.T
    side = np.sign(x)
    height, number = _lot(z, side)
    kind = (number * 2 + (side > 0)).astype(int)
    walls = WALLS[kind * 7 % len(WALLS)] * (0.7 + 0.6 * clouded(z * 2, y * 2, x * 2))[:, None]
    walls *= (1 - 0.35 * ramp(np.abs(y * 3.3 % 1 - 0.5), 0.4, 0.5))[:, None]
    u, v = (z % LOT) / LOT * 4, y / 3.1
    across, down = np.abs(u % 1 - 0.5), np.abs(v % 1 - 0.52)
    seen = (y > 3.1) & (y < height - 0.8)
    pane = seen & (across < 0.24) & (down < 0.32)
    frame = seen & (across < 0.29) & (down < 0.37) & ~pane
    bars = pane & ((across < 0.02) | (np.abs(v % 1 - 0.6) < 0.015))
    chance = noise(np.floor(u) * 5.1 + number * 3.3 + 0.5, np.floor(v) * 7.9 + side * 4.1 + 0.5, number * 2.7)
    lit = pane & ~bars & (chance > 0.47)
    warm = mixed((1.6, 0.75, 0.22), (1.4, 1.15, 0.7), ramp(chance, 0.5, 0.75)) * (1.1 - 0.9 * down / 0.4)[:, None]
    walls[frame], walls[pane] = walls[frame] * 1.9, (0.03, 0.04, 0.06)
    shop = (y < 2.6) & (y > 0.5) & (np.abs(z % LOT / LOT - 0.5) < 0.42)
    goods = SHOPS[kind % len(SHOPS)] * (0.25 + 1.0 * noise(z * 3, y * 4, number))[:, None]
    sign = (y > 2.65) & (y < 3.05)
    walls[sign] = WALLS[(kind[sign] + 2) % len(WALLS)] * 0.6
    return walls, np.where(lit[:, None], warm, 0) + np.where(shop[:, None], goods, 0)


def _surface(part: Array, p: Array) -> Surface:
    x, y, z = p.T
    grain = noise(*(p * 12).T)
    walls, light = _front(p)
    road = mixed((0.020, 0.021, 0.026), (0.065, 0.063, 0.065), 0.6 * grain + 0.4 * clouded(x, z))
    road[(np.abs(x) < 0.07) & (z % 4 < 2.2)] = (0.45, 0.44, 0.40)
    slabs = mixed((0.16, 0.15, 0.14), (0.30, 0.28, 0.25), grain)
    slabs *= (1 - 0.5 * ramp(np.maximum(np.abs(x % 1 - 0.5), np.abs(z % 1 - 0.5)), 0.46, 0.5))[:, None]
    t = p - np.float32(TOWER)
    stone = mixed((0.24, 0.19, 0.14), (0.38, 0.31, 0.23), clouded(*(p * 0.8).T))
    stone[t[:, 1] > 26.6] = (0.07, 0.12, 0.11)
    face = np.hypot(t[:, 0], t[:, 1] - 22)
    hands = (np.abs(t[:, 0]) < 0.2) & (t[:, 1] > 22) & (face < 2) | (np.abs(t[:, 1] - 22 - 0.4 * t[:, 0]) < 0.2) & (
        t[:, 0] > 0
    ) & (face < 1.5)
    dial = (face < 2.5) & ~hands & (np.abs(face - 2.2) > 0.1)
    slit = (np.abs(t[:, 0] % 2.4 - 1.2) < 0.35) & (np.abs(t[:, 1] % 5 - 2.5) < 1.2) & (t[:, 1] < 18)
    paint = np.float32([(0.30, 0.02, 0.02), (0.03, 0.08, 0.22), (0.35, 0.34, 0.32), (0.02, 0.02, 0.025)])
    which = np.argmin([np.hypot(x - left, z - front) for left, front in CARS], axis=0)
    c = p - np.float32([(left, 0, front) for left, front in CARS])[which]
    body = paint[which].copy()
    body[(c[:, 1] > 0.95) & (c[:, 1] < 1.42) & (np.abs(c[:, 0]) < 0.8)] = (0.015, 0.02, 0.03)
    ends = (np.abs(np.abs(c[:, 0]) - 0.6) < 0.17) & (np.abs(c[:, 1] - 0.72) < 0.11) & (c[:, 2] < -1.9)
    lights = np.where(np.float32(CARS)[which, :1] < 0, np.float32((3.5, 0.12, 0.06)), np.float32((4, 3.6, 3)))
    along = np.stack([np.abs(x) - 4.95, y - 4.5, z - LAMPS * np.round(z / LAMPS)], 1)
    lamp = np.float32((1.0, 0.60, 0.24)) * (4.5 / (1.5 + (along**2).sum(1)))[:, None]
    colors = [road, slabs, walls, stone, 0 * p + np.float32(0.02), 0 * p + 1, body, 0 * p + np.float32(0.012)]
    color = np.choose(part[:, None], colors)
    clock = dial[:, None] * np.float32((1.6, 1.3, 0.7)) + slit[:, None] * np.float32((0.9, 0.5, 0.15))
    bulb = 0 * p + np.float32((5, 3.6, 2.0))
    glow = color * lamp
    glow += np.choose(part[:, None], [0 * p, 0 * p, light, clock, 0 * p, bulb, ends[:, None] * lights, 0 * p])
    wet = ramp(clouded(x * 0.5, z * 0.22), 0.36, 0.55)
    mirror = np.choose(part, [0.05 + 0.22 * wet, 0.04 + 0 * x, 0 * x, 0 * x, 0 * x, 0 * x, 0.08 + 0 * x, 0 * x])
    ripple = (part < 2) * (0.015 + 0.05 * (1 - wet))
    bumps = ripple[:, None] * (np.stack([noise(x * 7, z * 3), 0 * x + 0.5, noise(x * 5 + 9, z * 2)], 1) - 0.5)
    return Surface(color=color, mirror=mirror.astype(np.float32), glow=glow, bumps=bumps)


def _dusk(ways: Array) -> Array:
    up = np.clip(ways[:, 1], 0, 1)
    sky = mixed((1.5, 0.62, 0.22), (0.62, 0.28, 0.38), ramp(up, 0.02, 0.22))
    sky = mixed(sky, (0.09, 0.12, 0.34), ramp(up, 0.14, 0.55))
    thick = clouded(ways[:, 0] / (up + 0.12) * 1.2, ways[:, 2] / (up + 0.12) * 0.9 + 3, octaves=6)
    cloud = mixed((1.0, 0.42, 0.28), (0.16, 0.13, 0.26), ramp(up + 0.4 * (thick - 0.5), 0.08, 0.42))
    return mixed(sky, cloud, 0.85 * ramp(thick, 0.47, 0.66))


SCENE = Scene(
    eye=(0.7, 2.3, -3.0),
    target=(0.5, 6.0, 30.0),
    view=0.55,
    far=170.0,
    parts=_parts,
    surface=_surface,
    sky=_dusk,
    sun=(-0.35, 0.35, 0.6),
    sunlight=(0.5, 0.25, 0.15),
    above=(0.30, 0.30, 0.52),
    below=(0.16, 0.10, 0.06),
    haze=0.006,
    haze_color=(0.62, 0.32, 0.24),
    exposure=1.1,
)
