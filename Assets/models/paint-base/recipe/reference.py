"""Makes the reference edit of the tests anew for other weights: `reference.py MODEL FILE`.

FILE, a safetensors file, has picture, mask, hint and noise already; what follows from the weights is
replaced: the state after each of 8 steps as diffusers' own scheduler takes them, and the result.
"""

import sys

import torch
from diffusers import DDIMScheduler
from safetensors.torch import load_file, save_file

import paint


@torch.no_grad()
def main(folder, path):
    tensors = load_file(path)
    contract, network = paint.Contract(folder), paint.load_network(folder).eval()
    scheduler = DDIMScheduler.from_pretrained(folder, subfolder="scheduler")
    scheduler.set_timesteps(8)
    mask, hint, noise = tensors["mask"], tensors["hint"], tensors["noise"]
    state, states = None, []
    for t in scheduler.timesteps:
        outside = (1 - scheduler.alphas_cumprod[t]).sqrt() * noise
        state = outside if state is None else torch.where(mask > 0, state, outside)
        if not states:
            tensors["first_input"] = torch.cat([state, mask, hint], 1)
        v = paint.velocity(network, state, mask, hint, t)
        state = scheduler.step(v, t, state).prev_sample
        states.append(state)
    tensors["states"] = torch.cat(states).reshape(tensors["states"].shape)
    made = paint.finished(contract, state, hint, mask)
    tensors["result"] = torch.where(mask > 0, made, tensors["picture"])
    save_file({k: v.contiguous() for k, v in tensors.items()}, path)


if __name__ == "__main__":
    if len(sys.argv) != 3:
        raise SystemExit(__doc__.split("\n")[0])
    main(*sys.argv[1:])
