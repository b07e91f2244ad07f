"""Seeded noise on a torus, as numpy arrays of float32: what leaves on one side comes in on the other.

All arrays are SIZE x SIZE, rows first. They are drawn at twice the size of a swatch.
"""

import numpy as np

SIZE = 256
ROWS, COLUMNS = np.mgrid[0:SIZE, 0:SIZE].astype(np.float32)


def spectrum(rng, slope, low=1.0, high=SIZE / 2, stretch=(1.0, 1.0), angle=0.0):
    """Noise with amplitudes of 1 / frequency ** slope, mean 0, deviation 1.

    Frequencies are in waves a side; those below `low` and above `high` are left out. A `stretch` of
    (a, b) draws out the noise a times along rows and b times down columns, before it is turned by `angle`.
    """
    fy = np.fft.fftfreq(SIZE)[:, None] * SIZE
    fx = np.fft.fftfreq(SIZE)[None, :] * SIZE
    turned_x = fx * np.cos(angle) + fy * np.sin(angle)
    turned_y = -fx * np.sin(angle) + fy * np.cos(angle)
    frequency = np.hypot(turned_x * stretch[0], turned_y * stretch[1])
    gain = np.where(frequency > 0, np.maximum(frequency, 1e-6) ** -slope, 0)
    gain *= 1 / (1 + (low / np.maximum(frequency, 1e-6)) ** 6)
    gain *= np.exp(-((frequency / high) ** 4))
    white = np.fft.fft2(rng.standard_normal((SIZE, SIZE)))
    field = np.fft.ifft2(white * gain).real
    return ((field - field.mean()) / (field.std() + 1e-9)).astype(np.float32)


def sample(field, y, x):
    """The field at places of any real coordinates, by bilinear interpolation."""
    row, column = np.floor(y).astype(int), np.floor(x).astype(int)
    dy, dx = y - row, x - column
    if field.ndim == 3:
        dy, dx = dy[..., None], dx[..., None]
    size_y, size_x = field.shape[:2]

    def at(down, right):
        return field[(row + down) % size_y, (column + right) % size_x]

    top = at(0, 0) + dx * (at(0, 1) - at(0, 0))
    bottom = at(1, 0) + dx * (at(1, 1) - at(1, 0))
    return top + dy * (bottom - top)


def warped(field, down, right):
    """The field, each pixel taken from `down` rows and `right` columns away."""
    return sample(field, ROWS + down, COLUMNS + right)


def blurred(field, radius):
    """A Gaussian mean with a deviation of `radius` pixels."""
    f = np.hypot(np.fft.fftfreq(SIZE)[:, None], np.fft.fftfreq(SIZE)[None, :])
    gain = np.exp(-2 * (np.pi * radius * f) ** 2)
    if field.ndim == 3:
        return np.stack([blurred(field[..., k], radius) for k in range(field.shape[2])], -1)
    return np.fft.ifft2(np.fft.fft2(field) * gain).real.astype(np.float32)


def cells(rng, count, jitter=0.9, squash=1.0, warp=0.0):
    """Voronoi cells around about `count` points on a torus.

    Returns the distance to the nearest point, that to the second nearest less it, and the cell's number.
    `squash` above 1 makes cells wide; `warp` bends their borders by as many pixels.
    """
    down = max(int(round(np.sqrt(count * squash))), 1)
    across = max(int(round(count / down)), 1)
    grid = np.stack(np.meshgrid(np.arange(down), np.arange(across), indexing="ij"), -1)
    points = grid.reshape(-1, 2) + 0.5 + jitter * rng.uniform(-0.5, 0.5, (down * across, 2))
    points = points * [SIZE / down, SIZE / across]
    y, x = ROWS, COLUMNS
    if warp:
        y = y + warp * spectrum(rng, 1.4, low=3)
        x = x + warp * spectrum(rng, 1.4, low=3)
    best = np.full((SIZE, SIZE), 1e9, np.float32)
    second, number = best.copy(), np.zeros((SIZE, SIZE), int)
    for k, (row, column) in enumerate(points):
        dy = (y - row + SIZE / 2) % SIZE - SIZE / 2
        dx = (x - column + SIZE / 2) % SIZE - SIZE / 2
        distance = np.sqrt((dy * squash) ** 2 + dx**2)
        nearer = distance < best
        second = np.where(nearer, best, np.minimum(second, distance))
        number = np.where(nearer, k, number)
        best = np.minimum(best, distance)
    return best, second - best, number


def lit(height, azimuth=0.8, steepness=1.0, ambient=0.45):
    """Light on a height field, about 1 where it is level: a sun from the upper left, no cast shadows."""
    dy = (np.roll(height, -1, 0) - np.roll(height, 1, 0)) / 2 * steepness
    dx = (np.roll(height, -1, 1) - np.roll(height, 1, 1)) / 2 * steepness
    sun = np.array([np.cos(azimuth) * 0.7, np.sin(azimuth) * 0.7, 0.72])
    light = (-dx * -sun[0] - dy * -sun[1] + sun[2]) / np.sqrt(dx * dx + dy * dy + 1)
    return ambient + (1 - ambient) * np.clip(light, 0, None) / sun[2]


def smoothstep(low, high, value):
    """0 below `low`, 1 above `high`, a smooth cubic between."""
    t = np.clip((value - low) / (high - low), 0, 1)
    return t * t * (3 - 2 * t)


def ramp(value, *stops):
    """Colours of 0...1 for values: stops are (value, (red, green, blue)), in rising order, in 0...255."""
    places = [place for place, _ in stops]
    colors = np.array([color for _, color in stops], np.float32) / 255
    return np.stack([np.interp(value, places, colors[:, k]) for k in range(3)], -1).astype(np.float32)
