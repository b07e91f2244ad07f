#!/usr/bin/env python3
"""Writes the first inputs of every parser to Fuzz/corpus: python3 Fuzz/make-corpus.py (needs Pillow).

The inputs are drawn and written here, so they are as free as the program. What fuzzing adds to them
is kept where it reaches further.
"""
import io
import json
import os
import struct
import zlib

from PIL import Image, PngImagePlugin

ROOT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "corpus")


def save(parser, name, data):
    folder = os.path.join(ROOT, parser)
    os.makedirs(folder, exist_ok=True)
    with open(os.path.join(folder, name), "wb") as file:
        file.write(data if isinstance(data, bytes) else data.encode())


def drawing(mode, size=(13, 9)):
    image = Image.new("RGBA", size)
    image.putdata([
        (19 * x % 256, 27 * y % 256, (x * y * 7) % 256, 255 if x % 3 else 90)
        for y in range(size[1]) for x in range(size[0])])
    return image.convert(mode)


def encoded(image, kind, **options):
    out = io.BytesIO()
    image.save(out, kind, **options)
    return out.getvalue()


def chunk(name, data):
    return (struct.pack(">I", len(data)) + name + data
            + struct.pack(">I", zlib.crc32(name + data)))


EXIF = (b"II*\0\x08\0\0\0\x02\0" + struct.pack("<HHIHH", 0x112, 3, 1, 6, 0)
        + struct.pack("<HHII", 0x9286, 7, 12, 0x26) + b"\0\0\0\0" + b"ASCII\0\0\0abcd")


def pngs():
    for mode in ("1", "L", "LA", "RGB", "RGBA", "P", "I;16"):
        image = drawing("I").convert("I;16") if mode == "I;16" else drawing(mode)
        save("png", mode.replace(";", "-"), encoded(image, "PNG"))
    texts = PngImagePlugin.PngInfo()
    texts.add_text("parameters", "a cat\nNegative prompt: dog\nSteps: 2, Seed: 7")
    texts.add_itxt("Comment", "gr\u00fc\u00dfe \u202e", "en", "x")
    texts.add_text("zipped", "z" * 300, zip=True)
    plain = encoded(drawing("RGBA"), "PNG", pnginfo=texts)
    save("png", "texts", plain)
    save("png", "trailing", plain + b"\n")
    head = plain[:33]
    extras = (chunk(b"eXIf", EXIF) + chunk(b"acTL", struct.pack(">II", 2, 0))
              + chunk(b"pHYs", struct.pack(">IIB", 2835, 2835, 1)) + chunk(b"prVt", b"own"))
    save("png", "extras", head + extras + plain[33:])
    rows = b"".join(b"\0" + bytes(range(8)) for _ in range(8))
    header = struct.pack(">IIBBBBB", 8, 8, 8, 0, 0, 0, 1)
    save("png", "interlaced", b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header)
         + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b""))


def jpegs():
    for name, mode, options in (
            ("rgb", "RGB", {}), ("grey", "L", {}), ("cmyk", "CMYK", {}),
            ("progressive", "RGB", {"progressive": True}),
            ("exif", "RGB", {"exif": b"Exif\0\0" + EXIF}),
            ("coarse", "RGB", {"quality": 5, "subsampling": 2})):
        data = encoded(drawing(mode), "JPEG", **options)
        save("jpeg", name, data)
    save("jpeg", "no-end", data[:-2])
    save("jpeg", "trailer", data + b"SEFT trailer of a phone")


def tensors(header, data=b""):
    text = json.dumps(header).encode()
    return struct.pack("<Q", len(text)) + text + data


def models():
    for dtype, size in (("F32", 4), ("F16", 2), ("BF16", 2), ("F64", 8), ("I64", 8), ("BOOL", 1)):
        entry = {"dtype": dtype, "shape": [2, 3], "data_offsets": [0, 6 * size]}
        save("safetensors", dtype, tensors({"a": entry}, bytes(6 * size)))
    save("safetensors", "empty", tensors({}))
    save("safetensors", "note", tensors({"__metadata__": {"format": "pt"}}))
    for name, text in (
            ("numbers", "[0,-1,1.5e300,1e-9,18446744073709551615,-0.0]"),
            ("texts", '{"a":"\\u00e9\\ud83d\\ude00\\n","b":{"c":[true,false,null]}}'),
            ("deep", "[" * 60 + "]" * 60)):
        save("json", name, text)
    unet = {
        "_class_name": "UNet2DModel", "in_channels": 3, "out_channels": 3, "sample_size": 16,
        "block_out_channels": [8, 16], "layers_per_block": 1, "norm_num_groups": 4,
        "attention_head_dim": 8, "act_fn": "silu", "center_input_sample": False,
        "down_block_types": ["DownBlock2D", "AttnDownBlock2D"],
        "up_block_types": ["AttnUpBlock2D", "UpBlock2D"], "time_embedding_type": "positional"}
    save("model", "unet", json.dumps(unet))
    save("model", "scheduler", json.dumps({
        "_class_name": "DDIMScheduler", "num_train_timesteps": 1000, "beta_start": 0.0001,
        "beta_end": 0.02, "beta_schedule": "linear", "prediction_type": "epsilon",
        "clip_sample": True, "steps_offset": 0, "set_alpha_to_one": True}))


def lines():
    save("config", "all", "[start]\nlive = stroke\n[keys]\nF2 = preset draft\nCtrl+Z = none\n"
         "[preset draft]\nsteps = 1\nstrength = 0.5\n# a word\n[program]\nmodel = ~/m\n")
    save("command", "some", "set graphics=off\nbrush 9\nw a b.png\nvariants 4\nzoom 1:2\ntexture off\n"
         "export mask m.png\ncolor #fa0\nseed 12\nstrength 0.4\npreset draft\nhelp\ne ~/x\n")
    save("input", "keys", b"abc\x1b[A\x1b[1;5C\x1bOP\x1b[<0;10;5M\x1b[<0;12;5m\x1b[M !!\t\r\x7f\x01")
    save("input", "paste", b"\x1b[200~text\x1b[201~\xc3\xa4\xf0\x9f\x98\x80\x1b[I\x1b[O")
    save("input", "answers", b"\x1b[?62;4;22c\x1bP>|kitty(0.32.2)\x1b\\\x1b]11;rgb:1111/2222/3333\x1b\\"
         b"\x1b[?2026;2$y\x1bP1$r48:2:1:2:3m\x1b\\\x1b[6;20;10t\x1b_Gi=31;OK\x1b\\\x1b[?1;256;0S")
    save("texts", "a1111", b"\0a cat\nNegative prompt: a dog\nSteps: 20, Sampler: Euler a, "
         b"CFG scale: 7, Seed: 1, Size: 512x512, Model hash: abc, Version: \"1, 2\"")
    save("texts", "tessera", b"\1" + json.dumps({"generations": [{"seed": 1, "steps": 2}]}).encode())
    save("texts", "invokeai", b"\2" + json.dumps(
        {"positive_prompt": "x", "seed": 5, "model": {"name": "m", "hash": "h"}}).encode())
    save("texts", "comment", "\3\u202egnp\u2066 \x1b[31m\u2028".encode())


if __name__ == "__main__":
    pngs()
    jpegs()
    models()
    lines()
