"""Rock, sand, snow, brick: what is lit as a height field."""

import numpy as np

from noise import COLUMNS, ROWS, SIZE, blurred, cells, lit, ramp, smoothstep, spectrum, warped

# Crevice, mean, light colour; cells of the broken surface, how smooth, how far layers are drawn out.
ROCKS = [
    ((58, 54, 50), (128, 122, 114), (176, 170, 160), 26, 1.35, 1.0),
    ((48, 46, 46), (104, 102, 102), (150, 148, 146), 14, 1.5, 1.6),
    ((74, 60, 46), (146, 124, 100), (194, 174, 146), 20, 1.4, 2.4),
    ((40, 40, 42), (86, 86, 90), (134, 134, 136), 40, 1.3, 1.0),
    ((82, 76, 68), (160, 152, 140), (204, 198, 186), 18, 1.5, 1.3),
    ((54, 50, 42), (114, 108, 92), (164, 156, 138), 30, 1.4, 1.8),
]


def rock(rng, k):
    dark, mean, light, count, slope, stretch = ROCKS[k]
    # Blocks of several sizes, each a slanted face with an edge that is worn.
    height = np.zeros((SIZE, SIZE), np.float32)
    cracks = np.zeros((SIZE, SIZE), np.float32)
    for scale, weight in ((1, 1.0), (4, 0.5), (14, 0.22)):
        near, edge, number = cells(rng, count * scale, squash=stretch, warp=7 / scale**0.4)
        tilt_y, tilt_x, lift = rng.normal(0, 1, (3, number.max() + 1))
        size = np.sqrt(SIZE * SIZE / (count * scale))
        face = lift[number] * 0.35 * size
        slant = blurred(tilt_y[number] * 0 + lift[number], 1.2) * 0.35 * size
        face = 0.5 * face + 0.5 * slant + near * -0.35
        height += weight * face * 0.55
        cracks += weight * (1 - smoothstep(0, 0.12 * size + 1.2, edge)) * (0.7 + 0.3 * np.sign(lift[number]))
    rough = spectrum(rng, slope, low=2, stretch=(stretch, 1))
    fine = spectrum(rng, 0.8, low=16)
    height = blurred(height, 1.0) + 5.0 * rough + 0.45 * fine - 2.5 * blurred(cracks, 1)
    light_on = lit(height, steepness=0.32, ambient=0.38)
    stain = spectrum(rng, 1.7, low=2)
    tone = 0.5 + 0.1 * stain + 0.05 * fine - 0.2 * blurred(cracks, 0.7)
    picture = ramp(tone, (0, dark), (0.5, mean), (1, light))
    lichen = smoothstep(1.1, 1.8, spectrum(rng, 1.1, low=5))[..., None] * 0.35
    picture = picture * (1 - lichen) + lichen * np.array([0.62, 0.6, 0.46])
    hollow = np.clip(1 + (height - blurred(height, 6)) * 0.03, 0.55, 1.15)
    return np.clip(picture * (light_on * hollow)[..., None], 0, 1)


# Shade, mean, light; spacing of ripples in pixels (0 for none), their depth, size of grains.
SANDS = [
    ((140, 112, 80), (202, 174, 134), (232, 208, 172), 0, 0.0, 1.0),
    ((146, 110, 72), (208, 168, 120), (238, 206, 162), 30, 1.0, 0.8),
    ((122, 104, 84), (178, 158, 132), (212, 194, 170), 18, 0.7, 1.0),
    ((164, 146, 118), (222, 206, 178), (244, 232, 210), 42, 0.9, 0.7),
    ((104, 84, 62), (152, 128, 100), (190, 166, 134), 0, 0.0, 1.3),
    ((150, 104, 66), (204, 152, 104), (232, 190, 146), 24, 1.0, 0.8),
]


def sand(rng, k):
    dark, mean, light, spacing, depth, grains = SANDS[k]
    dunes = spectrum(rng, 2.1, low=1.5, high=24)
    height = (1.2 if spacing else 2.2) * dunes
    if spacing:
        waves = round(SIZE / spacing)
        bend = spacing * (0.28 * spectrum(rng, 2.2, low=1.5, high=7, stretch=(1, 1.6)) + 0.03 * spectrum(rng, 1.2, low=8, high=40))
        phase = 2 * np.pi * waves / SIZE * (ROWS + bend)
        # Ripples have a long windward and a short lee side.
        ridge = np.sin(phase + 0.55 * np.sin(phase))
        strength = 0.75 + 0.25 * spectrum(rng, 1.8, low=2, high=12)
        height = height + 0.15 * spacing * depth * ridge * np.clip(strength, 0.2, 1.4)
    else:
        height = height + 2.4 * spectrum(rng, 1.5, low=6, high=60)
    fine = spectrum(rng, 0.15, low=20, high=110)
    light_on = lit(height + 0.3 * grains * fine, steepness=0.3, ambient=0.5)
    tone = 0.5 + 0.05 * dunes + 0.09 * grains * fine + 0.05 * spectrum(rng, 1.0, low=6)
    picture = ramp(tone, (0, dark), (0.5, mean), (1, light)) * light_on[..., None]
    specks = spectrum(rng, 0.0, low=40, high=128)
    picture = picture * (1 - 0.35 * smoothstep(2.3, 3.2, specks))[..., None]
    return np.clip(picture, 0, 1)


# Shadow, mean, light; depth of drifts, roughness, footmarks of wind.
SNOWS = [
    ((164, 178, 202), (230, 234, 240), (252, 252, 252), 1.0, 0.5),
    ((178, 188, 204), (234, 237, 241), (254, 254, 253), 0.7, 0.35),
    ((128, 148, 186), (204, 213, 228), (246, 248, 252), 1.3, 0.6),
    ((160, 166, 178), (222, 224, 228), (248, 248, 248), 0.9, 0.7),
    ((178, 176, 184), (236, 232, 228), (255, 250, 244), 0.9, 0.4),
    ((138, 152, 180), (214, 220, 230), (244, 246, 250), 0.5, 0.9),
]


def snow(rng, k):
    dark, mean, light, depth, rough = SNOWS[k]
    drifts = spectrum(rng, 2.3, low=1.6, high=30, stretch=(1.8, 1))
    crust = spectrum(rng, 1.4, low=8, high=70, stretch=(1.5, 1))
    fine = spectrum(rng, 0.3, low=30, high=115)
    height = 7.5 * depth * drifts + 1.5 * rough * crust + 0.16 * rough * fine
    light_on = lit(height, steepness=0.3, ambient=0.35)
    tone = 0.5 + 0.62 * (light_on - 1) + 0.03 * drifts + 0.012 * fine
    return np.clip(ramp(tone, (0, dark), (0.5, mean), (0.85, light)), 0, 1)


# Three colours of bricks, mortar; courses a swatch, mortar's width, how worn.
BRICKS = [
    (((150, 74, 54), (126, 58, 44), (168, 94, 68)), (176, 166, 152), 8, 4.0, 0.5),
    (((132, 66, 52), (98, 50, 42), (150, 88, 70)), (140, 132, 122), 12, 3.0, 0.7),
    (((176, 104, 72), (158, 86, 60), (196, 130, 94)), (200, 190, 172), 8, 4.6, 0.4),
    (((116, 92, 78), (98, 78, 68), (140, 114, 96)), (170, 162, 150), 10, 3.6, 0.6),
    (((190, 158, 118), (172, 138, 98), (206, 178, 140)), (206, 198, 182), 8, 4.0, 0.5),
    (((146, 64, 46), (112, 46, 38), (160, 84, 64)), (104, 98, 92), 16, 2.6, 0.4),
]


def brick(rng, k):
    colors, mortar, courses, gap, wear = BRICKS[k]
    tall = SIZE // courses
    across = max(int(round(SIZE / (tall * 2.9))), 1)
    bend = wear * 0.8
    y = (ROWS + bend * spectrum(rng, 1.5, low=4)) % SIZE
    x = (COLUMNS + bend * spectrum(rng, 1.5, low=4)) % SIZE
    course = np.floor(y / tall).astype(int) % courses
    # Running bond, each course a little off.
    shift = (course % 2) * 0.5 + rng.normal(0, 0.03, courses)[course]
    place = (x / SIZE * across + shift) % across
    number = np.floor(place).astype(int)
    wide = SIZE / across
    dy = np.minimum(y % tall, tall - y % tall)
    dx = np.minimum(place % 1, 1 - place % 1) * wide
    ragged = wear * 0.8 * spectrum(rng, 0.9, low=14)
    edge = np.minimum(dx, dy) + ragged
    corner = np.hypot(np.clip(4 - dx, 0, 4), np.clip(4 - dy, 0, 4))
    inside = smoothstep(gap / 2 - 0.6, gap / 2 + 0.9, edge - 0.25 * corner)
    pick = rng.random((courses, across))
    tint = np.array(colors, np.float32)[(pick * 3).astype(int)][course, number] / 255
    tint = tint * (1 + rng.normal(0, 0.09, (courses, across)))[course, number][..., None]
    stain = spectrum(rng, 1.4, low=3)
    fine = spectrum(rng, 0.6, low=12)
    pits = smoothstep(1.3, 2.2, spectrum(rng, 0.7, low=18, high=90))
    face = tint * (1 + 0.09 * stain + 0.06 * fine - 0.28 * wear * pits)[..., None]
    joint = np.array(mortar, np.float32) / 255 * (0.84 + 0.07 * fine + 0.05 * stain)[..., None]
    lift = rng.normal(0, 0.5, (courses, across))[course, number]
    height = blurred(inside * (3.2 + lift), 0.9) + 0.35 * fine - 1.2 * wear * pits * inside
    light_on = lit(height, steepness=0.4, ambient=0.5)
    picture = joint + inside[..., None] * (face - joint)
    return np.clip(picture * light_on[..., None], 0, 1)
