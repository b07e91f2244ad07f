#!/usr/bin/env python3
"""Time a network with PyTorch and with Tessera in one run, and print the ratios.

usage: peers.py MODEL_FOLDER [--size N] [--workers N] [--rounds N] [--edits 0.012,0.05,...]

Rounds alternate between the two, so that a machine whose speed drifts slows both. Medians over the
rounds are printed. Development only: needs torch 2.15 and diffusers 0.42 (`pip install torch
diffusers`) and a release build of Tessera. MODEL_FOLDER holds config.json and the weights, or unet/
with them.
"""
import argparse
import json
import os
import statistics
import subprocess
import time

import torch
from diffusers import UNet2DModel


def cpu():
    for line in open("/proc/cpuinfo"):
        if line.startswith("model name"):
            return line.split(":", 1)[1].strip()
    return "unknown"


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("model")
    parser.add_argument("--size", type=int, default=256)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--edits", default="0.012,0.05,0.094,0.15,0.3")
    options = parser.parse_args()
    root = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
    folder = os.path.join(options.model, "unet")
    folder = folder if os.path.isdir(folder) else options.model
    torch.set_num_threads(options.workers)
    network = UNet2DModel.from_pretrained(folder, torch_dtype=torch.float32).eval()
    sample = torch.randn(1, network.config.in_channels, options.size, options.size)
    command = [
        os.path.join(root, ".build/release/tessera"), "bench", "network", "--model", options.model,
        "--size", str(options.size), "--workers", str(options.workers), "--edits", options.edits,
        "--runs", "2", "--json",
    ]

    def torch_seconds(layout):
        moved, x = network.to(memory_format=layout), sample.to(memory_format=layout)
        with torch.inference_mode():
            moved(x, 300)
            start = time.perf_counter()
            moved(x, 300)
            return time.perf_counter() - start

    times = {"PyTorch channels-last": [], "PyTorch": []}
    reports = []
    for _ in range(options.rounds):
        times["PyTorch channels-last"].append(torch_seconds(torch.channels_last))
        reports.append(json.loads(subprocess.run(command, check=True, capture_output=True).stdout))
        times["PyTorch"].append(torch_seconds(torch.contiguous_format))
    yardstick = statistics.median(times["PyTorch channels-last"])
    print(f"{cpu()}, {options.workers} workers, {options.size}x{options.size}, "
          f"PyTorch {torch.__version__}, {options.rounds} rounds")
    rows = [(name, statistics.median(values), None) for name, values in times.items()]
    rows.append(("Tessera dense", statistics.median(r["dense_seconds"] for r in reports),
                 reports[0]["macs_dense"]))
    for index, edit in enumerate(reports[0]["edits"]):
        seconds = statistics.median(r["edits"][index]["sparse_seconds"] for r in reports)
        rows.append((f"Tessera {100 * edit['fraction']:.1f} % edit", seconds, edit["macs_executed"]))
    for name, seconds, macs in rows:
        work = f"{macs / 1e9:8.2f} GMACs" if macs else ""
        print(f"{name:24} {seconds:8.3f} s  {seconds / yardstick:6.3f} of channels-last  {work}")


main()
