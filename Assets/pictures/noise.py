"""Seeded gradient noise and sums of its octaves, on numpy arrays of float32."""

import numpy as np

SIZE = 1024  # lattice period, in cells


class Noise:
    """Gradient noise over the plane, about -1 to 1, a function of the seed and the place only."""

    def __init__(self, seed):
        rng = np.random.default_rng(seed)
        self.order = rng.permutation(SIZE).astype(np.int32)
        angle = rng.uniform(0, 2 * np.pi, SIZE).astype(np.float32)
        self.gradient_x, self.gradient_y = np.cos(angle), np.sin(angle)

    def __call__(self, x, y):
        x, y = np.asarray(x, np.float32), np.asarray(y, np.float32)
        column, row = np.floor(x), np.floor(y)
        dx, dy = x - column, y - row
        column, row = column.astype(np.int32), row.astype(np.int32)
        fade_x = dx * dx * dx * (dx * (dx * 6 - 15) + 10)
        fade_y = dy * dy * dy * (dy * (dy * 6 - 15) + 10)

        def corner(right, down):
            cell = self.order[(column + right) & (SIZE - 1)] + row + down
            cell = self.order[cell & (SIZE - 1)]
            return self.gradient_x[cell] * (dx - right) + self.gradient_y[cell] * (dy - down)

        top = corner(0, 0)
        top += fade_x * (corner(1, 0) - top)
        bottom = corner(0, 1)
        bottom += fade_x * (corner(1, 1) - bottom)
        return 1.5 * (top + fade_y * (bottom - top))

    def octaves(self, x, y, count, gain=0.5):
        """A sum of `count` octaves, each twice as fine, turned, and `gain` times as strong."""
        total, weight = 0.0, 1.0
        for _ in range(count):
            total = total + weight * self(x, y)
            x, y = 1.6 * x - 1.2 * y + 17.3, 1.2 * x + 1.6 * y - 9.1
            weight *= gain
        return total

    def ridges(self, x, y, count, gain=0.5):
        """Ridged octaves, 0 to about 1.6: sharp crests, detail growing towards the crests."""
        total, weight, carry = 0.0, 1.0, 1.0
        for _ in range(count):
            crest = 1 - np.abs(self(x, y))
            crest = crest * crest
            total = total + weight * carry * crest
            carry = np.clip(crest * 1.6, 0.25, 1)
            x, y = 1.6 * x - 1.2 * y + 31.7, 1.2 * x + 1.6 * y + 5.9
            weight *= gain
        return total


def smoothstep(low, high, value):
    """0 below `low`, 1 above `high`, a smooth cubic between."""
    t = np.clip((value - low) / (high - low), 0, 1)
    return t * t * (3 - 2 * t)


def mix(a, b, t):
    """a where t is 0, b where t is 1; numbers, or colours [..., 3] with t [...]."""
    if np.ndim(a) or np.ndim(b):
        t = np.asarray(t)[..., None]
    return a + (b - a) * t
