"""Sparse beside dense on held-out edits, through the program itself, and a sheet to look at.

    python fidelity.py --photos FOLDER --tessera PROGRAM --model FOLDER [--sheet OUT.png]
"""

import argparse
import statistics

import numpy as np

import edits
import program
from data import Photos

KINDS = ("flat", "flat", "filled", "recoloured")


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
        hint, inside = edit.hints[KINDS[i % len(KINDS)]], edit.mask > 0
        run = [options.tessera, edit.picture, hint, inside, "--model", options.model]
        run += options.flags.split()
        sparse, report = program.run(*run, "--mode", "sparse")
        dense, _ = program.run(*run, "--mode", "dense")
        error = ((sparse - dense)[inside] ** 2).mean()
        ratios.append(10 * np.log10(4 / max(error, 1e-10)))
        tiles.append(report["tiles_active"] / report["tiles_total"])
        tile = np.concatenate([edit.picture, hint, sparse, dense], 1)
        rows = tile[None] if i == 0 else np.concatenate([rows, tile[None]])
    print(f"{len(ratios)} edits, {options.size}x{options.size}: sparse against dense in the "
          f"painted area {statistics.fmean(ratios):.1f} dB on average, {min(ratios):.1f} at the lowest; "
          f"{100 * statistics.fmean(tiles):.0f} % of the tiles computed")
    if options.sheet:
        half = (len(rows) + 1) // 2
        columns = [np.concatenate(list(r)) for r in (rows[:half], rows[half:])]
        pad = np.ones((columns[0].shape[0] - columns[1].shape[0], columns[0].shape[1], 3))
        program.save(options.sheet, np.concatenate([columns[0], np.concatenate([columns[1], pad])], 1))


if __name__ == "__main__":
    main()
