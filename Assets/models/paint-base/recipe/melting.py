"""How paint meets the picture before the network sees it, as the editor does it.

Arrays are float32 [height, width(, 3)], colours RGB in [-1, 1]; holes are truth masks of what is painted.
"""

import numpy as np
import torch
import torch.nn.functional as F


def smooth_fill(picture, hole, sweeps=12):
    """The picture with its hole filled harmonically, from coarse to fine."""
    values = torch.from_numpy(np.ascontiguousarray(picture)).permute(2, 0, 1)[None]
    known = torch.from_numpy(~hole)[None, None].float()
    if not hole.all():
        values = _filled(values * known, known, sweeps)
    return values[0].permute(1, 2, 0).numpy()


def _filled(values, known, sweeps):
    if known.min() > 0:
        return values
    count = F.avg_pool2d(known, 2, ceil_mode=True)
    coarse = F.avg_pool2d(values, 2, ceil_mode=True) / count.clamp(min=1e-6)
    coarse = _filled(coarse, (count > 0).float(), min(2 * sweeps, 200))
    size = values.shape[2:]
    values = torch.where(known > 0, values, F.interpolate(coarse, size=size, mode="bilinear"))
    for _ in range(sweeps):
        p = F.pad(values, (1, 1, 1, 1), "replicate")
        mean = (p[..., 1:-1, 2:] + p[..., 1:-1, :-2] + p[..., 2:, 1:-1] + p[..., :-2, 1:-1]) / 4
        values = torch.where(known > 0, values, mean)
    return values


# Pixels over which the widest strokes melt.
WIDEST = 16


def depth(hole, width=None):
    """How far inside the hole a pixel lies: 0 outside, 1 from `width` pixels inside on.

    Where the hole is narrow it is 1 from a quarter of its width on, so that thin lines stay whole.
    Without a width it is 6 pixels, and an eighth of the hole's own width where that is more, up to `WIDEST`.
    """
    reach, around = (int(2 * width), int(width)) if width else (4 * WIDEST, 4 * WIDEST)
    left = torch.from_numpy(hole)[None, None].float()
    distance = left.clone()
    for k in range(reach):
        # Squares and diamonds in turn wear the hole away nearly evenly in all directions.
        out = 1 - left
        near = F.max_pool2d(out, (1, 3), 1, (0, 1)).maximum(F.max_pool2d(out, (3, 1), 1, (1, 0)))
        left = 1 - (F.max_pool2d(out, 3, 1, 1) if k % 2 else near)
        distance += left
    half = F.max_pool2d(distance, 2 * around + 1, 1, around)
    most = width or (half / 4).clamp(6, WIDEST)
    ramp = (half / 2).clamp(min=1).minimum(torch.as_tensor(most))
    along = ((distance - 0.5) / (ramp - 0.5)).clamp(0, 1)
    return (along**2 * (3 - 2 * along))[0, 0].numpy()


# Root mean square, of a range of 2, between a patch and the smooth fill at which 1/e of its shading is left.
LIKENESS = 0.1
# How much of a channel's distance from the fill's mean counts at most, of a range of 2.
LIMIT = 0.4
# Pixels from which on a patch of one colour is flat paint.
LEAST = 64


def patches(colours, hole):
    """Numbers of the hole's connected patches of one colour, for each of its pixels row by row."""
    labels = np.arange(hole.size).reshape(hole.shape)
    alike = [(colours[1:] == colours[:-1]).all(2) & hole[1:] & hole[:-1],
             (colours[:, 1:] == colours[:, :-1]).all(2) & hole[:, 1:] & hole[:, :-1]]
    before = None
    while before is None or (labels != before).any():
        before = labels.copy()
        pairs = (labels[:-1], labels[1:]), (labels[:, :-1], labels[:, 1:])
        for same, (first, second) in zip(alike, pairs):
            low = np.minimum(first, second)
            np.minimum(first, low, out=first, where=same)
            np.minimum(second, low, out=second, where=same)
        # A patch's number is a pixel of it, whose own number may be lower by now.
        labels[...] = labels.ravel()[labels]
    return np.unique(labels[hole], return_inverse=True)[1]


def shaded(hint, fill, hole):
    """The hint, whose patches of flat paint follow the smooth fill as far as they are like it in colour.

    Paint in the colours around it is to continue these; in other colours it is a thing of its own.
    Every patch keeps its mean colour, and none of its pixels strays far from it, since paint that
    matches one part of its surroundings is to cover another. Where paint is not flat, neighbouring
    patches decide.
    """
    if hole.all():
        return hint
    place = patches(np.round((hint + 1) * 127.5), hole)
    count = np.bincount(place)
    means = lambda x: np.stack([np.bincount(place, x[:, c]) / count for c in range(3)], 1)
    below = means(fill[hole])
    gap = ((below - means(hint[hole])) ** 2).mean(1)
    bent = LIMIT * np.tanh((fill[hole] - below[place]) / LIMIT)
    share = np.exp(-gap / LIKENESS**2) * (count >= LEAST)
    shade, loose = np.zeros_like(hint), hole.copy()
    shade[hole] = share[place, None] * (bent - means(bent)[place])
    loose[hole] = count[place] < LEAST
    return np.clip(hint + smooth_fill(shade, loose), -1, 1)


def melted(picture, hint, hole, width=None):
    """The hint, turning into a smooth fill over the outermost pixels of the hole, see `depth`.

    Without a width it is `shaded` too.
    """
    fill = smooth_fill(picture, hole)
    if not width:
        hint = shaded(hint, fill, hole)
    return np.where(hole[..., None], fill + (hint - fill) * depth(hole, width)[..., None], hint)
