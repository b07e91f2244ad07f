#!/usr/bin/env python3
"""Draw a terminal screen, as `tmux capture-pane -e -p` prints it, to a PNG.

usage: tmux capture-pane -e -p | render.py OUT.png      (development only; Pillow 12, DejaVu Sans Mono)
"""
import re
import sys

from PIL import Image, ImageDraw, ImageFont

WIDTH, HEIGHT = 8, 16
FONT = ImageFont.truetype("/usr/share/fonts/truetype/dejavu/DejaVuSansMono.ttf", 13)
FOREGROUND, BACKGROUND = (208, 208, 208), (16, 16, 16)

# Block characters: samples across and down, and which of them are set, from the top left.
BLOCKS = {glyph: (2, 2, mask) for mask, glyph in enumerate(" ▘▝▀▖▌▞▛▗▚▐▜▄▙▟█") if mask}
sextants = (mask for mask in range(1, 63) if mask not in (21, 42))
BLOCKS.update((chr(0x1FB00 + i), (2, 3, mask)) for i, mask in enumerate(sextants))


def indexed(number):
    """The colour of one of the 256 indexed colours, by xterm's table."""
    if number == 8:
        return 127, 127, 127
    if number < 16:
        level = 255 if number & 8 else 170
        return tuple(level if number & bit else 0 for bit in (1, 2, 4))
    if number < 232:
        steps = (0, 95, 135, 175, 215, 255)
        number -= 16
        return steps[number // 36], steps[number // 6 % 6], steps[number % 6]
    return (8 + 10 * (number - 232),) * 3


def apply(codes, style):
    """Follows one list of SGR parameters."""
    codes = [int(code or 0) for code in codes]
    while codes:
        code = codes.pop(0)
        if code == 0:
            style.update(fg=FOREGROUND, bg=BACKGROUND, reverse=False)
        elif code == 7:
            style["reverse"] = True
        elif code in (38, 48) and codes:
            kind = codes.pop(0)
            if kind == 2:
                color = tuple(codes[:3])
                del codes[:3]
            else:
                color = indexed(codes.pop(0))
            style["fg" if code == 38 else "bg"] = color
        elif code in range(30, 38):
            style["fg"] = indexed(code - 30)
        elif code in range(40, 48):
            style["bg"] = indexed(code - 40)
        elif code in range(90, 98):
            style["fg"] = indexed(code - 82)
        elif code in range(100, 108):
            style["bg"] = indexed(code - 92)
        elif code == 39:
            style["fg"] = FOREGROUND
        elif code == 49:
            style["bg"] = BACKGROUND


def main():
    lines = sys.stdin.read().rstrip("\n").split("\n")
    rows = []
    style = dict(fg=FOREGROUND, bg=BACKGROUND, reverse=False)
    for line in lines:
        row = []
        for part in re.split(r"(\x1b\[[0-9;:]*m)", line):
            if part.startswith("\x1b["):
                apply(re.split("[;:]", part[2:-1]), style)
            else:
                row += [(glyph, dict(style)) for glyph in part]
        rows.append(row)
    columns = max(len(row) for row in rows)
    image = Image.new("RGB", (columns * WIDTH, len(rows) * HEIGHT), BACKGROUND)
    draw = ImageDraw.Draw(image)
    for y, row in enumerate(rows):
        for x, (glyph, cell) in enumerate(row):
            fg, bg = (cell["bg"], cell["fg"]) if cell["reverse"] else (cell["fg"], cell["bg"])
            left, top = x * WIDTH, y * HEIGHT
            draw.rectangle([left, top, left + WIDTH - 1, top + HEIGHT - 1], fill=bg)
            if glyph in BLOCKS:
                across, down, mask = BLOCKS[glyph]
                for bit in range(across * down):
                    if mask >> bit & 1:
                        x0, y0 = bit % across * WIDTH // across, bit // across * HEIGHT // down
                        x1 = (bit % across + 1) * WIDTH // across
                        y1 = (bit // across + 1) * HEIGHT // down
                        draw.rectangle(
                            [left + x0, top + y0, left + x1 - 1, top + y1 - 1], fill=fg)
            elif glyph != " ":
                draw.text((left, top), glyph, font=FONT, fill=fg)
    image.save(sys.argv[1], optimize=True)


main()
