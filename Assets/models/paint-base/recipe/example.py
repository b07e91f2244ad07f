"""Draws the card's example: places of the landscape as they were, painted and regenerated.

    tessera edit landscape.png landscape-painted.png -o made.png
    python example.py landscape.png landscape-painted.png made.png example.png
"""

import sys

from PIL import Image

PLACES = [(30, 210), (210, 375), (330, 355), (470, 395)]
WIDE, HIGH, SCALE, GAP = 200, 90, 2, 8


def main(*paths):
    pictures = [Image.open(p).convert("RGB") for p in paths[:3]]
    wide, high = SCALE * WIDE, SCALE * HIGH
    size = (3 * wide + 2 * GAP, len(PLACES) * (high + GAP) - GAP)
    sheet = Image.new("RGB", size, "white")
    for row, (x, y) in enumerate(PLACES):
        for column, picture in enumerate(pictures):
            place = picture.crop((x, y, x + WIDE, y + HIGH)).resize((wide, high), 0)
            sheet.paste(place, (column * (wide + GAP), row * (high + GAP)))
    sheet.save(paths[3], optimize=True)


if __name__ == "__main__":
    if len(sys.argv) != 5:
        raise SystemExit(__doc__)
    main(*sys.argv[1:])
