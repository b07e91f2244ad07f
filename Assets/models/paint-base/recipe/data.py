"""Photos from a folder or a pack, and random crops of them."""

import io
import zipfile
from pathlib import Path

import numpy as np
from PIL import Image

ENDINGS = (".jpg", ".jpeg", ".png", ".webp")
HELD_OUT = 20


class Photos:
    """Photos by sorted name; every 20th from the first is held out of training."""

    def __init__(self, path):
        self.path = Path(path)
        self.archive = None if self.path.is_dir() else zipfile.ZipFile(self.path)
        listed = self.archive.namelist() if self.archive else [p.name for p in self.path.iterdir()]
        self.names = sorted(n for n in listed if n.lower().endswith(ENDINGS))
        if not self.names:
            raise SystemExit(f"{path}: no photos; expected {', '.join(ENDINGS)} files or a pack")

    @property
    def held_out(self):
        return self.names[::HELD_OUT]

    @property
    def training(self):
        return [n for i, n in enumerate(self.names) if i % HELD_OUT]

    def open(self, name, side=None):
        """An RGB image, its shorter side reduced to at most `side` pixels."""
        source = io.BytesIO(self.archive.read(name)) if self.archive else self.path / name
        image = Image.open(source)
        if side:
            image.draft("RGB", (2 * side, 2 * side))
        image = image.convert("RGB")
        shorter = min(image.size)
        if side and shorter > side:
            size = tuple(round(n * side / shorter) for n in image.size)
            image = image.resize(size, Image.Resampling.LANCZOS)
        return image


def central_square(image, side):
    """The largest centred square, resized to `side` pixels; uint8 [side, side, 3]."""
    width, height = image.size
    n = min(width, height)
    left, top = (width - n) // 2, (height - n) // 2
    box = (left, top, left + n, top + n)
    return np.asarray(image.resize((side, side), Image.Resampling.LANCZOS, box=box))


class Crops:
    """Random square crops of decoded photos, at random scales and mirrored."""

    def __init__(self, photos, side, limit=None):
        names = photos.training[:limit]
        self.pictures = [np.asarray(photos.open(n, side)) for n in names]
        areas = np.array([p.shape[0] * p.shape[1] for p in self.pictures], float)
        self.shares = areas / areas.sum()

    def draw(self, rng, side):
        """One crop, float32 [side, side, 3] in [-1, 1].

        Its side in the photo lies between the crop's own and the whole shorter side, so that
        both fine and coarse structure are seen.
        """
        picture = self.pictures[rng.choice(len(self.pictures), p=self.shares)]
        height, width = picture.shape[:2]
        shorter = min(height, width)
        span = int(min(side, shorter) * (shorter / min(side, shorter)) ** (0.8 * rng.random()))
        top, left = rng.integers(height - span + 1), rng.integers(width - span + 1)
        crop = picture[top : top + span, left : left + span]
        if span != side:
            image = Image.fromarray(crop).resize((side, side), Image.Resampling.LANCZOS)
            crop = np.asarray(image)
        if rng.random() < 0.5:
            crop = crop[:, ::-1]
        return crop.astype(np.float32) / 127.5 - 1
