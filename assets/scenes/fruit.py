"""A still life: fruit on a striped cloth, and a vase with flowers, by the light of a window."""

import numpy as np
from scenes.raymarch import Array, Scene, Surface, capsule, clouded, ellipsoid, joined, mixed, noise, ramp, sphere

VASE = (-1.05, 0.0, 0.75)
GRAPES = [
    (-0.35 + 0.27 * column + 0.13 * (row % 2) + 0.05 * layer, 0.19 + 0.24 * layer, -1.45 + 0.24 * row + 0.1 * layer)
    for layer, (rows, columns) in enumerate(((4, 4), (3, 3), (1, 2)))
    for row in range(rows)
    for column in range(columns - (row + layer) % 2)
]
FLOWERS = [
    (-1.75, 2.55, 0.75), (-1.25, 2.95, 0.55), (-0.65, 2.75, 0.75), (-0.25, 2.35, 0.6), (-1.05, 2.5, 0.25),
    (-1.5, 2.2, 0.35), (-0.75, 3.15, 1.0), (-1.75, 3.05, 1.0),
]  # fmt: skip
LEAVES = [
    ((-0.1, 2.0, 0.5), (0.4, 0.09, 0.16)),
    ((-1.95, 1.95, 0.6), (0.42, 0.1, 0.17)),
    ((-0.9, 2.15, 0.2), (0.3, 0.12, 0.2)),
]
PETALS = np.float32([(0.75, 0.30, 0.02), (0.60, 0.05, 0.10), (0.75, 0.62, 0.55), (0.30, 0.12, 0.45)])


def _cloth(x: Array, z: Array) -> Array:
    """Height of the cloth above the table, below zero where there is none."""
    folds = 0.06 * np.sin(2.6 * x + 1.2 * np.sin(1.3 * z) + 3 * noise(x * 0.7, z * 0.7)) + 0.06
    folds = folds * ramp(np.abs(x - 0.4) + 0.4 * np.abs(z + 0.6), 0.5, 2.0) + 0.02 + 0.03 * noise(x * 2.5, z * 2.5)
    u, v = 0.94 * x + 0.34 * z, 0.94 * z - 0.34 * x
    outside = np.maximum(np.abs(u - 0.35) - 1.95, np.abs(v + 0.9) - 1.45)
    return np.where(outside < 0, folds * ramp(outside, 0.0, -0.02) + 0.01, -0.05)


def _parts(p: Array) -> Array:
    x, y, z = p.T
    q = p - np.float32(VASE)
    around = np.hypot(q[:, 0], q[:, 2])
    profile = 0.27 + 0.37 * np.exp(-(((q[:, 1] - 0.85) / 0.52) ** 2)) + 0.16 * ramp(q[:, 1], 1.6, 2.05)
    vase = np.maximum((around - profile) * 0.65, np.abs(q[:, 1] - 1.0) - 1.0)
    vase = np.maximum(vase, -np.maximum((around - profile + 0.06) * 0.65, 1.6 - q[:, 1]))
    apple = sphere(p, (0.55, 0.55, -0.15), 0.56)
    apple += 0.16 * np.exp(-((x - 0.55) ** 2 + (z + 0.15) ** 2) / 0.035) * (y > 0.5) + 0.02 * (y < 0.3)
    stem = capsule(p, (0.55, 0.85, -0.15), (0.62, 1.27, -0.2), 0.03)
    orange = sphere(p, (1.62, 0.5, 0.25), 0.5) + 0.012 * noise(x * 22, y * 22, z * 22)
    lemon = ellipsoid(p, (1.35, 0.31, -1.05), (0.46, 0.31, 0.31))
    lemon = joined(lemon, sphere(p, (1.8, 0.31, -1.05), 0.07), 0.2) + 0.008 * noise(x * 18, y * 18, z * 18)
    grapes = np.min([sphere(p, center, 0.165) for center in GRAPES], axis=0)
    flowers = np.min([ellipsoid(p, center, (0.32, 0.27, 0.3)) for center in FLOWERS], axis=0)
    flowers = (flowers + 0.16 * np.abs(noise(x * 5.5, y * 5.5, z * 5.5) - 0.5)) * 0.6
    stems = np.min([capsule(p, (VASE[0], 1.6, VASE[2]), center, 0.03) for center in FLOWERS], axis=0)
    leaves = np.min([ellipsoid(p, *leaf) for leaf in LEAVES], axis=0) * 0.7
    green = np.minimum(np.minimum(stems, leaves), stem)
    cloth = (y - _cloth(x, z)) * 0.7
    return np.stack([y, 3.0 - z, cloth, vase, apple, orange, lemon, grapes, flowers, green])


def _surface(part: Array, p: Array) -> Surface:
    x, y, z = p.T
    fine, coarse = noise(*(p * 14).T), clouded(*(p * 1.7).T)
    rings = clouded(x * 0.5, z * 7.0) + 0.3 * noise(x * 3, z * 60)
    boards = mixed((0.14, 0.06, 0.022), (0.42, 0.22, 0.09), ramp(rings, 0.3, 0.95))
    boards *= 1 - 0.75 * ramp(np.abs(z * 0.9 % 1 - 0.5), 0.485, 0.5)[:, None]
    wall = mixed((0.20, 0.24, 0.20), (0.34, 0.37, 0.30), clouded(x * 0.8, y * 0.8, octaves=6))
    band = (0.94 * x + 0.34 * z) * 2.1
    stripe = mixed((0.72, 0.66, 0.54), (0.50, 0.035, 0.04), ramp(np.abs(band % 1 - 0.5), 0.24, 0.26))
    stripe = mixed(stripe, (0.04, 0.07, 0.25), ramp(np.abs((band + 0.25) % 1 - 0.5), 0.455, 0.46))
    stripe *= (0.85 + 0.3 * noise(x * 70, z * 70))[:, None]
    q = p - np.float32(VASE)
    angle, height = np.arctan2(q[:, 0], -q[:, 2]), q[:, 1]
    vine = np.abs(height - 0.85 - 0.22 * np.sin(angle * 4)) - 0.035
    dots = np.hypot((angle * 4 / np.pi - 0.5) % 1 - 0.5, (np.abs(height - 0.85) - 0.02) * 1.4) - 0.27
    bands = np.min([np.abs(height - level) for level in (0.22, 0.30, 1.34, 1.42, 1.93)], axis=0) - 0.022
    glaze = mixed((0.03, 0.07, 0.34), (0.74, 0.76, 0.76), ramp(np.minimum(np.minimum(vine, dots), bands), 0, 0.02))
    skin = ramp(y + 0.35 * noise(np.arctan2(x - 0.55, z + 0.15) * 6, y * 0.8), 0.55, 1.15)
    apple = mixed((0.46, 0.02, 0.02), (0.62, 0.44, 0.06), 0.8 * skin * coarse + 0.2 * (fine > 0.85))
    bloom = mixed((0.05, 0.012, 0.07), (0.13, 0.06, 0.19), coarse)
    nearest = np.argmin([((p - np.float32(center)) ** 2).sum(1) for center in FLOWERS], axis=0)
    petals = PETALS[nearest % len(PETALS)] * (0.6 + 0.8 * noise(*(p * 9).T))[:, None]
    green = mixed((0.03, 0.07, 0.015), (0.10, 0.18, 0.04), coarse)
    looks = [
        boards,
        wall,
        stripe,
        glaze,
        apple,
        mixed((0.80, 0.25, 0.015), (0.72, 0.33, 0.03), coarse),
        mixed((0.80, 0.58, 0.04), (0.70, 0.60, 0.12), fine),
        bloom,
        petals,
        green,
    ]
    shine = np.float32([0.05, 0, 0, 1.4, 0.9, 0.35, 0.4, 0.8, 0, 0.1])
    mirror = np.float32([0.03, 0, 0, 0.05, 0.03, 0, 0, 0.03, 0, 0])
    rough = np.float32([0.02, 0.04, 0.10, 0, 0, 0.12, 0.08, 0, 0.3, 0.1])[part]
    bumps = np.stack([noise(*(p * 25 + shift).T) for shift in (0, 9, 17)], 1) - 0.5
    return Surface(
        color=np.choose(part[:, None], looks), mirror=mirror[part], shine=shine[part], bumps=rough[:, None] * bumps
    )


def _room(ways: Array) -> Array:
    pane = (np.abs(ways[:, 0] + 0.62) < 0.22) & (np.abs(ways[:, 1] - 0.45) < 0.28) & (ways[:, 2] < 0)
    return np.where(pane[:, None], np.float32((2.6, 2.7, 2.9)), np.float32((0.16, 0.14, 0.12)))


SCENE = Scene(
    eye=(0.35, 2.5, -6.4),
    target=(0.05, 1.3, 0.0),
    view=0.345,
    far=30.0,
    parts=_parts,
    surface=_surface,
    sky=_room,
    sun=(-0.75, 0.72, -0.5),
    sunlight=(2.5, 2.25, 1.9),
    above=(0.36, 0.38, 0.44),
    below=(0.16, 0.11, 0.08),
    softness=5.0,
)
