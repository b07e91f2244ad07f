"""A test chart of flat colours, ramps, wedges, rings and checks; no text, no noise."""

import colorsys

import numpy as np

SIZE = 512
PAPER = 118  # mid grey


def polar(side):
    """Distance from the centre (pixels) and angle of the pixels of a square."""
    axis = np.arange(side) + 0.5 - side / 2
    x, y = np.meshgrid(axis, axis)
    return np.hypot(x, y), np.arctan2(y, x)


def disc_edge(distance, radius):
    """Coverage of a disc's pixels, 0 to 1, antialiased over one pixel."""
    return np.clip(radius - distance + 0.5, 0, 1)


def siemens_star(side, spokes):
    """A star of black and white spokes, antialiased by eight samples a pixel and axis."""
    fine = 8
    distance, angle = polar(side * fine)
    star = np.where(np.sin(angle * spokes) > 0, 255.0, 0.0)
    star = np.where(distance < side * fine / 2 - fine, star, PAPER)
    return star.reshape(side, fine, side, fine).mean((1, 3))


def zone_plate(side):
    """Rings whose frequency grows with the radius to a half cycle a pixel at the edge."""
    distance, _ = polar(side)
    wave = 127.5 + 127.5 * np.cos(np.pi * distance**2 / side)
    cover = disc_edge(distance, side / 2 - 1)
    return wave * cover + PAPER * (1 - cover)


def wedge(width, height, lines):
    """Vertical bars whose pitch falls from 12 pixels at the top to 2 at the bottom."""
    pitch = np.geomspace(12, 2, height)[:, None]
    x = np.arange(width * 8) / 8 - width / 2
    bars = (np.mod(x[None] / pitch + 0.25, 1) < 0.5) & (np.abs(x)[None] < pitch * lines / 2)
    return 255 - 255.0 * bars.reshape(height, width, 8).mean(2)


def hue_disc(side):
    """Hue around, saturation outwards, full value."""
    distance, angle = polar(side)
    hue, saturation = angle / (2 * np.pi) + 0.5, np.clip(distance / (side / 2 - 1), 0, 1)
    sector = (hue[..., None] * 6 + np.array([0, 4, 2])) % 6
    colour = 1 - saturation[..., None] * (1 - np.clip(np.abs(sector - 3) - 1, 0, 1))
    cover = disc_edge(distance, side / 2 - 1)[..., None]
    return 255 * colour * cover + PAPER * (1 - cover)


def place(chart, row, column, part):
    """Puts a part, [row, column] grey or [row, column, 3], onto the chart."""
    part = part[..., None] if part.ndim == 2 else part
    chart[row : row + part.shape[0], column : column + part.shape[1]] = part


def flat(height, width, colour):
    return np.broadcast_to(np.asarray(colour, float), (height, width, 3))


def draw():
    """The chart, bytes [512, 512, 3]."""
    chart = np.full((SIZE, SIZE, 3), float(PAPER))
    for edge in range(0, SIZE, 16):  # a border that shows a lost row or column at once
        tone = 255 if (edge // 16) % 2 else 0
        chart[:8, edge : edge + 16], chart[-8:, edge : edge + 16] = tone, 255 - tone
        chart[edge : edge + 16, :8], chart[edge : edge + 16, -8:] = tone, 255 - tone
    for i in range(12):  # two rows of saturated and of soft patches
        strong = [255 * v for v in colorsys.hsv_to_rgb(i / 12, 1, 1)]
        soft = [255 * v for v in colorsys.hsv_to_rgb(i / 12, 0.35, 0.75)]
        place(chart, 20, 22 + i * 39, flat(34, 39, strong))
        place(chart, 54, 22 + i * 39, flat(34, 39, soft))
    skin = [(247, 220, 200), (226, 180, 150), (190, 138, 104)]
    skin += [(146, 98, 70), (98, 64, 46), (58, 40, 32)]
    nature = [(64, 92, 44), (112, 140, 60), (70, 110, 160)]
    nature += [(150, 190, 220), (150, 130, 100), (90, 84, 80)]
    for i, colour in enumerate(skin + nature):
        place(chart, 88, 22 + i * 39, flat(34, 39, colour))
    for i in range(13):  # grey steps, and a dark and a bright pair that differ by a little
        place(chart, 130, 22 + i * 36, flat(36, 36, [i * 255 / 12] * 3))
    place(chart, 142, 34, flat(12, 12, [6] * 3))
    place(chart, 142, 34 + 12 * 36, flat(12, 12, [249] * 3))
    ramp = np.linspace(0, 255, 468)
    for i, mask in enumerate([(1, 1, 1), (1, 0, 0), (0, 1, 0), (0, 0, 1)]):
        place(chart, 174 + 14 * i, 22, np.broadcast_to(ramp[:, None] * mask, (14, 468, 3)))
    place(chart, 240, 22, siemens_star(148, 36))
    place(chart, 240, 182, zone_plate(148))
    place(chart, 240, 342, hue_disc(148))
    for i, cell in enumerate([1, 2, 4, 8, 16]):
        y, x = np.mgrid[:48, :48] // cell
        place(chart, 400, 22 + i * 54, 255.0 * ((x + y) % 2))
        y, x = np.mgrid[:40, :48] // cell
        place(chart, 452, 22 + i * 54, 255.0 * ((x if i % 2 else y) % 2))
    place(chart, 400, 298, wedge(92, 92, 5))
    place(chart, 400, 398, wedge(92, 92, 5).T)
    return np.clip(chart + 0.5, 0, 255).astype(np.uint8)
