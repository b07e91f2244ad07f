"""A fractal mountain lake: a height field seen through a pinhole camera.

Places are metres: x to the right, y ahead, z up, the lake at z = 0. Because the camera looks
horizontally every pixel column is one vertical plane of the world, so what is visible is a running
maximum of slopes along the column, and a mirror image in the lake is the same with the eye below.
Colours are linear light, [..., 3], until `develop`.
"""

import numpy as np
from PIL import Image

from noise import Noise, mix, smoothstep

SUN = np.array([-0.80, -0.20, 0.50], np.float32)
SUN /= np.linalg.norm(SUN)
SUNLIGHT = np.array([1.75, 1.48, 1.12], np.float32)
SKYLIGHT = np.array([0.19, 0.26, 0.40], np.float32)


class World:
    """The ground, the forest on it and the light that reaches it."""

    def __init__(self, seed):
        self.coarse = Noise(seed)
        self.fine = Noise(seed + 1)
        self.random = np.random.default_rng(seed + 2).random((3, 65536), np.float32)
        self.shadows = self._cast_shadows()

    def near_bank(self, x):
        """Distance of the near shore from the camera, metres."""
        return 66 + 16 * self.coarse(x / 55 + 7.7, x * 0 + 0.5) + 5 * self.fine(x / 14, x * 0)

    def height(self, x, y, detail=9):
        """Height of the bare ground, metres above the lake; negative is lake bed."""
        bank = self.near_bank(x) - y
        meadow = np.where(bank > 0, 12.2 * (1 - np.exp(-np.maximum(bank, 0) / 33)), bank * 0.12)
        meadow = meadow + np.where(y < 140, 0.25 * self.coarse(x / 9, y / 9), 0)
        meadow = np.where(y < 160, meadow, -4)
        bend = self.coarse.octaves(x / 700 + 3.1, y / 700, 4)
        inland = np.maximum(y - 1750 - 330 * bend, -(x + 120 + 0.17 * y) - 90 * bend)
        inland = np.maximum(inland, x - 300 - 0.2 * y - 110 * bend)
        rolling = 0.62 + 0.75 * self.coarse.octaves(x / 900 - 5.3, y / 900 + 2.2, 4)
        hills = np.where(inland > 0, 330 * rolling * (1 - np.exp(-inland / 800)), inland * 0.1)
        hills = np.where(inland > 0, np.maximum(hills, 0.02 * inland) + 0.5, hills)
        shape = smoothstep(2300, 6800, y + 0.35 * np.abs(x - 500))
        warp = 420 * self.coarse.octaves(x / 2600 + 9.4, y / 2600 + 1.2, 3)
        crest = self.coarse.ridges((x + warp) / 3400 + 0.73, (y - warp) / 3400 + 0.31, detail, 0.47)
        tall = 1130 + 450 * self.coarse(x / 5200 + 2.4, y / 5200)
        peaks = shape * tall * np.maximum(crest - 0.5, 0)
        return np.maximum(meadow, np.maximum(hills, -4) + peaks)

    def _cast_shadows(self, cell=24.0, size=640):
        """Height of the shadow over a grid whose first axis runs away from the sun."""
        self.cell, self.size = cell, size
        along = (np.arange(size, dtype=np.float32) - size / 2) * cell
        u, v = np.meshgrid(along, along + 7000, indexing="ij")
        flat = np.hypot(SUN[0], SUN[1])
        self.away = -SUN[:2] / flat
        x = u * self.away[0] - (v - 7000) * self.away[1]
        y = u * self.away[1] + (v - 7000) * self.away[0] + 7000
        ground = self.height(x, y, 6)
        drop = cell * SUN[2] / flat
        shadow = ground.copy()
        for step in range(1, size):
            shadow[step] = np.maximum(ground[step], shadow[step - 1] - drop)
        return shadow

    def sunlit(self, x, y, z):
        """1 in the sun, 0 in the shadow of another place, soft between."""
        y = y - 7000
        u = (x * self.away[0] + y * self.away[1]) / self.cell + self.size / 2
        v = (-x * self.away[1] + y * self.away[0]) / self.cell + self.size / 2
        u = np.clip(u, 0, self.size - 2.001)
        v = np.clip(v, 0, self.size - 2.001)
        i, j = u.astype(np.int32), v.astype(np.int32)
        a, b = u - i, v - j
        s = self.shadows
        top = s[i, j] * (1 - a) + s[i + 1, j] * a
        bottom = s[i, j + 1] * (1 - a) + s[i + 1, j + 1] * a
        return 1 - smoothstep(6, 40, top * (1 - b) + bottom * b - z)

    def forested(self, x, y, z):
        """Density of the forest, 0 to 1: shores and lower slopes, with clearings."""
        patch = self.coarse.octaves(x / 420 + 4.4, y / 420 - 8.1, 4)
        limit = 430 + 170 * patch
        return (
            smoothstep(-0.34, -0.22, patch)
            * smoothstep(0.6, 2.2, z)
            * (1 - smoothstep(limit - 130, limit, z))
            * smoothstep(190, 260, y)
        )

    def canopy(self, x, y, cell=6.5):
        """Height above the ground and offset from the trunk of the tallest conifer over a place.

        Returns (height in metres for a full forest, offset x, offset y, a random number a tree).
        """
        column, row = np.floor(x / cell).astype(np.int32), np.floor(y / cell).astype(np.int32)
        best = np.zeros_like(x)
        side, front, kind = np.zeros_like(x), np.zeros_like(x), np.zeros_like(x)
        for i in (-1, 0, 1):
            for j in (-1, 0, 1):
                c, r = column + i, row + j
                key = (c * 7919 + r * 104729 + ((c * r) >> 3) * 613) & 65535
                dx = x - (c + self.random[0, key]) * cell
                dy = y - (r + self.random[1, key]) * cell
                tall = 9 + 15 * self.random[2, key]
                reach = 1.6 + 0.14 * tall
                top = tall * (1 - np.hypot(dx, dy) / reach)
                better = top > best
                best = np.where(better, top, best)
                side = np.where(better, dx / reach, side)
                front = np.where(better, dy / reach, front)
                kind = np.where(better, self.random[2, (key * 31 + 5) & 65535], kind)
        return best, side, front, kind


class Camera:
    """A pinhole at (0, 0, eye) looking along y; `scale` drawn pixels to a picture pixel."""

    def __init__(self, width, height, scale, eye=14.0, view=54.0, horizon=0.60):
        self.width, self.height = width * scale, height * scale
        self.focal = self.width / 2 / np.tan(np.radians(view / 2))
        self.horizon = horizon * self.height
        self.eye = eye
        self.across = (np.arange(self.width, dtype=np.float32) + 0.5 - self.width / 2) / self.focal
        rows = np.arange(self.height, dtype=np.float32) + 0.5
        self.rise = (self.horizon - rows) / self.focal
        near = np.geomspace(4, 1150, 700)
        self.depths = np.concatenate(
            [near, np.arange(1151, 3600, 1.6), np.geomspace(3600, 15000, 1100)]
        ).astype(np.float32)


def profile(world, camera):
    """Heights along every pixel column: (with trees [depth, column], ground [depth, column])."""
    shape = (len(camera.depths), camera.width)
    tops, grounds = np.empty(shape, np.float32), np.empty(shape, np.float32)
    for start in range(0, shape[0], 100):
        part = slice(start, start + 100)
        y = np.repeat(camera.depths[part, None], camera.width, 1)
        x = y * camera.across[None]
        ground = world.height(x, y)
        top = ground.copy()
        wooded = (ground > 0.5) & (ground < 700) & (y > 190) & (y < 9000)
        if wooded.any():
            xs, ys, zs = x[wooded], y[wooded], ground[wooded]
            top[wooded] = zs + world.canopy(xs, ys)[0] * world.forested(xs, ys, zs)
        tops[part], grounds[part] = top, ground
    return tops, grounds


def first_hits(camera, tops, eye, start, rises):
    """Position among the depths, in [0, count), of what each pixel sees; -1 is the sky."""
    slopes = (np.maximum(tops, 0) - eye) / camera.depths[:, None]
    slopes[np.arange(len(camera.depths))[:, None] < start[None]] = -9
    if eye < 0:
        slopes[tops <= 0] = -9
    best = np.maximum.accumulate(slopes, axis=0)
    hits = np.empty((len(rises), camera.width), np.float32)
    for column in range(camera.width):
        after = np.searchsorted(best[:, column], rises)
        seen = np.minimum(after, len(best) - 1)
        before = np.maximum(seen - 1, 0)
        low, high = slopes[before, column], slopes[seen, column]
        # Where the sample before is on the same visible surface, the hit lies between the two.
        part = np.clip((rises - low) / np.maximum(high - low, 1e-9), 0, 1)
        part[(low < best[before, column]) | (low < -8) | (seen == 0)] = 1
        hits[:, column] = np.where(after == len(best), -1, before + part * (seen - before))
    return hits


def along(hits, values):
    """Values [depth] or [depth, column] at the fractional positions of `first_hits`."""
    before = np.maximum(hits, 0).astype(np.int32)
    after = np.minimum(before + 1, len(values) - 1)
    part = np.maximum(hits, 0) - before
    if values.ndim == 1:
        return values[before] * (1 - part) + values[after] * part
    columns = np.arange(values.shape[1])[None]
    return values[before, columns] * (1 - part) + values[after, columns] * part


def ground_colour(world, x, y, z, normal, cover):
    """Albedo of the land [..., 3] from height, slope and noise; `cover` is the forest's part."""
    grain = world.fine.octaves(x / 60, y / 60, 4)
    broad = world.coarse.octaves(x / 500 + 1.7, y / 500, 4)
    strata = world.fine.octaves(x / 900, z / 38 + 0.002 * y, 3)
    light = 0.8 + 0.3 * grain + 0.2 * strata
    rock = np.array([0.25, 0.225, 0.205], np.float32) * light[..., None]
    grass = np.array([0.125, 0.150, 0.045], np.float32) * (1 + 0.3 * grain)[..., None]
    straw = np.array([0.24, 0.20, 0.085], np.float32) * (1 + 0.25 * grain)[..., None]
    turf = mix(grass, straw, smoothstep(-0.5, 0.7, broad + 0.3 * grain))
    flat = normal[..., 2]
    green = smoothstep(0.62, 0.80, flat + 0.08 * grain)
    green = green * (1 - smoothstep(500, 950, z + 230 * broad))
    colour = mix(rock, turf, green)
    line = 560 + 220 * broad
    snow = smoothstep(line, line + 330, z + 150 * grain)
    snow = snow * smoothstep(0.46, 0.62, flat + 0.12 * grain + 0.0001 * (z - 900))
    colour = mix(colour, np.array([0.86, 0.88, 0.92], np.float32), snow)
    sand = np.array([0.30, 0.27, 0.22], np.float32) * (0.9 + 0.3 * grain)[..., None]
    colour = mix(sand, colour, smoothstep(0.4, 1.6, z + 0.4 * grain))
    return mix(colour, np.array([0.030, 0.040, 0.022], np.float32), cover), snow


def shade(world, camera, x, y, ground, top):
    """Light leaving the land towards the camera [..., 3], haze included."""
    step = np.maximum(y * 1.1 / camera.focal, 0.6)
    dx = (world.height(x + step, y, 11) - world.height(x - step, y, 11)) / (2 * step)
    dy = (world.height(x, y + step, 11) - world.height(x, y - step, 11)) / (2 * step)
    normal = np.stack([-dx, -dy, np.ones_like(dx)], -1)
    normal /= np.linalg.norm(normal, axis=-1, keepdims=True)
    cover = world.forested(x, y, ground) * (y > 190)
    albedo, snow = ground_colour(world, x, y, ground, normal, cover)
    clouds = smoothstep(-0.35, 0.15, world.coarse.octaves(x / 2400 + 5.5, y / 2400 + 0.4, 3))
    sun = world.sunlit(x, y, top) * mix(0.22, 1.0, clouds)
    facing = np.clip(normal @ SUN, 0, 1)
    direct = facing * sun
    open_sky = 0.45 + 0.55 * normal[..., 2]
    light = albedo * (direct[..., None] * SUNLIGHT + open_sky[..., None] * SKYLIGHT)
    wooded = (cover > 0.05) & (top > ground + 0.2)
    if wooded.any():
        high, side, front, kind = world.canopy(x[wooded], y[wooded])
        lit = np.clip(0.45 + 0.75 * (side * SUN[0] + front * SUN[1]), 0.05, 1)
        crown = np.clip((top - ground)[wooded] / 20, 0, 1)
        green = np.array([0.050, 0.078, 0.030], np.float32)
        warm = np.array([0.125, 0.115, 0.035], np.float32)
        leaf = mix(green, warm, smoothstep(0.72, 1.0, kind)) * (0.7 + 0.6 * kind)[..., None]
        base = np.clip(0.35 + 1.1 * facing[wooded], 0, 1) * sun[wooded] * lit * (0.3 + 0.9 * crown)
        open_sky = (0.25 + 0.6 * crown)[..., None]
        tree = leaf * (base[..., None] * SUNLIGHT * 1.5 + open_sky * SKYLIGHT)
        part = np.clip(cover[wooded] * 1.5, 0, 1)
        light[wooded] = mix(light[wooded], tree, part)
    return haze(light, x, y, top)


def haze(light, x, y, z):
    """Aerial perspective: blue air over distance, thicker low down, brighter towards the sun."""
    distance = np.hypot(x, y)
    thick = distance * (0.40 + 0.75 * np.exp(-np.maximum(z, 0) / 420))
    through = np.exp(-thick[..., None] * np.array([4.2e-5, 5.6e-5, 8.2e-5], np.float32))
    glow = np.clip(-x / np.maximum(distance, 1), -0.5, 0.5)[..., None]
    air = np.array([0.50, 0.61, 0.76], np.float32)
    air = air * (1 + glow * np.array([0.5, 0.4, 0.2], np.float32))
    return light * through + air * (1 - through)


def sky(world, camera):
    """The clear sky with a slab of cumulus over it, [row above the horizon, column, 3]."""
    rises = camera.rise[: int(np.ceil(camera.horizon)) + 1]
    rise = np.maximum(rises, 0.004)[:, None] + 0 * camera.across[None]
    across = camera.across[None] + 0 * rise
    up = rise / np.sqrt(1 + rise**2 + across**2)
    low, high = np.array([0.66, 0.74, 0.82], np.float32), np.array([0.085, 0.235, 0.56], np.float32)
    clear = mix(low, high, 1 - np.exp(-up * 5.2))
    glow = np.exp(-((across + 0.75) ** 2 * 2.2 + (up - 0.1) ** 2 * 5))
    clear = clear + glow[..., None] * np.array([0.26, 0.19, 0.10], np.float32)
    through = np.ones_like(rise)
    light = np.zeros(rise.shape + (3,), np.float32)
    base, layers = 1500.0, 40
    shift = np.random.default_rng(5).random(rise.shape, np.float32)  # hides the layers' edges
    for layer in range(layers):
        z = base + 900 * (layer + shift) / layers
        x, y = across * z / rise, z / rise + 0 * across
        body = cloud_thickness(world, x, y) - 1.25 * (z - base)
        body = body + 150 * world.coarse.octaves(x / 310 + z / 190, y / 310 - z / 230, 2)
        density = smoothstep(0, 260, body) * np.exp(-((y / 26000) ** 2))
        toward = cloud_thickness(world, x + SUN[0] * 380, y + SUN[1] * 380) - (z + 160 - base)
        shadow = np.exp(-np.clip(toward, 0, 900) / 210)
        bright = SUNLIGHT * 0.66 * (0.10 + 0.90 * shadow)[..., None]
        bright = bright + SKYLIGHT * (0.85 + 0.6 * (z - base) / 900)[..., None]
        cloud = 1 - np.exp(-density * 0.3)
        far = np.exp(-y / 21000)[..., None]
        bright = bright * far + clear * (1 - far) * 1.04
        light += (through * cloud)[..., None] * bright
        through = through * (1 - cloud)
    return light + through[..., None] * clear


def enlarge(picture, scale):
    """A smooth enlargement of [row, column, 3] floats."""
    size = (picture.shape[1] * scale, picture.shape[0] * scale)
    planes = [Image.fromarray(picture[..., channel]) for channel in range(3)]
    return np.stack([np.asarray(p.resize(size, Image.Resampling.BICUBIC)) for p in planes], -1)


def cloud_thickness(world, x, y):
    """Thickness of the cumulus above a place, metres; below zero is open sky."""
    x, y = x / 2900 + 2.65, y / 2900 + 0.8
    bend = world.coarse(x * 0.7, y * 0.7)
    return 1500 * (world.fine.octaves(x + 0.5 * bend, y - 0.4 * bend, 7, 0.56) - 0.22)


def lake(world, camera, x, y, mirror, pixel_row, pixel_column, bed):
    """Light from the lake: a rippled mirror over dark water that clears at the shore."""
    wind = smoothstep(-0.25, 0.45, world.coarse.octaves(x / 160 + 3.3, y / 420, 3))
    rough = (0.0035 + 0.011 * wind) * np.clip(160 / y, 0.25, 1.0)
    total = 0
    jitter = np.random.default_rng(11)
    for sample in range(4):
        a = world.fine.octaves(x / 2.6 + sample, y / 1.5, 4, 0.6)
        b = world.fine.octaves(x / 2.1 + 40, y / 1.9 + 3 * sample, 3, 0.6)
        tilt = rough * (a + jitter.normal(0, 0.5, x.shape).astype(np.float32))
        row = pixel_row + camera.focal * 2.0 * tilt
        column = pixel_column + camera.focal * 0.5 * rough * b
        row = np.clip(np.round(row), 0, mirror.shape[0] - 1).astype(np.int32)
        column = np.clip(np.round(column), 0, camera.width - 1).astype(np.int32)
        total = total + mirror[row, column] / 4
    grazing = np.clip(camera.eye / y + 2.0 * tilt, 0.005, 1)
    fresnel = 0.03 + 0.97 * (1 - grazing) ** 5
    depth = np.clip(-bed, 0, 4)[..., None]
    deep = np.array([0.020, 0.062, 0.068], np.float32)
    shallow = np.array([0.20, 0.19, 0.13], np.float32)
    water = mix(deep, shallow, np.exp(-depth[..., 0] * 1.6))
    return mix(water, total, fresnel)


def render(seed, width, height, scale):
    """The scene without its foreground plants: (light [row, column, 3], far woods, world, camera).

    The far woods are a mask [row, column] of the wooded hills beyond the lake.
    """
    world, camera = World(seed), Camera(width, height, scale)
    tops, grounds = profile(world, camera)
    picture = np.empty((camera.height, camera.width, 3), np.float32)
    sky_rows = int(camera.horizon)
    soft = enlarge(sky(world, Camera(width, height, 1)), scale)[:sky_rows]
    picture[:sky_rows], picture[sky_rows:] = soft, soft[-1]
    hits = first_hits(camera, tops, camera.eye, np.zeros(camera.width, int), camera.rise)
    columns = np.broadcast_to(np.arange(camera.width), hits.shape)
    seen_ground, seen_top = along(hits, grounds), along(hits, tops)
    land, water = (hits >= 0) & (seen_ground > 0), (hits >= 0) & (seen_ground <= 0)
    depth = along(hits, camera.depths)
    place = depth * camera.across[None]
    picture[land] = shade(
        world, camera, place[land], depth[land], seen_ground[land], seen_top[land]
    )
    # The mirror image: the eye as far below the lake, looking up through the first water.
    start = np.argmax((grounds <= 0) & (camera.depths[:, None] > 30), axis=0)
    rises = -camera.rise[sky_rows:]
    mirrored = first_hits(camera, tops, -camera.eye, start, rises)
    mirror = np.empty((len(rises), camera.width, 3), np.float32)
    above = np.clip(sky_rows - 1 - np.arange(len(rises)), 0, sky_rows - 1)
    mirror[:] = soft[above]
    solid = mirrored >= 0
    far = along(mirrored, camera.depths)
    mirror[solid] = shade(
        world, camera, (far * camera.across[None])[solid], far[solid],
        along(mirrored, grounds)[solid], along(mirrored, tops)[solid],
    )
    rows = np.broadcast_to(np.arange(camera.height)[:, None] - sky_rows, hits.shape)
    surface = lake(
        world, camera, place[water], depth[water], mirror, rows[water], columns[water],
        seen_ground[water],
    )
    picture[water] = haze(surface, place[water], depth[water], 0 * depth[water])
    woods = land & (depth > 1000) & (depth < 5200)
    return picture, woods, world, camera


def develop(light, exposure=1.12):
    """Linear light to display values 0 to 1: a filmic shoulder and the sRGB gamma."""
    light = np.maximum(light * exposure, 0)
    film = light * (2.51 * light + 0.03) / (light * (2.43 * light + 0.59) + 0.14)
    return np.clip(film, 0, 1) ** (1 / 2.2)

