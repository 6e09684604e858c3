"""A ginger cat on a lawn, in front of bushes out of focus."""

import numpy as np
from scenes.raymarch import Array, Scene, Surface, capsule, clouded, ellipsoid, joined, mixed, noise, ramp

EYES = ((-0.235, 2.02, -0.70), (0.235, 2.02, -0.70))


def _fold(p: Array) -> Array:
    """What is the same on both sides, on the right."""
    return np.stack([np.abs(p[:, 0]), p[:, 1], p[:, 2]], 1)


def _fur(p: Array) -> Array:
    m = _fold(p)
    trunk = ellipsoid(p, (0, 0.85, 0.25), (0.66, 0.92, 0.72))
    trunk = joined(trunk, ellipsoid(p, (0, 1.3, -0.1), (0.42, 0.62, 0.42)), 0.3)
    trunk = joined(trunk, ellipsoid(m, (0.5, 0.42, 0.1), (0.34, 0.42, 0.55)), 0.15)
    legs = capsule(m, (0.24, 1.1, -0.35), (0.23, 0.15, -0.5), 0.16)
    legs = joined(legs, ellipsoid(m, (0.23, 0.1, -0.6), (0.18, 0.12, 0.24)), 0.1)
    trunk = joined(trunk, legs, 0.12)
    trunk = joined(trunk, ellipsoid(m, (0.55, 0.1, -0.42), (0.18, 0.11, 0.28)), 0.06)
    head = ellipsoid(p, (0, 2.0, -0.25), (0.60, 0.52, 0.50))
    head = joined(head, ellipsoid(m, (0.30, 1.86, -0.45), (0.26, 0.2, 0.2)), 0.15)
    head = joined(head, ellipsoid(m, (0.09, 1.83, -0.72), (0.13, 0.1, 0.12)), 0.08)
    head = joined(head, ellipsoid(p, (0, 1.72, -0.62), (0.13, 0.1, 0.12)), 0.06)
    bridge = capsule(p, (0, 2.2, -0.66), (0, 1.93, -0.8), 0.08)
    head = joined(head, bridge, 0.12)
    ear = m - np.float32((0.36, 2.36, -0.22))
    lean = ear[:, 0] - 0.28 * ear[:, 1]
    cone = np.maximum(np.hypot(lean, ear[:, 2] * 1.9) - 0.50 * (0.42 - ear[:, 1]), -0.15 - ear[:, 1]) * 0.65
    hollow = np.hypot(lean, (ear[:, 2] + 0.16) * 1.5) - 0.42 * (0.34 - ear[:, 1])
    ears = np.maximum(cone, -hollow * 0.65)
    tail = np.min(
        [
            capsule(p, (0.5, 0.16, 0.7), (1.0, 0.14, 0.35), 0.14),
            capsule(p, (1.0, 0.14, 0.35), (1.05, 0.13, -0.25), 0.135),
            capsule(p, (1.05, 0.13, -0.25), (0.7, 0.12, -0.68), 0.12),
        ],
        axis=0,
    )
    fur = joined(joined(joined(trunk, head, 0.2), ears, 0.06), tail, 0.1)
    near = fur < 0.1
    strands = np.zeros_like(fur)
    x, y, z = p[near].T
    strands[near] = 0.03 * (noise(x * 26, y * 9, z * 26) - 0.5) + 0.03 * (noise(x * 11, y * 5, z * 11) - 0.5)
    return (fur + strands) * 0.75


def _parts(p: Array) -> Array:
    x, y, z = p.T
    m = _fold(p)
    lawn = (y + 0.04 - 0.12 * noise(x * 9, z * 9) * noise(x * 2.5, z * 2.5)) * 0.6
    eyes = ellipsoid(m, EYES[1], (0.125, 0.11, 0.08))
    nose = ellipsoid(p, (0, 1.925, -0.865), (0.065, 0.042, 0.04))
    hairs = [capsule(m, (0.13, 1.84 - 0.02 * i, -0.8), (0.75, 1.95 - 0.14 * i, -0.75), 0.008) for i in range(3)]
    return np.stack([lawn, _fur(p), eyes, nose, np.min(hairs, axis=0)])


def _coat(p: Array) -> Array:
    x, y, z = p.T
    side = np.abs(x)
    warp = 0.5 * clouded(*(p * 2.2).T)
    head = ramp(y, 1.5, 1.75)
    bands = np.sin((y * 1.15 + 0.25 * z + 0.55 * warp) * 17 + 2.5 * side)
    brow = np.sin(side * 23 + 1.2 + 3 * warp) * ramp(y, 2.1, 2.3)
    cheek = np.sin((y * 1.2 - 0.5 * side + 0.3 * warp) * 20) * ramp(side, 0.25, 0.4)
    stripes = (1 - head) * bands + head * (brow + cheek * (1 - ramp(y, 2.1, 2.3)))
    strand = noise(x * 40, y * 12, z * 40)
    coat = mixed((0.60, 0.27, 0.075), (0.30, 0.09, 0.02), ramp(stripes, 0.0, 0.8))
    coat = mixed(coat, (0.74, 0.48, 0.22), 0.5 * strand)
    white = ramp(0.36 - side - 0.10 * strand - 0.25 * np.abs(y - 1.15), 0, 0.1) * ramp(-z, 0.2, 0.4) * (y < 1.72)
    muzzle = ramp(0.22 - np.hypot(x * 0.9, (y - 1.79) * 1.25) - 0.05 * strand, 0, 0.05) * (z < -0.5)
    paws = ramp(0.22 - y - 0.05 * strand, 0, 0.06) * (z < -0.2) * (side < 0.75)
    coat = mixed(coat, (0.82, 0.76, 0.68), np.maximum(np.maximum(white, muzzle), paws))
    ear = ramp(0.12 - np.abs(side - 0.38 - 0.28 * (y - 2.36)), 0, 0.07)
    ear *= ramp(y, 2.36, 2.42) * (1 - ramp(y, 2.55, 2.66))
    coat = mixed(coat, (0.55, 0.25, 0.20), 0.8 * ear * (z < -0.2))
    mouth = ramp(0.016 - np.abs(y - 1.815 + 0.35 * np.abs(side - 0.085)), 0, 0.012) * (side < 0.17) * (z < -0.7)
    return mixed(coat, (0.12, 0.04, 0.03), 0.8 * mouth)


def _surface(part: Array, p: Array) -> Surface:
    x, _, z = p.T
    blades = noise(x * 30, z * 14)
    lawn = mixed((0.035, 0.09, 0.012), (0.17, 0.26, 0.035), 0.6 * blades + 0.4 * clouded(x, z))
    lawn[noise(x * 9, z * 9) > 0.93] = (0.75, 0.72, 0.65)
    m = _fold(p) - np.float32(EYES[1])
    disc = np.hypot(m[:, 0], m[:, 1])
    iris = mixed((0.45, 0.50, 0.06), (0.16, 0.30, 0.05), ramp(disc, 0.03, 0.09))
    iris[(np.abs(m[:, 0]) < 0.032 * (1 - (m[:, 1] / 0.1) ** 2)) | (disc > 0.112)] = (0.005, 0.005, 0.005)
    glint = (np.hypot(m[:, 0] + 0.03 * np.sign(x), m[:, 1] - 0.045) < 0.022)[:, None] * (part == 2)[:, None]
    looks = [lawn, _coat(p), iris, 0 * p + np.float32((0.55, 0.20, 0.17)), 0 * p + np.float32(0.9)]
    rough = np.float32([0.5, 0.55, 0, 0.1, 0])[part]
    hairs = np.stack([noise(*(p * (32, 12, 32) + shift).T) for shift in (0, 9, 17)], 1) - 0.5
    return Surface(
        color=np.choose(part[:, None], looks),
        shine=np.float32([0, 0.03, 0.8, 0.3, 0])[part],
        mirror=np.float32([0, 0, 0.04, 0, 0])[part],
        glow=1.6 * glint,
        bumps=rough[:, None] * hairs,
    )


def _garden(ways: Array) -> Array:
    u, v = ways[:, 0] * 3, ways[:, 1] * 3
    leaves = mixed((0.03, 0.07, 0.02), (0.20, 0.32, 0.08), ramp(clouded(u * 1.5, v * 1.5, octaves=3), 0.3, 0.7))
    leaves = mixed(leaves, (0.55, 0.68, 0.55), ramp(v + 0.7 * noise(u * 1.1 + 4, v), 0.55, 1.3))
    for number in range(26):  # highlights out of focus are discs
        across, up, size = np.random.default_rng(number).random(3)
        far = np.hypot(u - 4 * across + 2, v - 1.6 * up + 0.2)
        color = mixed((0.5, 0.6, 0.2), (0.75, 0.45, 0.5), np.float32([number % 3 / 2]))[0]
        leaves += (ramp(far, 0.10 + 0.12 * size, 0.07 + 0.12 * size) * 0.35)[:, None] * color
    return leaves


SCENE = Scene(
    eye=(0.9, 1.9, -5.2),
    target=(0.08, 1.32, 0.0),
    view=0.34,
    far=14.0,
    parts=_parts,
    surface=_surface,
    sky=_garden,
    sun=(-0.65, 0.7, -0.45),
    sunlight=(2.5, 2.3, 1.9),
    above=(0.40, 0.48, 0.52),
    below=(0.14, 0.17, 0.06),
    haze=0.02,
    haze_color=(0.22, 0.32, 0.10),
    softness=8.0,
)
