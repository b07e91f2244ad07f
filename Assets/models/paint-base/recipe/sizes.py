"""Edits of all sizes, aspect ratios and masks through the program: does colour or contrast drift?

    python sizes.py --photos FOLDER --tessera PROGRAM --model FOLDER [--sheet FOLDER]
"""

import argparse
import time
from pathlib import Path

import numpy as np
import torch
from PIL import Image

import measures
import program
from data import Photos
from strokes import flat, painted

SIZES = [(64, 64), (2048, 64), (64, 2048), (333, 517), (1024, 512), (1200, 1600), (2048, 2048)]
SHARES = [0.0005, 0.01, 0.25, 1.0]


def crop(image, width, height):
    """The largest centred part of the aspect ratio wanted, resized; [height, width, 3]."""
    scale = min(image.width / width, image.height / height)
    wide, high = width * scale, height * scale
    left, top = (image.width - wide) / 2, (image.height - high) / 2
    box = (left, top, left + wide, top + high)
    size, lanczos = (width, height), Image.Resampling.LANCZOS
    return np.asarray(image.resize(size, lanczos, box=box), np.float32) / 127.5 - 1


def strokes(rng, picture, share):
    """Coverages of about `share` of the picture, drawn on its largest centred square."""
    height, width = picture.shape[:2]
    if share == 1:
        return [np.ones((height, width), np.float32)]
    side = min(width, height)
    top, left = (height - side) // 2, (width - side) // 2
    square = picture[top : top + side, left : left + side]
    inner = min(share * width * height / side**2, 0.9)
    found = []
    for c in painted(rng, square, inner, inner):
        whole = np.zeros((height, width), np.float32)
        whole[top : top + side, left : left + side] = c > 0.5
        found.append(whole)
    return found


def figures(picture, hint, made, inside):
    """Drift of colour (of 255), contrast in the first four octaves (dB), changed bytes outside."""
    tensor = lambda a: torch.from_numpy(np.ascontiguousarray(a)).permute(2, 0, 1)[None]
    mask = torch.from_numpy(inside.astype(np.float32))[None, None]
    drift = np.abs((made - hint)[inside].mean(0)).mean() * 127.5
    mine, theirs = (sum(measures.powers(tensor(p), mask)[:4]) for p in (made, picture))
    outside = int((np.abs(made - picture).max(2)[~inside] > 1 / 255).sum())
    return drift, 10 * np.log10((mine + 1) / (theirs + 1)), outside


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--photos", required=True)
    parser.add_argument("--tessera", required=True)
    parser.add_argument("--model", required=True)
    parser.add_argument("--flags", default="--feather 0", help="more flags of tessera edit")
    parser.add_argument("--sheet", help="folder for the pictures")
    options = parser.parse_args()
    photos = Photos(options.photos)
    print("| size | mask | drift of colour | contrast, dB | changed outside | seconds |")
    print("| --- | --- | --- | --- | --- | --- |")
    for i, (width, height) in enumerate(SIZES):
        image = photos.open(photos.held_out[(7 * i + 3) % len(photos.held_out)])
        picture = crop(image, width, height)
        for share in SHARES:
            coverages = strokes(np.random.default_rng([30, i]), picture, share)
            inside = np.maximum.reduce(coverages) > 0
            hint = flat(picture, coverages).astype(np.float32)
            started = time.time()
            made, _ = program.run(options.tessera, picture, hint, inside, "--mode", "sparse",
                                  "--model", options.model, *options.flags.split())
            seconds = time.time() - started
            drift, contrast, outside = figures(picture, hint, made, inside)
            print(f"| {width}x{height} | {100 * inside.mean():.2f} % | {drift:.1f} | "
                  f"{contrast:+.1f} | {outside} | {seconds:.1f} |", flush=True)
            if options.sheet:
                Path(options.sheet).mkdir(parents=True, exist_ok=True)
                rows = np.concatenate([picture, hint, made], 1 if height >= width else 0)
                program.save(Path(options.sheet) / f"{width}x{height}-{share}.png", rows)


if __name__ == "__main__":
    main()
