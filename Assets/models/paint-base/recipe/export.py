"""Writes the averaged weights of a checkpoint as a model folder: `export.py CHECKPOINT START OUT`.

Contract and configuration are those of START, the folder that training began with; the weights are
stored as float16.
"""

import sys
from pathlib import Path

import torch

import paint


def main(checkpoint, start, out):
    start, out = Path(start), Path(out)
    network = paint.load_network(start)
    state = torch.load(checkpoint, map_location="cpu")
    network.load_state_dict(state["average"])
    network.half().save_pretrained(out / "unet")
    # Written readable by the owner alone otherwise.
    (out / "unet" / "diffusion_pytorch_model.safetensors").chmod(0o644)
    (out / "scheduler").mkdir(exist_ok=True)
    for name in ("model_index.json", "scheduler/scheduler_config.json", "unet/config.json"):
        (out / name).write_bytes((start / name).read_bytes())
    print(f"{out}: {state['step']} steps, {state['pixels'] / 1e6:.0f} megapixels, "
          f"{state['core_seconds'] / 60:.0f} core minutes")


if __name__ == "__main__":
    if len(sys.argv) != 4:
        raise SystemExit(__doc__.split("\n")[0])
    main(*sys.argv[1:])
