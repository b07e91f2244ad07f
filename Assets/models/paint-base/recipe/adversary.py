"""An adversary that tells made places from real ones by a frozen network's features.

Small heads judge every place of four layers of the network that measures LPIPS, beside the hint and
the mask (projected features: Sauer et al. 2021, "Projected GANs converge faster"; hinge losses: Lim
and Ye 2017, "Geometric GAN"). Only what is inside the mask counts.
"""

import torch
import torch.nn.functional as F
from torch import nn
from torch.nn.utils.parametrizations import spectral_norm

from perceptual import energy

LAYERS = {"vgg16": (64, 128, 256, 512), "alexnet": (64, 192, 384, 256)}
# The finest layer has four times the places of the next; as wide, its head would cost as much as
# the painter does.
WIDTHS = (24, 64, 64, 64)


class Head(nn.Module):
    """Judges each place of one layer: features, hint and mask in, one number out."""

    def __init__(self, channels, width):
        super().__init__()
        self.look = spectral_norm(nn.Conv2d(channels, width, 1, bias=False))
        self.know = spectral_norm(nn.Conv2d(4, width, 3, padding=1))
        self.mix = spectral_norm(nn.Conv2d(width, width, 3, padding=1))
        self.judge = spectral_norm(nn.Conv2d(width, 1, 3, padding=1))

    def forward(self, features, known):
        # Activations grow with depth; their mean size is what the heads should not care about.
        power = energy(features.detach()).mean((1, 2, 3), keepdim=True) / features.shape[1]
        x = F.leaky_relu(self.look(features) / (power.sqrt() + 1e-6) + self.know(known), 0.2)
        return self.judge(F.leaky_relu(self.mix(x), 0.2))


class Adversary(nn.Module):
    def __init__(self, net="vgg16"):
        super().__init__()
        self.heads = nn.ModuleList(map(Head, LAYERS[net], WIDTHS))

    def judge(self, features, hint, mask):
        """Pairs of scores and weights, a pair for each layer."""
        known = torch.cat([hint, mask], 1)
        for head, layer in zip(self.heads, features):
            size = layer.shape[2:]
            there = F.interpolate(known, size=size, mode="area")
            yield head(layer, there).float(), there[:, 3:]

    def mean(self, pairs, score):
        parts = [(score(s) * w).sum() / w.sum().clamp(min=1) for s, w in pairs]
        return sum(parts) / len(parts)

    def fooled(self, made, hint, mask):
        """What the painter wants small."""
        return self.mean(self.judge(made, hint, mask), lambda s: -s)

    def caught(self, made, real, hint, mask):
        """What the adversary wants small: it stops caring for what it is sure of."""
        return (self.mean(self.judge(made, hint, mask), lambda s: F.relu(1 + s))
                + self.mean(self.judge(real, hint, mask), lambda s: F.relu(1 - s)))
