"""Noise that leans towards the photo, so that training finds a use for it.

Where paint is flat, losses on the finished picture are least for one answer whatever the noise: the
network then gives a large stroke contrast at the scale of its squares by a ripple of its own. If the
pyramid's squares tell in part where the photo is lighter or darker, following them pays, and when
sampling, where they tell nothing, they still decide where a stroke is light or dark. (Noise is matched
to data to similar ends by Pooladian et al. 2023, "Multisample flow matching".)
"""

import torch
import torch.nn.functional as F

from paint import PYRAMID_SIDES

# Correlation of each square's number with what it stands for.
SHARE = 0.6


class Coupling:
    """The photo's residuals [batch, 3, h, w] and masks, for `paint.pyramid` to lean towards."""

    def __init__(self, residual, mask):
        self.residual, self.mask = residual * mask, mask

    def lean(self, normals, side):
        """Changes the numbers of all squares, one more at every edge, in place where the mask is."""
        like, there = self.squares(side)
        inner = normals[..., 1:1 + like.shape[2], 1:1 + like.shape[3]]
        leaning = SHARE * like + (1 - SHARE**2) ** 0.5 * inner
        inner.copy_(torch.where(there, leaning, inner))

    def squares(self, side):
        """Means over squares against those of twice the side, of variance one; and where they count."""
        mean, share = self.means(side)
        if side < PYRAMID_SIDES[-1]:
            coarse = self.means(2 * side)[0].repeat_interleave(2, 2).repeat_interleave(2, 3)
            mean = mean - coarse[..., :mean.shape[2], :mean.shape[3]]
        there = share > 0.3
        count = there.sum((2, 3), keepdim=True)
        average = lambda x: (x * there).sum((2, 3), keepdim=True) / count.clamp(min=1)
        around = mean - average(mean)
        # Beside 0.02, a fiftieth of the residual's spread, differences are none.
        like = around / (average(around**2).sqrt() + 0.02)
        return like.clamp(-2.5, 2.5), there & (count > 3)

    def means(self, side):
        """Means of the residual inside the mask over squares, and the mask's share of these."""
        pool = lambda x: F.avg_pool2d(x, side, ceil_mode=True)
        share = pool(self.mask)
        return pool(self.residual) / share.clamp(min=0.05), share
