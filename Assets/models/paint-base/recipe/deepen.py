"""Gives a network one more level, at half its coarsest resolution, and keeps what it has learnt.

    python deepen.py CHECKPOINT START OUT RUN

Reads a checkpoint of train.py and the model folder START that it began with; writes the model folder
OUT, one level deeper, and RUN/checkpoint.pt, from which `train.py --start OUT --out RUN` goes on. The
new level hands on what comes to it, averaged on the way down, interpolated on the way up, and takes the
place of the middle block.
"""

import re
import sys
from pathlib import Path

import torch
from diffusers import UNet2DModel

import paint

BINOMIAL = torch.tensor([1.0, 2, 1])


def deeper(config):
    """The configuration with its last level repeated and no middle block."""
    config = {k: v for k, v in config.items() if not k.startswith("_")} | {"mid_block_type": None}
    for key, place in [("block_out_channels", -1), ("down_block_types", 0), ("up_block_types", 0)]:
        config[key] = list(config[key]) + [config[key][place]]
    return config


def former(name):
    """The old network's name of a parameter of the new one, and None for what is new."""
    level = re.match(r"up_blocks\.(\d+)\.", name)
    if level is None:
        return name
    number = int(level[1]) - 1
    return f"up_blocks.{number}." + name[level.end():] if number >= 0 else None


@torch.no_grad()
def hand_on(network, level):
    """Makes the new level of a network pass its input through."""
    channels = network.config.block_out_channels[-1]
    down, up = network.down_blocks[level], network.up_blocks[0]
    for resnet in [*network.down_blocks[level + 1].resnets, *up.resnets]:
        resnet.conv2.weight.zero_()
        resnet.conv2.bias.zero_()
    for resnet in up.resnets:
        resnet.conv_shortcut.weight.zero_()
        resnet.conv_shortcut.weight[:, :channels, 0, 0] = torch.eye(channels)
        resnet.conv_shortcut.bias.zero_()
    blur = torch.outer(BINOMIAL, BINOMIAL) / 16
    for block in (down.downsamplers[0].conv, up.upsamplers[0].conv):
        block.weight.copy_(torch.eye(channels)[:, :, None, None] * blur)
        block.bias.zero_()


def main(checkpoint, start, out, run):
    start, out, run = Path(start), Path(out), Path(run)
    torch.manual_seed(0)
    state = torch.load(checkpoint, map_location="cpu")
    old = paint.load_network(start)
    network = UNet2DModel.from_config(deeper(old.config))
    level = len(old.config.block_out_channels) - 1
    hand_on(network, level)
    kept = {n: state["average"][former(n)] for n in network.state_dict()
            if former(n) in state["average"]}
    network.load_state_dict(kept, strict=False)
    network.save_pretrained(out / "unet")
    paint.copy_contract(start, out)

    # The optimiser numbers parameters in their order; its means go with them.
    places = {name: i for i, (name, _) in enumerate(old.named_parameters())}
    names = [former(name) for name, _ in network.named_parameters()]
    means = state["optimiser"]["state"]
    state["optimiser"]["state"] = {
        i: means[places[n]] for i, n in enumerate(names) if n in places}
    state["optimiser"]["param_groups"][0]["params"] = list(range(len(names)))
    state["network"] = state["average"] = network.state_dict()
    state.update(step=0, pixels=0, core_seconds=0.0)
    run.mkdir(parents=True, exist_ok=True)
    torch.save(state, run / "checkpoint.pt")
    count = sum(p.numel() for p in network.parameters())
    print(f"{out}: {count:,} parameters, {len(kept)} of {len(names)} tensors kept")


if __name__ == "__main__":
    if len(sys.argv) != 5:
        raise SystemExit(__doc__)
    main(*sys.argv[1:])
