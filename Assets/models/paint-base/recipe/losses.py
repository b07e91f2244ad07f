"""What the network is trained on: its velocity, and how the picture it implies looks.

The velocity loss alone asks for the mean of all pictures that could be under the paint, which is
smooth; few steps of a sampler then end too smooth where texture is fine and in blotches where the
network is unsure. `texture` asks for the right amount of contrast in every octave and direction of
every neighbourhood, wherever its details lie (local energies of a steerable-like pyramid; Portilla
and Simoncelli 2000, "A parametric texture model based on joint statistics").
"""

import math

import torch
import torch.nn.functional as F

# How much the contrast of each octave counts, finest first: in large strokes light and dark of 16
# pixels and more is what is missing most.
OCTAVE_WEIGHTS = (0.7, 0.7, 0.8, 1.3, 2.5)
# A difference of one level of 255 in luma, in units of the residual: what counts as no contrast.
FLOOR = 0.04**2


def smooth(x):
    """Binomial blur (1 4 6 4 1)/16 in both directions."""
    kernel = torch.tensor([1.0, 4, 6, 4, 1], device=x.device, dtype=x.dtype) / 16
    channels = x.shape[1]
    x = F.pad(x, (2, 2, 2, 2), mode="reflect")
    x = F.conv2d(x, kernel.view(1, 1, 1, 5).expand(channels, 1, 1, 5), groups=channels)
    return F.conv2d(x, kernel.view(1, 1, 5, 1).expand(channels, 1, 5, 1), groups=channels)


def octaves(x, count=len(OCTAVE_WEIGHTS)):
    """Laplacian pyramid without its coarsest level (Burt and Adelson 1983), finest first."""
    bands = []
    for _ in range(count):
        low = smooth(x)
        bands.append(x - low)
        x = low[..., ::2, ::2]
    return bands


def energies(band):
    """Local energies of one octave: luma in four directions and as a chequerboard, both colours.

    A chequerboard of single pixels, which losses through strided convolutions like to leave, passes
    for contrast across and down where nothing asks for it by itself.
    """
    luma, colour = band[:, :1], band[:, 1:]
    across, down = luma.diff(dim=3), luma.diff(dim=2)[..., 1:]
    falling = luma[..., 1:, 1:] - luma[..., :-1, :-1]
    rising = luma[..., 1:, :-1] - luma[..., :-1, 1:]
    chequered = across.diff(dim=2)
    maps = [across[..., 1:, :], down, falling, rising, chequered, colour[..., 1:, 1:]]
    maps = torch.cat(maps, 1) ** 2
    return smooth(smooth(maps))


def texture(made, real, mask):
    """Mean distance of contrast inside the mask: in every place, and in each edit.

    `made` and `real` are whole pictures in the units of the residual, [batch, 3, h, w].
    """
    total = 0
    for importance, mine, theirs in zip(OCTAVE_WEIGHTS, octaves(made), octaves(real)):
        weight = F.interpolate(mask, size=mine.shape[2:], mode="area")[..., 1:, 1:]
        a, b = energies(mine), energies(theirs)
        share = weight / (weight.sum((2, 3), keepdim=True) + 1e-6)
        local = (gap(a, b) * weight).sum() / (weight.sum() * a.shape[1] + 1e-6)
        # Loud places make up for timid ones only here, so that the power of an edit comes out right.
        whole = gap((a * share).sum((2, 3)), (b * share).sum((2, 3))).mean()
        total = total + importance * (local + whole)
    return total / sum(OCTAVE_WEIGHTS)


def gap(a, b, most=2.3):
    """Distance of Itakura and Saito between two energies, b / a - log(b / a) - 1.

    Where b cannot be known it is least for a = E[b], so that power comes out right on average; a
    distance of logarithms is least for the geometric mean, which lies decibels below. Beyond
    log(b / a) = `most` it goes on straight, since single edges would outweigh all else.
    """
    ratio = (b + FLOOR).log() - (a + FLOOR).log()
    near = ratio.clamp(max=most)
    return near.exp() - near - 1 + (ratio - near) * (math.exp(most) - 1)


def drift(made, real, mask, size=8):
    """Mean difference of colour over squares of `size` pixels, and over each edit as a whole.

    The first is blotches, the second paint that changes its colour. The first weighs less, since where
    the photo's own squares differ is not known, and asking for them means asking for flat paint.
    """
    gap = (made - real) * mask
    squares = F.avg_pool2d(gap, size).abs().sum() / (3 * F.avg_pool2d(mask, size).sum() + 1e-6)
    whole = gap.sum((2, 3)).abs() / (mask.sum((2, 3)) + 1e-6)
    return 0.1 * squares + whole.mean()


def velocity(v, ideal, mask, visible, outside=0.02):
    """Squared error of the velocity; details count as far as the noisy state shows them.

    `visible`, a_t of each edit, [batch, 1, 1, 1], weighs what is finer than some five pixels: where
    there is nothing but noise the photo's details cannot be known, and asking for them means asking
    for their mean.
    """
    error = v - ideal
    coarse = smooth(smooth(error))
    weight = mask + outside * (1 - mask)
    total = (coarse**2 + visible * (error - coarse) ** 2) * weight
    return total.sum() / (3 * weight.sum())


def border(made, real, mask):
    """Mean difference of colour just inside the mask's border, where seams show."""
    near = F.max_pool2d(1 - mask, 3, stride=1, padding=1) * mask
    return ((made - real).abs() * near).sum() / (3 * near.sum() + 1e-6)
