"""What people paint: strokes, shapes and fills, and the hints that come of them.

Arrays are float32 [height, width(, 3)]; coverage 0...1, colours RGB in [-1, 1].
"""

import numpy as np
import torch
import torch.nn.functional as F
from PIL import Image, ImageDraw, ImageFilter

from melting import depth, melted, shaded, smooth_fill
from program import told


def blurred(array, sigma):
    """Gaussian blur of [h, w] or [h, w, 3]; the edge continues."""
    tensor = torch.from_numpy(np.ascontiguousarray(array))
    flat = tensor.ndim == 2
    tensor = tensor[None, None] if flat else tensor.permute(2, 0, 1)[:, None]
    radius = max(1, int(3 * sigma))
    reach = torch.arange(-radius, radius + 1, dtype=torch.float32)
    kernel = torch.exp(-0.5 * (reach / sigma) ** 2)
    kernel = kernel / kernel.sum()
    tensor = F.conv2d(F.pad(tensor, (radius, radius, 0, 0), "replicate"), kernel.view(1, 1, 1, -1))
    tensor = F.conv2d(F.pad(tensor, (0, 0, radius, radius), "replicate"), kernel.view(1, 1, -1, 1))
    return (tensor[0, 0] if flat else tensor[:, 0].permute(1, 2, 0)).numpy()


def grown(mask, radius):
    """A truth mask grown by `radius` pixels."""
    image = Image.fromarray(mask.astype(np.uint8) * 255)
    return np.asarray(image.filter(ImageFilter.MaxFilter(2 * radius + 1))) > 0


def brush(rng, side, size):
    """Coverage of one stroke: a round brush of `size` pixels on a path that turns smoothly."""
    image = Image.new("L", (side, side))
    draw = ImageDraw.Draw(image)
    at, heading = rng.random(2) * side, rng.random() * 2 * np.pi
    path, turn = [tuple(at)], rng.normal(0, 0.35)
    for _ in range(int(rng.integers(0, 10))):
        heading += turn + rng.normal(0, 0.3)
        length = max(size, 3) * rng.uniform(0.3, 1.0)
        at = at + length * np.array([np.cos(heading), np.sin(heading)])
        path.append(tuple(at))
    draw.line(path, fill=255, width=max(1, round(size)), joint="curve")
    for x, y in path:
        draw.ellipse([x - size / 2, y - size / 2, x + size / 2, y + size / 2], fill=255)
    coverage = np.asarray(image, dtype=np.float32) / 255
    if rng.random() < 0.4 and size > 4:
        # A soft brush fades inwards only, so that it covers no more pixels than a hard one.
        edge = blurred(coverage, rng.uniform(0.05, 0.2) * size)
        coverage = np.clip(2 * edge - 1, 0, 1) * coverage
    return coverage


def shape(rng, side, size):
    """Coverage of a rectangle or an ellipse whose sides are about `size`."""
    image = Image.new("L", (side, side))
    wide, high = size * np.exp(rng.normal(0, 0.4, 2))
    x, y = rng.uniform(-wide / 2, side - wide / 2), rng.uniform(-high / 2, side - high / 2)
    draw = ImageDraw.Draw(image)
    (draw.rectangle if rng.random() < 0.5 else draw.ellipse)([x, y, x + wide, y + high], fill=255)
    return np.asarray(image, dtype=np.float32) / 255


def bucket(rng, picture, size):
    """Coverage of a fill: pixels of like colour around one place."""
    side = len(picture)
    y, x = rng.integers(side, size=2)
    rows, columns = np.mgrid[:side, :side]
    near = (rows - y) ** 2 + (columns - x) ** 2 < size**2
    like = np.abs(picture - picture[y, x]).max(2) < rng.uniform(0.1, 0.5)
    return (near & like).astype(np.float32)


def painted(rng, picture, least=0.05, most=0.6):
    """Coverages of the strokes of one edit, which together cover a share drawn log-uniformly."""
    side = len(picture)
    if rng.random() < 0.03:
        return [np.ones((side, side), np.float32)]
    share = least * (most / least) ** rng.random()
    strokes, covered = [], np.zeros((side, side), bool)
    for _ in range(24):
        size = float(np.clip(side * np.sqrt(share) * np.exp(rng.normal(-0.5, 0.7)), 3, side))
        kind = rng.random()
        if kind < 0.7:
            stroke = brush(rng, side, size)
        elif kind < 0.9:
            stroke = shape(rng, side, 1.5 * size)
        else:
            stroke = bucket(rng, picture, 1.5 * size)
        if stroke.max() == 0:
            continue
        strokes.append(stroke)
        covered |= stroke > 0
        if covered.mean() > share:
            break
    return strokes or [brush(rng, side, side / 2)]


def flat(picture, strokes, colour=None):
    """The picture with every stroke in one colour: `colour`(stroke) or the mean under it."""
    canvas = picture
    for stroke in strokes:
        weight = stroke[..., None]
        tint = colour(stroke) if colour else (picture * weight).sum((0, 1)) / weight.sum()
        canvas = canvas + (tint - canvas) * weight
    return canvas


def posterised(rng, picture, sigma):
    """Blurred and cut into patches of a few flat colours, as a careful painter lays them."""
    soft = blurred(picture, sigma)
    pixels = soft.reshape(-1, 3)
    centres = pixels[rng.integers(len(pixels), size=int(rng.integers(2, 6)))]
    nearest = ((pixels[:, None] - centres) ** 2).sum(2).argmin(1)
    for k in range(len(centres)):
        if (nearest == k).any():
            centres[k] = pixels[nearest == k].mean(0)
    return centres[nearest].reshape(picture.shape)


def example(rng, picture, program=None):
    """One training edit: (what it should become, hint, mask).

    With a `program`, most hints are as it makes them by default, with texture of the picture.
    """
    strokes = painted(rng, picture)
    covered = np.maximum.reduce(strokes)
    hole = covered > 0
    target, weight = picture, covered[..., None]
    by_program = program and rng.random() < 0.85
    # The editor lets paint melt into the picture over 6 pixels or more; some keep it unmelted.
    width = rng.uniform(3, 12) if rng.random() < 0.8 else 0
    kind = rng.random()
    if kind < 0.45:
        hint = flat(picture, strokes)
        if rng.random() < 0.4:
            target, hint = recoloured(rng, picture, hint, hole, 6 if by_program else width or 4)
        # Only half of them, so that flat paint in the colours around stays known too.
        if not by_program and rng.random() < 0.5:
            hint = shaded(hint, smooth_fill(picture, hole), hole)
    elif kind < 0.6:
        hint = picture + (posterised(rng, picture, rng.uniform(2, 8)) - picture) * weight
    elif kind < 0.8:
        hint = picture + (blurred(picture, rng.uniform(2, 14)) - picture) * weight
    else:
        hint, width = smooth_fill(picture, hole), 0
    if by_program:
        hint = told(program, picture, hint, hole, int(rng.integers(1, 1 << 30)))
    elif width:
        hint = melted(picture, hint, hole, width)
    # The editor regenerates a border around the paint too, where the hint is the picture itself.
    border = int(rng.choice([0, 0, 1, 2, 4, 4, 4, 8]))
    mask = grown(hole, border) if border else hole
    return target, hint, mask.astype(np.float32)


def recoloured(rng, picture, hint, hole, width):
    """Paint of another colour than the picture had; it melts into the picture at the border."""
    shift = rng.normal(0, rng.choice([0.04, 0.1, 0.3]), 3).astype(np.float32)
    if rng.random() < 0.6:
        shift[:] = shift[0]
    inside = depth(hole, width)[..., None]
    target = np.clip(picture + shift * inside, -1, 1)
    return target, np.where(hole[..., None], np.clip(hint + shift, -1, 1), hint)
