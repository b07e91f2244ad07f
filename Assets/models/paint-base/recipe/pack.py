"""Packs a folder of photos into one small archive: `pack.py FOLDER OUT.zip [MEGABYTES]`.

Names stay, so that the same photos are held out. Photos are reduced, at one quality, to the largest
size at which all of them fit.
"""

import io
import sys
import zipfile
from pathlib import Path

from data import Photos

QUALITY = 84


def encoded(photos, name, side):
    buffer = io.BytesIO()
    photos.open(name, side).save(buffer, "WEBP", quality=QUALITY, method=4)
    return buffer.getvalue()


def fitting_side(photos, limit):
    """The largest shorter side, tried on every 16th photo, whose pack stays below `limit`."""
    some = photos.names[::16]
    for side in range(768, 128, -32):
        size = sum(len(encoded(photos, n, side)) for n in some) / len(some) * len(photos.names)
        if size < 0.96 * limit:
            return side
    raise SystemExit(f"{limit} bytes hold no useful pack of {len(photos.names)} photos")


def main(folder, out, megabytes=56):
    photos = Photos(folder)
    side = fitting_side(photos, float(megabytes) * 1e6)
    with zipfile.ZipFile(out, "w", zipfile.ZIP_STORED) as archive:
        for name in photos.names:
            archive.writestr(Path(name).stem + ".webp", encoded(photos, name, side))
    size = Path(out).stat().st_size / 1e6
    print(f"{out}: {len(photos.names)} photos, shorter side {side} at most, {size:.1f} MB")


if __name__ == "__main__":
    if len(sys.argv) not in (3, 4):
        raise SystemExit(__doc__.split("\n")[0])
    main(*sys.argv[1:])
