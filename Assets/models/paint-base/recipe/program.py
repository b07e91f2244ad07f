"""Edits made by the program itself, and by another to compare with."""

import json
import subprocess
import tempfile
from pathlib import Path

import numpy as np
from PIL import Image


def save(path, picture):
    """Writes a picture in [-1, 1] as PNG."""
    levels = np.round((picture + 1) * 127.5).clip(0, 255).astype(np.uint8)
    Image.fromarray(levels).save(path, compress_level=1)


def run(program, picture, hint, inside, *flags):
    """What `tessera edit` makes of a hint inside a truth mask, in [-1, 1], and its report."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        save(folder / "original.png", picture)
        save(folder / "painted.png", hint)
        save(folder / "mask.png", np.repeat(inside[..., None], 3, 2) * 2.0 - 1)
        command = [program, "edit", folder / "original.png", folder / "painted.png", "--json"]
        command += ["--mask", folder / "mask.png", "-o", folder / "made.png", *map(str, flags)]
        report = subprocess.run(command, check=True, capture_output=True, text=True).stdout
        made = np.asarray(Image.open(folder / "made.png").convert("RGB"), np.float32) / 127.5 - 1
        return made, json.loads(report)


def told(program, picture, paint, hole, seed):
    """What the program tells the model of paint in a hole: with shading, texture and melting."""
    hint, _ = run(program, picture, paint, hole, "--hint-only", "--workers", 1, "--seed", seed)
    return np.where(hole[..., None], hint, picture)


def inpainted(gmic, picture, hole):
    """What G'MIC's patch inpainting makes of a hole, in [-1, 1]: the best of its kind we know."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        save(folder / "picture.png", picture)
        Image.fromarray(hole.astype(np.uint8) * 255).save(folder / "hole.png")
        command = [gmic, folder / "picture.png", folder / "hole.png"]
        command += ["-inpaint_matchpatch[0]", "[1]", "-output[0]", folder / "made.png"]
        subprocess.run(command, check=True, capture_output=True)
        return np.asarray(Image.open(folder / "made.png").convert("RGB"), np.float32) / 127.5 - 1
