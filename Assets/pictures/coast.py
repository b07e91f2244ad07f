"""A sunset over a sandy shore: planes of sky, sea and sand under fractal waves and clouds.

Places are metres as in `landscape`: x to the right, y ahead, the sea at z = 0, the eye at `EYE`.
Colours are linear light, [..., 3].
"""

import numpy as np

from noise import Noise, mix, smoothstep

WIDTH, HEIGHT, EYE = 1024, 640, 4.2
HORIZON = 0.47
SUN = np.array([-0.21, 0.055], np.float32)  # slope to the right and upwards, ahead being 1


class Coast:
    """The scene for one seed, drawn `scale` times as large as the picture."""

    def __init__(self, seed, scale):
        self.a, self.b = Noise(seed), Noise(seed + 1)
        self.width, self.height = WIDTH * scale, HEIGHT * scale
        self.focal = self.width / 2 / np.tan(np.radians(31))
        columns = (np.arange(self.width) + 0.5 - self.width / 2) / self.focal
        rows = (HORIZON * self.height - np.arange(self.height) - 0.5) / self.focal
        self.across, self.rise = (v.astype(np.float32) for v in np.meshgrid(columns, rows))

    def sky(self, across, rise, count):
        """Light of the sky in a direction, with clouds of `count` octaves."""
        up = np.maximum(rise, 0.002)
        warm = np.array([0.98, 0.55, 0.26], np.float32)
        middle = np.array([0.62, 0.46, 0.44], np.float32)
        high = np.array([0.12, 0.19, 0.36], np.float32)
        light = mix(mix(warm, middle, smoothstep(0, 0.16, up)), high, smoothstep(0.08, 0.50, up))
        off = np.hypot(across - SUN[0], (up - SUN[1]) * 1.25)
        light = light * (0.36 + 0.62 * np.exp(-off * 3.2))[..., None]
        light = light + np.exp(-off * 11)[..., None] * np.array([1.3, 0.62, 0.18], np.float32)
        x, y = across / (up + 0.02), 1 / (up + 0.02)
        bend = self.b(x * 0.30, y * 0.30)
        body = self.a.octaves(x * 0.24 + 0.6 * bend + 4.2, y * 0.42 + 2.9, count, 0.55)
        body = body + 0.10 + 0.35 * self.b(x * 0.07 + 1.3, y * 0.12 + 0.4)
        lit = self.a.octaves(x * 0.24 + 0.6 * bend + 4.13, y * 0.42 + 3.06, max(count - 2, 2), 0.55)
        cover = smoothstep(-0.02, 0.50, body) * smoothstep(0.015, 0.07, up)
        edge = np.clip(0.5 + 1.3 * (body - lit), 0, 1)
        shade = np.array([0.25, 0.20, 0.25], np.float32) * (0.7 + 1.3 * np.exp(-off * 4))[..., None]
        flame = np.array([1.35, 0.62, 0.32], np.float32)
        flame = flame * (0.32 + 1.2 * np.exp(-off * 3.0))[..., None]
        cloud = mix(shade, flame, edge * (1 - 0.55 * cover))
        light = mix(light, cloud, cover * 0.86)
        disc = 1 - smoothstep(0.010, 0.014, np.hypot(across - SUN[0], up - SUN[1]))
        return light + (disc * (1 - 0.7 * cover))[..., None] * np.array([9, 6.2, 3], np.float32)

    def inland(self, x, y):
        """Distance from the water's edge, metres, positive on the sand."""
        bay = np.minimum(y, 430)
        curve = -10.5 + 0.52 * bay - 0.0006 * bay * bay
        swash = 2.4 * self.a(y / 13 + 3.7, x * 0) + 0.8 * self.b(y / 3.7, x * 0 + 0.5)
        return (x - curve) * 0.88 + swash

    def sea(self, x, y, across, drop):
        """Light from the sea: the sky in tilted facets, clear water in the waves, foam."""
        s = self.inland(x, y)
        phase = s / (3.2 + 0.09 * np.clip(-s, 0, 90)) * 2.2 + 1.1 * self.a(x / 19, y / 19)
        near = np.exp(-np.clip(-s, 0, None) / 34)
        swell = 0.16 * near * np.cos(phase * 2)
        smooth = np.clip(60 / y, 0.10, 1)
        chop = self.a.octaves(x / 1.9, y / 1.1, 5, 0.62) * 0.070 * smooth ** 0.5
        cross = self.b.octaves(x / 1.2 + 7, y / 1.5, 5, 0.62) * 0.060 * smooth ** 0.5
        tilt = chop + swell
        rise = np.abs(drop + 2 * tilt + 0.02)
        light = self.sky(across + 2 * cross, rise, 3)
        grazing = np.clip(drop + tilt, 0.01, 1)
        fresnel = 0.04 + 0.96 * (1 - grazing) ** 6
        body = np.array([0.030, 0.070, 0.080], np.float32)
        body = mix(body, np.array([0.17, 0.17, 0.13], np.float32), np.exp(np.clip(s, -30, 0) / 5))
        light = mix(body, light, fresnel)
        lace = self.b.octaves(x / 2.3, y / 3.4, 6, 0.65)
        crest = smoothstep(0.82, 1.0, np.cos(phase * 2 - 0.7)) * near * smoothstep(-46, -8, s)
        foam = crest * smoothstep(-0.05, 0.35, lace + 0.25 * self.a(x / 9, y / 9))
        fringe = np.exp(-((s + 0.35) ** 2) / 0.28) * smoothstep(-0.5, 0.3, lace)
        trail = smoothstep(-9, -0.5, s) * smoothstep(0.10, 0.16, 0.22 - np.abs(lace)) * 0.55
        foam = np.clip(foam + fringe + trail, 0, 1)
        white = np.array([0.50, 0.40, 0.36], np.float32) * (0.75 + 0.4 * lace)[..., None]
        return mix(light, white, foam)

    def sand(self, x, y, across, drop):
        """Light from the beach: dry ripples and footworn hollows, a wet mirror at the water."""
        s = self.inland(x, y)
        fade = np.clip(24 / y, 0.05, 1)
        ripple = np.sin(9 * (x * 0.55 - y * 0.8) + 4 * self.a.octaves(x / 1.7, y / 1.7, 3))
        bumps = 0.5 * self.b.octaves(x / 0.34, y / 0.5, 5, 0.7)
        bumps = bumps + 0.16 * ripple * smoothstep(5, 12, s)
        bumps = bumps + 0.3 * self.a.octaves(x / 3.3, y / 3.3, 3)
        relief = 0.62 + 0.34 * bumps * fade ** 0.35
        colour = np.array([0.27, 0.185, 0.125], np.float32) * np.clip(relief, 0.12, 2)[..., None]
        grain = self.b(x * 31, y * 31) * np.clip(9 / y, 0, 1)
        colour = colour * (1 + 0.16 * grain)[..., None]
        wet = 1 - smoothstep(2.0, 6.5, s + 1.6 * self.a(x / 6, y / 6) + 0.3 * bumps)
        tilt = 0.010 * self.b.octaves(x / 0.8, y / 1.3, 4, 0.6) * fade
        mirror = self.sky(across + tilt, np.abs(drop + 2 * tilt), 4)
        shine = (0.08 + 0.92 * (1 - np.clip(drop, 0, 1)) ** 4) * (0.82 + 0.12 * bumps)
        damp = mix(colour * 0.42, mirror, np.clip(shine, 0, 0.9))
        return mix(colour, damp, wet)

    def headlands(self, light):
        """Three capes on the right, each hazier than the one before it, and their dark feet."""
        haze = np.array([0.58, 0.33, 0.21], np.float32)
        rock = np.array([0.055, 0.050, 0.052], np.float32)
        capes = [(0.02, 0.085, 0.66), (0.20, 0.115, 0.46), (0.40, 0.17, 0.22)]
        for index, (end, tall, air) in enumerate(capes):
            x = self.across - end
            crest = self.a.octaves(self.across * 6 + 9 * index, 0 * x + index, 7, 0.52)
            slope = smoothstep(0, 0.36, x) * 0.85 + 0.12 * smoothstep(0, 0.02, x)
            crest = tall * slope * (1 + 0.42 * crest)
            foot = -0.0045 * (index + 1) * smoothstep(0, 0.05, x)
            inside = smoothstep(0, 0.0016, crest - self.rise)
            inside = inside * smoothstep(0, 0.0016, self.rise - foot)
            aslant = self.across * 22 + 0.35 * self.rise * 22
            folds = self.b.octaves(aslant, self.rise * 34 + index, 6, 0.6)
            face = rock * (1 + 0.9 * folds)[..., None]
            face = face + np.clip(folds - 0.1, 0, 1)[..., None] * haze * 0.10
            glow = (0.75 + 0.6 * np.exp(-4 * (self.across - SUN[0])))[..., None]
            low = np.clip(air + 0.25 * np.exp(-np.maximum(self.rise, 0) * 40), 0, 0.9)
            light = mix(light, mix(face, haze * 0.62 * glow, low), inside * (x > 0))
        return light

    def draw(self):
        """The whole scene, linear light [row, column, 3]."""
        light = self.sky(self.across, self.rise, 7)
        below = self.rise < 0
        across, drop = self.across[below], -self.rise[below]
        y = EYE / drop
        x = y * across
        s = self.inland(x, y)
        sea, sand = self.sea(x, y, across, drop), self.sand(x, y, across, drop)
        ground = mix(sea, sand, smoothstep(-0.06, 0.06, s))
        air = (1 - np.exp(-y / 2600))[..., None]
        light[below] = ground * (1 - air) + air * np.array([0.52, 0.31, 0.20], np.float32)
        return self.headlands(light)
