"""The near meadow and its spruces, as many thousands of small strokes on a developed picture."""

import numpy as np
from PIL import ImageDraw

from noise import mix, smoothstep


def byte(colour):
    """A colour 0 to 1 as the tuple of bytes that Pillow draws with."""
    return tuple(int(v) for v in np.clip(np.asarray(colour) * 255, 0, 255))


def paint_grass(image, world, camera, rng, count):
    """Blades of grass, herbs and a few flowers, far ones first, over the near bank."""
    draw = ImageDraw.Draw(image)
    # Nearer than 9 m is below the frame; the power puts about equally many on every row.
    y = 9 + 78 * rng.random(count) ** 1.7
    x = y * rng.uniform(-0.53, 0.53, count)
    ground = world.height(x.astype(np.float32), y.astype(np.float32), 1)
    keep = ground > 0.15
    order = np.argsort(-y[keep])
    x, y, ground = (v[keep][order] for v in (x, y, ground))
    patch = world.fine.octaves(x / 7 + 3.1, y / 7, 4)
    clump = world.fine.octaves(x / 1.6, y / 1.6 + 9, 2)
    light = 0.62 + 0.45 * smoothstep(-0.5, 0.6, world.coarse.octaves(x / 26, y / 15, 3))
    column = camera.width / 2 + camera.focal * x / y
    row = camera.horizon + camera.focal * (camera.eye - ground) / y
    size = (0.16 + 0.16 * rng.random(len(x)) + 0.16 * np.clip(clump, -0.4, 1)) * camera.focal / y
    size *= np.where(ground < 1.2, 1.5, 1)  # sedges at the water
    lean = rng.normal(0.12, 0.35, len(x)) + 0.3 * patch
    fresh, dry = np.array([0.33, 0.42, 0.12]), np.array([0.66, 0.58, 0.30])
    dark = np.array([0.13, 0.20, 0.07])
    hue = mix(fresh, dry, smoothstep(-0.1, 0.8, patch + rng.normal(0, 0.35, len(x))))
    hue = mix(hue, dark, smoothstep(0.0, 0.8, -clump + rng.normal(0, 0.25, len(x))))
    for i in range(len(x)):
        bright = light[i] * rng.uniform(0.75, 1.25)
        root, foot = byte(hue[i] * bright * 0.5), (column[i], row[i] + 1)
        middle = (column[i] + 0.35 * lean[i] * size[i], row[i] - 0.6 * size[i])
        tip = (column[i] + lean[i] * size[i], row[i] - size[i] * rng.uniform(0.85, 1.1))
        thick = 1 if size[i] < 26 else 2
        draw.line([foot, middle], fill=root, width=thick)
        draw.line([middle, tip], fill=byte(hue[i] * bright), width=1 if size[i] < 44 else 2)
        if patch[i] > 0.25 and rng.random() < 0.035:
            radius = max(0.7, 0.035 * camera.focal / y[i])
            petal = (0.93, 0.90, 0.82) if rng.random() < 0.6 else (0.92, 0.76, 0.22)
            box = [tip[0] - radius, tip[1] - radius * 0.7, tip[0] + radius, tip[1] + radius * 0.7]
            draw.ellipse(box, fill=byte(np.array(petal) * rng.uniform(0.8, 1.0)))


def paint_spruce(draw, rng, column, row, tall):
    """One spruce of `tall` drawing pixels: drooping tiers of needles, lit from the left."""
    bark = np.array([0.20, 0.16, 0.12])
    width = max(tall * 0.018, 1.5)
    draw.polygon(
        [(column - width, row), (column, row - tall * 0.97), (column + width, row)], fill=byte(bark)
    )
    shadow, leaf = np.array([0.045, 0.075, 0.05]), np.array([0.11, 0.17, 0.08])
    sunny = np.array([0.36, 0.40, 0.17])
    branches = []
    for _ in range(int(70 + tall * 0.55)):
        down = rng.random() ** 0.8  # 0 at the top, 1 at the lowest branch
        angle = rng.uniform(0, 2 * np.pi)
        branches.append((np.sin(angle) + 0.25 * (1 - down), down, angle))
    gap = rng.normal(0, 1, 24)
    for _, down, angle in sorted(branches):
        tier = 0.86 + 0.16 * gap[int(down * 23.9)]
        reach = tall * (0.012 + 0.185 * down**0.85) * tier * rng.uniform(0.72, 1.12)
        top = row - tall * (1 - 0.93 * down)
        side, toward = np.cos(angle), np.sin(angle)
        for step in np.arange(0.1, 1, 1.6 / max(reach, 4)):
            bx = column + side * reach * step
            by = top + reach * (0.10 * step + 0.42 * step**2 - 0.24 * step**4)
            by += toward * reach * 0.10 * step
            light = np.clip(0.30 - 0.62 * side * step + 0.22 * toward * step, 0, 1)
            light *= rng.uniform(0.35, 1.15)
            hue = mix(shadow, leaf, np.clip(light * 2.2, 0, 1))
            hue = mix(hue, sunny, np.clip(light * 1.7 - 0.6, 0, 1))
            for _ in range(3):
                length = tall * 0.014 * rng.uniform(0.5, 1.5) * (1.25 - 0.6 * step) + 1
                turn = rng.normal(0.55 * np.pi, 0.55)
                end = (bx + np.cos(turn) * length + side * length * 0.5, by + np.sin(turn) * length)
                draw.line([(bx, by), end], fill=byte(hue * rng.uniform(0.7, 1.2)))


def paint_spruces(image, world, camera, rng):
    """A group of spruces of different ages on the right of the near bank, and one on the left."""
    draw = ImageDraw.Draw(image)
    places = [(25.5, 56, 12.0), (28.5, 60, 16.5), (21.5, 57, 7.0), (24.0, 53, 4.2), (19.2, 50, 2.6),
              (27.0, 51, 9.0), (-27.5, 60, 8.5), (-25.0, 58, 4.4)]
    for x, y, tall in sorted(places, key=lambda place: -place[1]):
        ground = float(world.height(np.array([x], np.float32), np.array([y], np.float32), 1)[0])
        column = camera.width / 2 + camera.focal * x / y
        row = camera.horizon + camera.focal * (camera.eye - max(ground, 0.3)) / y
        pixels = camera.focal / y
        for _ in range(int(tall * 90)):  # the shadow on the grass, away from the sun
            t = rng.random()
            sx = column + pixels * tall * (0.05 + 0.75 * t) + rng.normal(0, pixels * 0.4)
            sy = row + rng.normal(0, 1) * pixels * tall * 0.035 * (1 - t) + pixels * tall * 0.03 * t
            draw.line([(sx, sy), (sx + 1, sy - 0.15 * pixels)], fill=byte((0.13, 0.17, 0.06)))
        paint_spruce(draw, rng, column, row + 2, tall * pixels)
