"""Draws the swatches of all materials, or of those named: draw.py [--sheet FILE] [MATERIAL...].

Each swatch is drawn at twice its size and halved, so that its edges are smooth. Its left and right
sides fit together, and so do its upper and lower ones.
"""

import argparse
import zlib
from pathlib import Path

import numpy as np
from PIL import Image

import fluids
import minerals
import plants

SWATCHES = 6
MATERIALS = {
    "grass": plants.grass, "foliage": plants.foliage, "bark": fluids.bark, "rock": minerals.rock,
    "sand": minerals.sand, "water": fluids.water, "snow": minerals.snow, "cloud": fluids.cloud,
    "sky": fluids.sky, "brick": minerals.brick, "wood": fluids.wood, "soil": plants.soil,
}


def swatch(name, number):
    """One swatch as 128x128x3 bytes, a function of its material's name and its number."""
    rng = np.random.default_rng([zlib.crc32(name.encode()), number])
    large = MATERIALS[name](rng, number)
    side = large.shape[0] // 2
    small = large.reshape(side, 2, side, 2, 3).mean((1, 3))
    return np.clip(np.round(small * 255), 0, 255).astype(np.uint8)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sheet", help="write one picture of all to this file, and no swatches")
    parser.add_argument("materials", nargs="*", default=list(MATERIALS))
    options = parser.parse_args()
    names = options.materials or list(MATERIALS)
    rows = []
    for name in names:
        drawn = [swatch(name, number) for number in range(SWATCHES)]
        rows.append(np.concatenate(drawn, 1))
        if options.sheet:
            continue
        folder = Path(__file__).resolve().parent.parent / name
        folder.mkdir(exist_ok=True)
        for number, pixels in enumerate(drawn):
            Image.fromarray(pixels).save(folder / f"{number + 1}.png", optimize=True)
    if options.sheet:
        Image.fromarray(np.concatenate(rows, 0)).save(options.sheet)


if __name__ == "__main__":
    main()
