"""Grass, foliage and soil: what is drawn shape by shape."""

import numpy as np

from noise import SIZE, blurred, ramp, smoothstep, spectrum
from shapes import blade, canvas, grain, leaf

# Dark root, mean and light tip of each swatch.
GRASSES = [
    ((28, 40, 14), (74, 102, 34), (132, 158, 70), 34, 3.0),
    ((34, 46, 12), (96, 118, 36), (170, 178, 86), 26, 2.4),
    ((20, 34, 16), (52, 84, 36), (98, 132, 66), 40, 3.4),
    ((48, 46, 20), (118, 116, 54), (186, 176, 108), 30, 2.6),
    ((26, 42, 18), (70, 108, 44), (124, 160, 84), 18, 2.0),
    ((40, 52, 14), (110, 130, 40), (178, 190, 84), 46, 3.8),
]


def grass(rng, k):
    dark, mean, light, length, width = (np.array(c, np.float32) for c in GRASSES[k])
    picture = canvas(dark * 0.8)
    patches, tufts = spectrum(rng, 1.6, low=2), spectrum(rng, 1.2, low=5, high=24)
    count = int(15000 * 26 / (length + 6))
    for step in range(count):
        depth = step / count
        y, x = rng.integers(0, SIZE, 2)
        local = 0.5 * patches[y, x] + 0.5 * tufts[y, x]
        tone = np.clip(0.25 + 0.75 * depth**1.2 + 0.13 * local + rng.normal(0, 0.12), 0, 1.15)
        tip = (mean + (light - mean) * np.clip(tone * 1.5 - 0.6, 0, 1.2)) / 255
        tip = tip * (0.55 + 0.5 * tone) * np.array([1 + rng.normal(0, 0.07), 1, 1 + rng.normal(0, 0.08)])
        if rng.random() < 0.05:
            # Dry blades.
            tip = tip * [1.25, 1.02, 0.85]
        tip = tip + 0.1 * (tip.mean() - tip)
        root = dark / 255 * (0.6 + 0.6 * tone)
        lean = 0.5 * tufts[(y + 40) % SIZE, x] * 0.5 + rng.normal(0, 0.3)
        blade(
            picture, (y, x), length * rng.uniform(0.5, 1.2), lean, rng.normal(0, 0.55),
            width * rng.uniform(0.6, 1.1), root, np.clip(tip, 0, 1))
    return picture


# Shade, mean, sunlit colour, a leaf's length in pixels, its width over its length.
LEAVES = [
    ((12, 20, 8), (52, 82, 28), (132, 164, 72), 15, 0.5),
    ((14, 24, 14), (40, 70, 36), (100, 134, 78), 10, 0.55),
    ((22, 28, 8), (86, 108, 30), (176, 188, 80), 18, 0.55),
    ((8, 16, 10), (30, 54, 30), (76, 104, 62), 12, 0.3),
    ((24, 26, 10), (92, 98, 38), (162, 158, 76), 9, 0.6),
    ((14, 26, 8), (62, 96, 32), (144, 178, 84), 24, 0.55),
]


def foliage(rng, k):
    dark, mean, light, length, ratio = (np.array(c, np.float32) for c in LEAVES[k])
    picture = canvas(dark * 1.1)
    # Clumps of leaves stand out towards the light; between them one looks into the dark.
    clumps = spectrum(rng, 1.9, low=2.5, high=20)
    lit_side = clumps - np.roll(clumps, (-9, -7), (0, 1))
    count = int(6500 * (14 / length) ** 1.55)
    for step in range(count):
        depth = step / count
        y, x = rng.integers(0, SIZE, 2)
        if clumps[y, x] < 2.2 * depth - 2.1 + rng.normal(0, 0.3):
            continue
        tone = 0.08 + 0.62 * depth + 0.16 * clumps[y, x] + 0.16 * lit_side[y, x] + rng.normal(0, 0.11)
        tone = np.clip(tone, 0, 1)
        color = np.array([np.interp(tone, [0, 0.5, 1], [a, b, c]) for a, b, c in zip(dark, mean, light)])
        color = color / 255 * np.array([1 + rng.normal(0, 0.06), 1, 1 + rng.normal(0, 0.08)])
        color = color + 0.14 * (color.mean() - color)
        leaf(
            picture, (y, x), length * rng.uniform(0.6, 1.15), length * ratio * rng.uniform(0.6, 1.1),
            rng.uniform(0, 2 * np.pi), np.clip(color, 0, 1), rng.uniform(0.05, 0.22), vein=0.08)
    return picture


# Wet hollows, earth, dry crumbs; crumbs' radius in pixels, share of stones.
SOILS = [
    ((38, 28, 20), (88, 66, 46), (134, 106, 78), 3.2, 0.02),
    ((26, 20, 16), (58, 44, 34), (96, 76, 60), 4.2, 0.01),
    ((62, 46, 32), (124, 96, 68), (172, 142, 108), 2.6, 0.03),
    ((56, 34, 22), (112, 70, 46), (154, 108, 76), 3.6, 0.02),
    ((40, 34, 28), (86, 76, 64), (138, 126, 110), 3.0, 0.06),
    ((30, 24, 18), (74, 60, 46), (116, 98, 78), 5.0, 0.03),
]


def soil(rng, k):
    dark, mean, light, radius, stones = (np.array(c, np.float32) for c in SOILS[k])
    moist = spectrum(rng, 1.8, low=2, high=30)
    base = spectrum(rng, 0.9)
    picture = ramp(0.34 + 0.1 * base + 0.06 * moist, (0, dark), (0.5, mean), (1, light))
    count = int(9000 * (3.2 / radius) ** 1.6)
    for step in range(count):
        depth = step / count
        y, x = rng.integers(0, SIZE, 2)
        size = radius * np.exp(rng.normal(-0.35, 0.42)) * (1.25 - 0.45 * depth)
        tone = np.clip(0.28 + 0.3 * depth + 0.07 * moist[y, x] + rng.normal(0, 0.13), 0, 1)
        color = np.array([np.interp(tone, [0, 0.5, 1], [a, b, c]) for a, b, c in zip(dark, mean, light)])
        if rng.random() < stones:
            color = 0.4 * color + 0.6 * np.array([150, 144, 136]) * rng.uniform(0.75, 1.15)
            size *= 1.35
        grain(
            picture, (y, x), size, np.clip(color / 255 * 1.12, 0, 1), rng.uniform(0.6, 1),
            rng.uniform(0.35, 0.6), rng.uniform(0, np.pi))
    rough = 1 + 0.09 * spectrum(rng, 0.5, low=12)
    return np.clip(picture * rough[..., None] * (1 + 0.05 * blurred(moist, 4))[..., None], 0, 1)
