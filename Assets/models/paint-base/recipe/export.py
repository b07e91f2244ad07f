"""Turns checkpoints of train.py into a model folder in float16.

    python export.py CHECKPOINT START OUT [OTHER SHARE]

The contract's files come from START; the weights are the checkpoint's moving averages, or with
OTHER a mean of both checkpoints', SHARE (0...1) of it from OTHER.
"""

import sys
from pathlib import Path

import torch

import paint


def main(checkpoint, start, out, other=None, share=0.0):
    start, out = Path(start), Path(out)
    network = paint.load_network(start)
    state = torch.load(checkpoint, map_location="cpu")
    average = state["average"]
    if other:
        beside = torch.load(other, map_location="cpu")["average"]
        average = {k: v.lerp(beside[k], float(share)) for k, v in average.items()}
    network.load_state_dict(average)
    network.half().save_pretrained(out / "unet")
    # Written readable by the owner alone otherwise.
    (out / "unet" / "diffusion_pytorch_model.safetensors").chmod(0o644)
    (out / "unet" / "config.json").write_bytes((start / "unet" / "config.json").read_bytes())
    paint.copy_contract(start, out)
    print(f"{out}: {state['step']} steps, {state['pixels'] / 1e6:.0f} megapixels, "
          f"{state['core_seconds'] / 60:.0f} core minutes")


if __name__ == "__main__":
    if len(sys.argv) not in (4, 6):
        raise SystemExit(__doc__)
    main(*sys.argv[1:])
