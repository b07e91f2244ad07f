"""The contract of the Paint family: residual, schedule and sampler, as the engine has them.

Pictures are float tensors [batch, 3, height, width], RGB in [-1, 1]; masks [batch, 1, height,
width] with 1 where the picture is regenerated. The network sees the noisy residual (3), the mask
(1) and the hint (3), and answers with the velocity of the residual (3).
"""

import json
from pathlib import Path

import torch
import torch.nn.functional as F
from diffusers import DDIMScheduler, UNet2DModel

# Sides of the squares in pixels whose noise `pyramid` adds, and the channels' shares of a strength.
PYRAMID_SIDES = (8, 16, 32, 64)
PYRAMID_SHARES = (1.0, 0.3, 0.3)


class Contract:
    """Residual transform and noise schedule of one model folder."""

    def __init__(self, folder, device="cpu"):
        folder = Path(folder)
        index = json.loads((folder / "model_index.json").read_text())
        self.default_steps = index["default_steps"]
        # How much of the noise pyramid each channel of the residual starts from.
        self.noise_pyramid = index.get("noise_pyramid", [0, 0, 0])
        self.transform = torch.tensor(index["residual_transform"], device=device)
        self.inverse = torch.linalg.inv(self.transform)
        scheduler = DDIMScheduler.from_pretrained(folder, subfolder="scheduler")
        # a_t for t in 0..<1000; one more at the end stands for the clean picture, t = -1.
        self.alphas = torch.cat([scheduler.alphas_cumprod, torch.ones(1)]).to(device)

    def residual(self, difference):
        """z = A difference."""
        return torch.einsum("ij,bjhw->bihw", self.transform, difference)

    def difference(self, residual):
        """The colour difference of a residual."""
        return torch.einsum("ij,bjhw->bihw", self.inverse, residual)

    def mixture(self, timesteps):
        """sqrt(a_t) and sqrt(1 - a_t), [batch, 1, 1, 1]."""
        alphas = self.alphas[timesteps].view(-1, 1, 1, 1)
        return alphas.sqrt(), (1 - alphas).sqrt()


def pyramid(noise, strengths, generator=None):
    """White noise [batch, 3, height, width] with multi-resolution noise of a strength for each channel.

    White noise holds next to nothing at the scale of a stroke, so that few deterministic steps give a
    large one the same texture everywhere (Whitaker 2023, "Multi-resolution noise for diffusion model
    training"). Here each square has a normal number for its centre; between centres these are
    interpolated linearly.
    """
    if not any(strengths):
        return noise
    batch, channels, height, width = noise.shape
    strengths = torch.tensor(strengths, device=noise.device).view(1, 3, 1, 1)
    total = noise
    for side in PYRAMID_SIDES:
        # A square more at every edge, so that pixels beyond the last centres have neighbours too.
        squares = (-(-height // side) + 2, -(-width // side) + 2)
        normals = torch.randn(batch, channels, *squares, generator=generator).to(noise.device)
        wide = F.interpolate(strengths * normals, scale_factor=side, mode="bilinear")
        total = total + wide[..., side:side + height, side:side + width]
    return total


def trailing(steps, count=1000):
    """The timesteps that trailing spacing visits, noisiest first."""
    return [round(count - i * count / steps) - 1 for i in range(steps)]


def copy_contract(folder, out):
    """Copies what a model folder holds beside its network."""
    (out / "scheduler").mkdir(parents=True, exist_ok=True)
    for name in ("model_index.json", "scheduler/scheduler_config.json"):
        (out / name).write_bytes((folder / name).read_bytes())


def load_network(folder):
    """The folder's network in float32."""
    return UNet2DModel.from_pretrained(Path(folder), subfolder="unet", torch_dtype=torch.float32)


def velocity(network, state, mask, hint, timesteps):
    """The network's answer in float32."""
    return network(torch.cat([state, mask, hint], 1), timesteps).sample.float()


def finished(contract, state, hint, mask):
    """The picture of a final state: inside the mask the hint and the residual, unchequered.

    What alternates from pixel to pixel both across and down is left out: networks that halve and
    double their maps leave such chequerboards, photos hardly have any.
    """
    difference = contract.difference(state) * mask
    row = torch.tensor([-1.0, 2, -1], device=state.device)
    kernel = (row[:, None] * row / 16).expand(3, 1, 3, 3)
    chequer = F.conv2d(F.pad(difference, (1, 1, 1, 1), mode="replicate"), kernel, groups=3)
    return hint + (difference - chequer) * mask


@torch.no_grad()
def sample(network, contract, hint, mask, noise, steps=8, strength=1.0):
    """The regenerated picture by DDIM with eta 0; `hint` is the picture outside the mask."""
    timesteps = trailing(steps)[-max(int(steps * strength), 1):]
    state = None
    for t in timesteps:
        batch = torch.full((len(hint),), t, device=hint.device)
        signal, sigma = contract.mixture(batch)
        outside = sigma * noise
        state = outside if state is None else torch.where(mask > 0, state, outside)
        v = velocity(network, state, mask, hint, batch)
        clean, e = signal * state - sigma * v, sigma * state + signal * v
        # The sampler's -1 is the last entry of `alphas`, the clean picture.
        signal, sigma = contract.mixture(torch.full_like(batch, t - 1000 // steps).clamp(min=-1))
        state = signal * clean + sigma * e
    return finished(contract, state, hint, mask)
