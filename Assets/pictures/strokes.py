"""Strokes on the landscape as a person paints them: flat colours, hard edges."""

import numpy as np
from PIL import Image, ImageDraw

# Colour, brush diameter in pixels, and the path of the brush, (column, row).
STROKES = [
    # Trees over the clearing on the left-hand hill.
    ((88, 112, 112), 20, [(84, 238), (104, 234), (124, 246), (146, 252)]),
    ((76, 100, 102), 20, [(60, 268), (86, 262), (112, 256), (140, 262)]),
    ((84, 106, 112), 18, [(136, 250), (158, 256), (184, 258), (206, 256)]),
    ((70, 92, 96), 12, [(92, 248), (108, 250), (124, 262), (150, 266)]),
    # Bushes at the water.
    ((46, 62, 26), 26, [(232, 424), (246, 414), (264, 420), (284, 428)]),
    ((60, 80, 34), 18, [(236, 434), (262, 432), (292, 438), (310, 436)]),
    ((34, 48, 22), 14, [(250, 402), (272, 410)]),
    # A rock at the shore, and light on its top.
    ((88, 98, 110), 26, [(480, 440), (500, 430), (526, 428), (548, 440)]),
    ((88, 98, 110), 20, [(484, 444), (516, 446), (546, 443)]),
    ((122, 132, 142), 9, [(494, 419), (514, 415), (530, 420)]),
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
