"""Draws the bundled pictures. Development only; the results are committed.

    python draw.py [FOLDER]

Needs Python 3.11 or newer with numpy 2.4.6 and Pillow 13.0.0, and for the model's last touch on
the landscape torch 2.15.0 and diffusers 0.42.1. The same seeds draw the same pictures.
"""

import argparse
from pathlib import Path

import numpy as np
from PIL import Image

import chart
import coast
import foreground
import landscape
import strokes

LANDSCAPE_SEED, COAST_SEED = 7, 21


def draw_landscape(scale, finished):
    """The mountain lake, 768x512, drawn `scale` times as large and averaged down.

    Where `finished`, the Paint model goes over the far woods at half strength.
    """
    rng = np.random.default_rng(LANDSCAPE_SEED)
    light, woods, world, camera = landscape.render(LANDSCAPE_SEED, 768, 512, scale)
    image = Image.fromarray((landscape.develop(light) * 255 + 0.5).astype(np.uint8))
    foreground.paint_grass(image, world, camera, rng, 52000 * scale)
    foreground.paint_spruces(image, world, camera, rng)
    picture = np.asarray(image.resize((768, 512), Image.Resampling.LANCZOS))
    picture = finish_as_a_photo(picture, rng)
    if finished:
        import finish

        picture = finish.regenerate(picture, woods[::scale, ::scale], seed=5, strength=0.5)
    return picture


def draw_coast(scale):
    """The sunset shore, 1024x640."""
    light = landscape.develop(coast.Coast(COAST_SEED, scale).draw(), 1.0)
    image = Image.fromarray((light * 255 + 0.5).astype(np.uint8))
    image = image.resize((coast.WIDTH, coast.HEIGHT), Image.Resampling.LANCZOS)
    return finish_as_a_photo(np.asarray(image), np.random.default_rng(COAST_SEED))


def finish_as_a_photo(picture, rng):
    """A lens's darker corners and a sensor's slight grain; bytes [row, column, 3]."""
    height, width, _ = picture.shape
    y, x = np.mgrid[-1 : 1 : height * 1j, -1 : 1 : width * 1j]
    corners = 1 - 0.10 * (x**2 + y**2) ** 1.5 / 2
    grain = rng.normal(0, 1.1, (height, width, 1)) + rng.normal(0, 0.4, (height, width, 3))
    return np.clip(picture * corners[..., None] + grain + 0.5, 0, 255).astype(np.uint8)


def save(picture, path):
    """Writes bytes [row, column, 3] as a PNG."""
    Image.fromarray(picture).save(path, optimize=True)
    print(f"{path.name}: {path.stat().st_size} bytes")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", nargs="?", type=Path, default=Path(__file__).parent)
    parser.add_argument("--scale", type=int, default=2, help="1 is a faster, coarser preview")
    parser.add_argument("--no-model", action="store_true", help="leave out the model's last touch")
    arguments = parser.parse_args()
    save(chart.draw(), arguments.folder / "chart.png")
    save(draw_coast(arguments.scale), arguments.folder / "coast.png")
    lake = draw_landscape(arguments.scale, not arguments.no_model)
    save(lake, arguments.folder / "landscape.png")
    save(strokes.paint(lake), arguments.folder / "landscape-painted.png")


if __name__ == "__main__":
    main()
