"""Lets the Paint model go over parts of a drawn picture. Development only, as draw.py is.

Needs torch 2.15.0 and diffusers 0.42.1 besides what draw.py needs.
"""

import json
from pathlib import Path

import numpy as np
import torch
from diffusers import DDIMScheduler, UNet2DModel

MODEL = Path(__file__).parent.parent / "models" / "paint-base"


def regenerate(picture, mask, seed, strength=1.0, steps=8, hint=None):
    """The picture, bytes [H, W, 3], with the masked places [H, W] of 0 and 1 made by the model.

    The hint is the picture itself unless another is given. A strength below 1 leaves out the first
    steps and starts from a residual of zero, so that little is changed. H and W: multiples of 8.
    """
    index = json.loads((MODEL / "model_index.json").read_text())
    network = UNet2DModel.from_pretrained(MODEL / "unet", torch_dtype=torch.float32).eval()
    scheduler = DDIMScheduler.from_pretrained(MODEL / "scheduler")
    scheduler.set_timesteps(steps)
    transform = torch.tensor(index["residual_transform"])
    hint = torch.from_numpy((picture if hint is None else hint).astype(np.float32) / 127.5 - 1)
    hint = hint.permute(2, 0, 1)[None]
    mask = torch.from_numpy(mask.astype(np.float32))[None, None]
    noise = torch.randn(hint.shape, generator=torch.Generator().manual_seed(seed))
    times = scheduler.timesteps[steps - max(1, round(steps * strength)) :].tolist()
    levels = scheduler.alphas_cumprod
    residual = (1 - levels[times[0]]).sqrt() * noise
    for position, time in enumerate(times):
        level = levels[time]
        later = levels[times[position + 1]] if position + 1 < len(times) else torch.tensor(1.0)
        residual = torch.where(mask > 0, residual, (1 - level).sqrt() * noise)
        with torch.no_grad():
            velocity = network(torch.cat([residual, mask, hint], 1), time).sample
        clean = level.sqrt() * residual - (1 - level).sqrt() * velocity
        error = level.sqrt() * velocity + (1 - level).sqrt() * residual
        residual = later.sqrt() * clean + (1 - later).sqrt() * error
    colour = torch.einsum("ij,bjhw->bihw", torch.linalg.inv(transform), residual)
    made = ((hint + colour)[0].permute(1, 2, 0).numpy() + 1) * 127.5
    inside = mask[0, 0].numpy()[..., None] > 0
    return np.where(inside, np.clip(np.rint(made), 0, 255), picture).astype(np.uint8)
