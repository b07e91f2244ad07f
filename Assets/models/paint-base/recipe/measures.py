"""Figures of one regenerated picture beside the photo; tensors of batch 1, RGB in [-1, 1]."""

import math

import torch
import torch.nn.functional as F

import losses

LUMA = torch.tensor([0.299, 0.587, 0.114]).view(1, 3, 1, 1)


def psnr(made, real, mask):
    """Peak signal-to-noise ratio inside the mask, in decibels."""
    error = ((made - real) ** 2 * mask).sum() / (3 * mask.sum())
    return 10 * math.log10(4 / max(error.item(), 1e-10))


def powers(picture, mask):
    """Power of luma in each octave inside the mask, finest first."""
    bands = losses.octaves((picture * LUMA).sum(1, keepdim=True) * 127.5, 5)
    result = []
    for band in bands:
        weight = F.interpolate(mask, size=band.shape[2:], mode="area")
        result.append(((band**2 * weight).sum() / weight.sum()).item())
    return result


def seam(picture, mask, reach=0):
    """Mean absolute gradient across the mask's border, or within `reach` pixels of it."""
    if reach:
        size = 2 * reach + 1
        band = F.max_pool2d(mask, size, 1, reach) * F.max_pool2d(1 - mask, size, 1, reach)
        weights = [band[..., 1:] * band[..., :-1], band[..., 1:, :] * band[..., :-1, :]]
    else:
        weights = [mask.diff(dim=3).abs(), mask.diff(dim=2).abs()]
    steps = [picture.diff(dim=3).abs().mean(1, True), picture.diff(dim=2).abs().mean(1, True)]
    total = sum((s * w).sum() for s, w in zip(steps, weights))
    return (total / sum(w.sum() for w in weights).clamp(min=1)).item()


def colour_error(made, hint, strokes):
    """Mean over the strokes' pixels of how far each stroke's mean colour moved, of 255."""
    total, pixels = 0.0, 0
    for k in range(1, int(strokes.max()) + 1):
        under = strokes == k
        count = int(under.sum())
        if count:
            gap = (made - hint)[0, :, under].mean(1).abs().mean().item()
            total, pixels = total + gap * 127.5 * count, pixels + count
    return total / max(pixels, 1)
