"""The edits that models are measured on: held-out photos, painted over with seeded strokes."""

from dataclasses import dataclass

import numpy as np
import torch

from data import central_square
from melting import melted, smooth_fill
from strokes import blurred, flat, grown, painted


@dataclass
class Edit:
    """One painted photo; float32 [height, width(, 3)], colours in [-1, 1]."""

    name: str
    picture: np.ndarray
    #: Number of the stroke on top of each pixel, from 1; 0 where nothing is painted.
    strokes: np.ndarray
    #: By kind: "flat", "blurred", "filled", "recoloured".
    hints: dict

    @property
    def mask(self):
        return (self.strokes > 0).astype(np.float32)

    def tensors(self, kind, border=0, melt=0):
        """Picture, hint and mask as tensors of batch 1; the mask grown by `border` pixels.

        The hint melts over `melt` pixels, none for 0, and for None over what suits each stroke.
        """
        hole, hint = self.strokes > 0, self.hints[kind]
        if melt != 0:
            hint = melted(self.picture, hint, hole, melt)
        mask = grown(hole, border) if border else hole
        to = lambda a: torch.from_numpy(np.ascontiguousarray(a, np.float32))
        picture, hint = (to(a).permute(2, 0, 1)[None] for a in (self.picture, hint))
        return picture, hint, to(mask)[None, None]


def make(photos, count, side, least=0.03, most=0.25):
    """`count` edits of centred squares of held-out photos; the same ones at every size."""
    names = photos.held_out
    edits = []
    for i in range(count):
        # Spread over the list, since neighbours by name come from one source.
        place = (i * 7) % len(names)
        name = names[place]
        rng = np.random.default_rng([20, i])
        square = central_square(photos.open(name), side)
        picture = square.astype(np.float32) / 127.5 - 1
        coverages = [(c > 0.5).astype(np.float32) for c in strokes_at(rng, picture, least, most)]
        labels = np.zeros((side, side), np.int32)
        for k, c in enumerate(coverages):
            labels[c > 0] = k + 1
        hole = labels > 0
        inside = hole[..., None]
        shift = rng.normal(0, 0.2, 3).astype(np.float32)
        paint = flat(picture, coverages)
        hints = {
            "flat": paint,
            "blurred": np.where(inside, blurred(picture, 6.0 * side / 256), picture),
            "filled": smooth_fill(picture, hole, 40),
            "recoloured": np.where(inside, np.clip(paint + shift, -1, 1), picture),
        }
        edits.append(Edit(name, picture, labels, hints))
    return edits


def strokes_at(rng, picture, least, most):
    """Strokes drawn at 256 pixels and enlarged, so that all sizes show the same edit."""
    step = max(1, len(picture) // 256)
    small = []
    while not small or not least <= np.maximum.reduce(small).mean() <= most:
        small = painted(rng, picture[::step, ::step], least, most)
    return [np.kron(c, np.ones((step, step), np.float32)) if step > 1 else c for c in small]
