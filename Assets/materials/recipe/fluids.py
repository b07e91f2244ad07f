"""Water, clouds and sky, bark and wood: what is drawn out or flows."""

import numpy as np

from noise import COLUMNS, ROWS, SIZE, blurred, cells, lit, ramp, smoothstep, spectrum, warped

# Depth, mean, reflected sky, glints; size of waves, steepness.
WATERS = [
    ((24, 54, 70), (58, 98, 118), (138, 172, 188), 0.10, 1.0, 1.0),
    ((16, 38, 44), (44, 76, 80), (110, 140, 142), 0.03, 0.7, 0.8),
    ((38, 82, 108), (82, 138, 166), (164, 202, 220), 0.12, 1.3, 1.1),
    ((34, 50, 50), (80, 98, 98), (150, 164, 166), 0.05, 0.6, 0.7),
    ((18, 74, 88), (44, 124, 138), (132, 194, 200), 0.08, 1.1, 0.9),
    ((48, 62, 76), (98, 116, 132), (176, 188, 198), 0.10, 0.9, 1.2),
]


def water(rng, k):
    dark, mean, light, glint, size, steep = WATERS[k]
    height = np.zeros((SIZE, SIZE), np.float32)
    for low, high, weight, wide in ((3, 9, 1.0, 3.2), (8, 26, 0.55, 3.6), (22, 70, 0.22, 3.0)):
        band = spectrum(rng, 0.8, low=low / size, high=high / size, stretch=(wide, 1), angle=rng.normal(0, 0.07))
        # Crests are sharper than troughs.
        height += weight * (band + 0.25 * (np.abs(band) - 0.8))
    slope = (np.roll(height, -2, 0) - np.roll(height, 2, 0)) * steep
    slope = slope / (slope.std() + 1e-6)
    swell = spectrum(rng, 2.0, low=1.5, high=8, stretch=(3, 1))
    tone = 0.46 + 0.15 * steep * slope + 0.05 * height + 0.05 * swell
    picture = ramp(tone, (0, dark), (0.46, mean), (1, light))
    spark = smoothstep(1.7, 3.0, slope + 0.35 * spectrum(rng, 0.3, low=20))[..., None]
    picture = picture + spark * glint * 3 * (np.array([1, 1, 0.97]) - picture)
    return np.clip(picture, 0, 1)


# Shade, body and light of clouds, the blue behind them; how thin they are (0 hides the blue), scale.
CLOUDS = [
    ((176, 184, 200), (224, 228, 234), (252, 252, 252), (120, 162, 212), 0.35, 1.0),
    ((190, 196, 206), (228, 230, 234), (250, 250, 248), (140, 176, 214), 0.15, 1.4),
    ((132, 140, 152), (172, 178, 188), (212, 216, 220), (128, 150, 176), 0.1, 1.1),
    ((160, 172, 194), (216, 222, 232), (250, 250, 250), (98, 144, 200), 0.3, 0.8),
    ((168, 158, 166), (220, 206, 200), (252, 238, 220), (150, 160, 186), 0.3, 1.0),
    ((104, 110, 120), (136, 142, 150), (172, 176, 182), (120, 130, 142), 0.0, 1.3),
]


def cloud(rng, k):
    dark, body, light, blue, thin, scale = CLOUDS[k]
    # Heaps: folded noise bulges between creases, large ones carry small ones.
    height = 0.9 * spectrum(rng, 2.0, low=1.4 / scale, high=8)
    for low, weight in ((3, 0.75), (6, 0.42), (13, 0.2), (28, 0.09)):
        band = spectrum(rng, 0.6, low=low / scale, high=2.0 * low / scale, stretch=(1.2, 1))
        height += weight * (0.8 - np.abs(band)) * np.clip(0.8 + 0.4 * height, 0.2, 1.4)
    bend = 4 * spectrum(rng, 1.8, low=3, high=30)
    height = warped(height, bend, np.roll(bend, 61, 1))
    light_on = lit(26 * blurred(height, 1.6), azimuth=1.1, steepness=0.16, ambient=0.0)
    tone = 0.5 + 0.42 * (light_on - light_on.mean()) + 0.17 * (height - height.mean())
    picture = ramp(np.clip(tone, 0, 1), (0.1, dark), (0.5, body), (0.8, light))
    veil = thin * smoothstep(-0.2, -1.5, height - height.mean())[..., None]
    picture = picture + veil * (np.array(blue, np.float32) / 255 - picture)
    return np.clip(blurred(picture, 1.0), 0, 1)


# A hue of the sky and how much it varies up and down.
SKIES = [
    ((92, 142, 206), 0.05), ((132, 174, 220), 0.05), ((64, 112, 182), 0.05),
    ((180, 198, 216), 0.04), ((182, 187, 192), 0.04), ((214, 180, 152), 0.06),
]


def sky(rng, k):
    color, change = SKIES[k]
    haze = spectrum(rng, 2.6, low=1, high=8, stretch=(3, 1))
    veil = spectrum(rng, 1.8, low=2, high=30, stretch=(3, 1))
    grainy = spectrum(rng, 0.1, low=30, high=128)
    tone = change * np.cos(2 * np.pi * ROWS / SIZE + 0.4 * haze) + 0.008 * veil
    base = np.array(color, np.float32) / 255
    # Lighter is also paler, as towards a horizon.
    picture = base + tone[..., None] * (np.array([1.3, 1.05, 0.8]) * (1.05 - base))
    tint = np.stack([spectrum(rng, 0.1, low=30, high=128) for _ in range(3)], -1)
    return np.clip(picture + 0.006 * grainy[..., None] + 0.003 * tint, 0, 1)


# Furrow, mean, ridge; furrows across, how far they are drawn out, moss.
BARKS = [
    ((34, 26, 20), (96, 78, 62), (150, 128, 106), 9, 4.0, 0.15),
    ((26, 22, 20), (74, 64, 56), (122, 110, 98), 14, 3.2, 0.35),
    ((48, 34, 24), (126, 94, 68), (182, 146, 112), 7, 5.0, 0.0),
    ((52, 48, 44), (120, 114, 106), (176, 170, 160), 12, 3.6, 0.2),
    ((40, 24, 16), (108, 68, 46), (160, 112, 80), 10, 3.0, 0.05),
    ((36, 34, 26), (90, 86, 68), (142, 136, 112), 8, 4.4, 0.5),
]


def bark(rng, k):
    dark, mean, light, across, long, moss = BARKS[k]
    bend = spectrum(rng, 1.8, low=2, high=20)
    # Furrows run where drawn-out noise is zero: they fork, join and end.
    rough = spectrum(rng, 1.1, low=12, high=70, stretch=(1, 1.6))
    furrow = np.zeros((SIZE, SIZE), np.float32)
    for low, weight, sharp in ((0.5, 1.0, 0.30), (1.1, 0.55, 0.34)):
        run = spectrum(rng, 1.0, low=low * across, high=2.0 * low * across, stretch=(1, long))
        run = warped(run, 0 * bend, 4 * bend) + 0.1 * rough
        furrow = np.maximum(furrow, weight * np.exp(-((run / sharp) ** 2)))
    # Across the plates between them run short cracks.
    crack = warped(spectrum(rng, 1.0, low=7, high=26, stretch=(1.7, 1)), 2 * bend, 0 * bend) + 0.2 * rough
    crack = 0.5 * np.exp(-((crack / 0.16) ** 2)) * smoothstep(-0.2, 0.9, spectrum(rng, 1.2, low=4))
    depth = np.maximum(furrow, crack)
    fiber = warped(spectrum(rng, 0.9, low=8, stretch=(1, 6)), 0 * bend, 4 * bend)
    lift = spectrum(rng, 1.4, low=4, high=30, stretch=(1, 2.5))
    height = -9.0 * blurred(depth, 0.8) + 1.3 * fiber + 1.6 * lift + 0.7 * rough
    height = height + 0.35 * spectrum(rng, 0.4, low=24)
    light_on = lit(height, azimuth=0.35, steepness=0.24, ambient=0.4)
    tone = 0.62 - 0.5 * depth + 0.06 * fiber + 0.07 * lift + 0.05 * spectrum(rng, 1.5, low=2)
    picture = ramp(tone, (0.05, dark), (0.5, mean), (0.95, light))
    grown = moss * smoothstep(0.3, 1.5, spectrum(rng, 1.3, low=3) + 0.6 * lift)[..., None]
    picture = picture * (1 - 0.6 * grown) + 0.6 * grown * np.array([0.36, 0.4, 0.2])
    hollow = np.clip(1.05 - 0.45 * blurred(depth, 2.5), 0.5, 1.1)
    return np.clip(picture * (light_on * hollow)[..., None], 0, 1)


# Late wood, mean, early wood; boards a swatch (0 for one piece), rings across a board, lacquer.
WOODS = [
    ((112, 72, 40), (168, 118, 72), (204, 160, 110), 0, 9, 0.0),
    ((96, 60, 36), (146, 98, 62), (182, 134, 92), 4, 6, 0.0),
    ((150, 112, 70), (204, 166, 116), (230, 200, 154), 0, 7, 0.0),
    ((84, 78, 70), (138, 130, 120), (178, 170, 160), 4, 7, 0.8),
    ((62, 36, 22), (104, 64, 40), (142, 94, 62), 0, 11, 0.0),
    ((104, 82, 58), (158, 130, 98), (196, 170, 136), 5, 6, 0.5),
]


def wood(rng, k):
    dark, mean, light, boards, rings, weather = WOODS[k]
    across = SIZE / boards if boards else SIZE
    board = np.floor(COLUMNS / across).astype(int)
    count = max(boards, 1)
    offset = rng.uniform(0, 40, count)[board]
    drift = rng.integers(0, SIZE, count)[board]
    # Rings cut along the trunk are lines that bulge where the cut comes near a heart or a knot.
    slow = spectrum(rng, 2.2, low=1, high=7, stretch=(1, 3.2))
    ripple = spectrum(rng, 1.5, low=4, high=30, stretch=(1, 5))
    slow = sample_rows(slow, drift)
    ripple = sample_rows(ripple, drift)
    turns = max(round(rings * count), 1)
    place = COLUMNS / SIZE * turns + offset + 1.5 * slow + 0.16 * ripple
    ring = place - np.floor(place)
    # Late wood grows darker towards its end and stops at once.
    late = smoothstep(0.25, 0.92, ring) * (1 - smoothstep(0.92, 1.0, ring))
    strength = 0.75 + 0.25 * np.sin(2.4 * np.floor(place) + 1.7 * np.sin(5.1 * np.floor(place)))
    fiber = sample_rows(spectrum(rng, 0.7, low=10, stretch=(1, 14)), drift)
    pores = smoothstep(1.5, 2.6, sample_rows(spectrum(rng, 0.3, low=30, stretch=(1, 9)), drift))
    tone = 0.68 - 0.34 * late * strength + 0.07 * fiber + 0.05 * sample_rows(spectrum(rng, 2, low=1), drift)
    tone = tone + rng.normal(0, 0.09, count)[board] * (boards > 0)
    picture = ramp(tone, (0, dark), (0.5, mean), (1, light))
    picture = picture * (1 - 0.32 * pores)[..., None]
    if weather:
        split = smoothstep(1.4, 2.4, sample_rows(spectrum(rng, 0.9, low=6, stretch=(1, 11)), drift))
        picture = picture * (1 - 0.5 * weather * split)[..., None]
    if boards:
        gap = np.minimum(COLUMNS % across, across - COLUMNS % across)
        picture = picture * (0.25 + 0.75 * smoothstep(0.4, 2.6, gap))[..., None]
        bevel = np.clip(1 + 0.16 * np.sign((COLUMNS % across) - across / 2) * -(gap < 5.0).astype(float), 0, 2)
        picture = picture * bevel[..., None]
    return np.clip(picture, 0, 1)


def sample_rows(field, down):
    """The field, each column from as many rows away as `down` says."""
    rows = (ROWS.astype(int) + down) % SIZE
    return field[rows, COLUMNS.astype(int)]
