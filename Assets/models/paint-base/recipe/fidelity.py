"""Sparse beside dense on held-out edits, through the program itself, and a sheet to look at.

    python fidelity.py --photos FOLDER --tessera PROGRAM --model FOLDER [--sheet OUT.png]
"""

import argparse
import json
import statistics
import subprocess
import tempfile
from pathlib import Path

import numpy as np
from PIL import Image

import edits
from data import Photos

KINDS = ("flat", "flat", "filled", "recoloured")


def save(path, picture):
    Image.fromarray(np.round((picture + 1) * 127.5).clip(0, 255).astype(np.uint8)).save(path)


def run(options, folder, mode):
    """One edit by the program; its picture as floats, and its report."""
    out = folder / f"{mode}.png"
    command = [options.tessera, "edit", folder / "original.png", folder / "painted.png"]
    command += ["--mask", folder / "mask.png", "-o", out, "--force", "--json", "--mode", mode]
    command += ["--model", options.model] + options.flags.split()
    report = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    return np.asarray(Image.open(out).convert("RGB"), np.float32) / 127.5 - 1, json.loads(report)


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--photos", required=True)
    parser.add_argument("--tessera", required=True)
    parser.add_argument("--model", required=True)
    parser.add_argument("--count", type=int, default=20)
    parser.add_argument("--size", type=int, default=256)
    parser.add_argument("--least", type=float, default=0.03, help="smallest mask")
    parser.add_argument("--most", type=float, default=0.25, help="largest mask")
    parser.add_argument("--flags", default="", help="more flags of tessera edit")
    parser.add_argument("--sheet", help="PNG: original, painted, sparse, dense of every edit")
    options = parser.parse_args()
    held_out = edits.make(
        Photos(options.photos), options.count, options.size, options.least, options.most)
    ratios, tiles = [], []
    for i, edit in enumerate(held_out):
        painted = edit.hints[KINDS[i % len(KINDS)]]
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            save(folder / "original.png", edit.picture)
            save(folder / "painted.png", painted)
            save(folder / "mask.png", np.repeat(edit.mask[..., None], 3, 2) * 2 - 1)
            sparse, report = run(options, folder, "sparse")
            dense, _ = run(options, folder, "dense")
        inside = edit.mask > 0
        error = ((sparse - dense)[inside] ** 2).mean()
        ratios.append(10 * np.log10(4 / max(error, 1e-10)))
        tiles.append(report["tiles_active"] / report["tiles_total"])
        tile = np.concatenate([edit.picture, painted, sparse, dense], 1)
        rows = tile[None] if i == 0 else np.concatenate([rows, tile[None]])
    print(f"{len(ratios)} edits, {options.size}x{options.size}: sparse against dense in the "
          f"painted area {statistics.fmean(ratios):.1f} dB on average, {min(ratios):.1f} at the lowest; "
          f"{100 * statistics.fmean(tiles):.0f} % of the tiles computed")
    if options.sheet:
        half = (len(rows) + 1) // 2
        columns = [np.concatenate(list(r)) for r in (rows[:half], rows[half:])]
        pad = np.ones((columns[0].shape[0] - columns[1].shape[0], columns[0].shape[1], 3))
        save(options.sheet, np.concatenate([columns[0], np.concatenate([columns[1], pad])], 1))


if __name__ == "__main__":
    main()
