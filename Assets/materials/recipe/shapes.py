"""Thousands of small shaded shapes on a torus: blades, leaves, grains."""

import numpy as np

from noise import SIZE


def canvas(color):
    """A picture of one colour, given in 0...255."""
    return np.tile(np.array(color, np.float32) / 255, (SIZE, SIZE, 1))


def put(picture, rows, columns, colors, cover=1.0):
    """Lays colours over pixels of any coordinates; one place should occur once."""
    rows, columns = rows % SIZE, columns % SIZE
    cover = np.asarray(cover, np.float32)
    if cover.ndim:
        cover = cover[..., None]
    picture[rows, columns] += cover * (colors - picture[rows, columns])


def blade(picture, root, length, lean, bend, width, root_color, tip_color):
    """A blade of grass from its root up: `lean` and `bend` are radians off the vertical."""
    steps = np.arange(0, max(length, 2), 0.7)
    t = steps / max(length, 2)
    angle = lean + bend * t
    y = root[0] - np.cumsum(np.cos(angle)) * 0.7
    x = root[1] + np.cumsum(np.sin(angle)) * 0.7
    half = width / 2 * (1 - t) ** 0.6
    for side in np.arange(-np.ceil(width / 2), np.ceil(width / 2) + 1):
        inside = np.abs(side) <= half + 0.3
        if not inside.any():
            continue
        # A blade is a trough: one of its sides is darker.
        shade = 1 + 0.18 * np.sign(side) * min(abs(side), 1)
        colors = (root_color + (tip_color - root_color) * t[inside, None]) * shade
        rows = np.round(y[inside]).astype(int)
        columns = np.round(x[inside] + side).astype(int)
        put(picture, rows, columns, colors)


def leaf(picture, center, length, width, angle, color, light, vein=0.12):
    """A pointed leaf, its two halves lit differently: `light` is how much, `angle` its direction."""
    reach = int(np.ceil(length / 2)) + 1
    dy, dx = np.mgrid[-reach : reach + 1, -reach : reach + 1].astype(np.float32)
    along = (dx * np.cos(angle) + dy * np.sin(angle)) / (length / 2)
    across = (-dx * np.sin(angle) + dy * np.cos(angle)) / (width / 2)
    outline = np.clip(1 - along**2, 0, 1) ** 0.8 * (1 - 0.25 * along)
    inside = (np.abs(along) < 1) & (np.abs(across) < outline)
    if not inside.any():
        return
    a, b = along[inside], across[inside]
    shade = 1 + light * np.sign(b) * (0.5 + 0.5 * np.abs(b)) + 0.12 * a
    shade = shade + vein * (np.abs(b) < 0.14)
    rows = center[0] + dy[inside].astype(int)
    columns = center[1] + dx[inside].astype(int)
    put(picture, rows, columns, np.clip(color * shade[:, None], 0, 1))


def grain(picture, center, radius, color, squash=1.0, light=0.5, angle=0.0):
    """A round crumb or pebble lit from the upper left, with a shadow to the lower right."""
    reach = int(np.ceil(radius * 1.6)) + 1
    dy, dx = np.mgrid[-reach : reach + 1, -reach : reach + 1].astype(np.float32)

    def inside(sy, sx, grow):
        x = (dx - sx) * np.cos(angle) + (dy - sy) * np.sin(angle)
        y = -(dx - sx) * np.sin(angle) + (dy - sy) * np.cos(angle)
        return (x / (radius * grow)) ** 2 + (y / (radius * squash * grow)) ** 2

    shadow = np.clip(1.5 - inside(0.45 * radius, 0.45 * radius, 1.05), 0, 1)
    rows = center[0] + dy.astype(int)
    columns = center[1] + dx.astype(int)
    picture_part = picture[rows % SIZE, columns % SIZE]
    put(picture, rows, columns, picture_part * 0.45, 0.75 * shadow)
    distance = inside(0, 0, 1)
    body = distance < 1
    height = np.sqrt(np.clip(1 - distance, 0, 1))
    shade = 0.62 + light * (0.55 * height - 0.35 * (dx + dy) / (radius * 1.4))
    put(picture, rows[body], columns[body], np.clip(color * shade[body][:, None], 0, 1))
