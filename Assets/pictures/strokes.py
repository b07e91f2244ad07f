"""Strokes on the landscape as a person paints them: flat colours, hard edges."""

import numpy as np
from PIL import Image, ImageDraw

# Colour, brush diameter in pixels, and the path of the brush, (column, row).
STROKES = [
    # Woods over the clearing on the left-hand hill.
    ((70, 97, 84), 28, [(52, 266), (80, 246), (108, 240), (140, 250), (172, 254), (204, 256)]),
    ((70, 97, 84), 26, [(46, 278), (76, 270), (110, 264), (150, 266), (186, 264)]),
    ((70, 97, 84), 22, [(86, 236), (112, 238)]),
    ((70, 97, 84), 20, [(100, 254), (128, 258)]),
    # A spruce at the shore, its branches from the top down.
    ((20, 31, 19), 5, [(404, 340), (404, 357)]),
    ((20, 31, 19), 14, [(400, 369), (404, 362), (408, 369)]),
    ((20, 31, 19), 14, [(398, 386), (404, 379), (410, 386)]),
    ((20, 31, 19), 15, [(395, 403), (404, 396), (413, 403)]),
    ((20, 31, 19), 15, [(393, 420), (404, 413), (415, 420)]),
    ((20, 31, 19), 16, [(390, 437), (404, 430), (418, 437)]),
    # Bushes at the water.
    ((46, 62, 26), 26, [(232, 424), (246, 414), (264, 420), (284, 428)]),
    ((60, 80, 34), 18, [(236, 434), (262, 432), (292, 438), (310, 436)]),
    ((34, 48, 22), 14, [(250, 402), (272, 410)]),
    # Meadow that reaches out into the lake.
    ((74, 86, 30), 18, [(470, 448), (520, 440), (570, 434), (630, 434), (660, 440)]),
    ((74, 86, 30), 26, [(480, 454), (540, 448), (600, 446), (652, 450)]),
]


def paint(picture):
    """The picture, bytes [row, column, 3], with the strokes on it."""
    image = Image.fromarray(picture)
    draw = ImageDraw.Draw(image)
    for colour, size, path in STROKES:
        draw.line(path, fill=colour, width=size, joint="curve")
        for column, row in path:
            half = size / 2
            draw.ellipse([column - half, row - half, column + half, row + half], fill=colour)
    return np.asarray(image)
