#!/usr/bin/env python3
"""Time networks and attention with PyTorch, OpenVINO and Tessera in one run, and print the ratios.

usage: peers.py MODEL_FOLDER[:SIZE] ... [--workers N] [--rounds N] [--edits 0.012,0.05,...]
                [--attention 1024,4096,16384]

For example `peers.py ddpm256:256 Assets/models/paint-base:512`. Rounds alternate between the
engines, so that a machine whose speed drifts slows all of them; medians over the rounds are printed.
bfloat16 is measured where the CPU computes with it. Development only: needs torch 2.15, diffusers
0.42 and openvino 2026.4 (`pip install torch diffusers openvino` in an environment of their own) and
a release build of Tessera. A model folder holds config.json and the weights, or unet/ with them.
"""
import argparse
import json
import os
import statistics
import subprocess
import time

import openvino
import torch
from diffusers import UNet2DModel

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
TESSERA = os.path.join(ROOT, ".build/release/tessera")


def cpu():
    """The CPU's name, and whether it multiplies bfloat16."""
    name, flags = "unknown", ""
    for line in open("/proc/cpuinfo"):
        key, _, value = line.partition(":")
        if key.strip() == "model name":
            name = value.strip()
        if key.strip() == "flags":
            flags = value.split()
    return name, "avx512_bf16" in flags or "amx_bf16" in flags


def timed(call):
    """Seconds of a call, the second of two in a row."""
    call()
    start = time.perf_counter()
    call()
    return time.perf_counter() - start


def tessera(*arguments):
    done = subprocess.run([TESSERA, *map(str, arguments)], check=True, capture_output=True)
    return json.loads(done.stdout)


def torch_call(network, sample, layout, half=False):
    def call():
        # The layout is set before each call, since both share the weights; it costs nothing then.
        with torch.inference_mode(), torch.autocast("cpu", dtype=torch.bfloat16, enabled=half):
            network(sample.to(memory_format=layout), 300)

    def run():
        network.to(memory_format=layout)
        return timed(call)

    return run


def openvino_call(network, sample, workers, precision):
    steps = torch.tensor([300.0])
    converted = openvino.convert_model(
        network, example_input=(sample, steps), input=[tuple(sample.shape), (1,)])
    compiled = openvino.Core().compile_model(converted, "CPU", {
        "INFERENCE_NUM_THREADS": workers, "INFERENCE_PRECISION_HINT": precision,
        "PERFORMANCE_HINT": "LATENCY"})
    request = compiled.create_infer_request()
    inputs = [sample.numpy(), steps.numpy()]
    return lambda: timed(lambda: request.infer(inputs))


def rounds(count, calls):
    """Medians of what each call returns, taken in turns."""
    values = {name: [] for name in calls}
    for _ in range(count):
        for name, call in calls.items():
            values[name].append(call())
    return values


def table(title, rows, yardsticks):
    print(f"\n{title}\n")
    heads = "".join(f" of {name} |" for name, _ in yardsticks)
    print(f"| | median |{heads}")
    print("| --- | --- |" + " --- |" * len(yardsticks))
    for name, seconds in rows:
        ratios = "".join(f" {seconds / value:.3f} |" for _, value in yardsticks)
        print(f"| {name} | {seconds:.4f} s |{ratios}")


def compare_network(model, size, options, has_bfloat16):
    folder = os.path.join(model, "unet")
    folder = folder if os.path.isdir(folder) else model
    network = UNet2DModel.from_pretrained(folder, torch_dtype=torch.float32).eval()
    sample = torch.randn(1, network.config.in_channels, size, size)
    last = torch.channels_last
    calls = {
        "PyTorch, channels-last": torch_call(network, sample, last),
        "OpenVINO, f32": openvino_call(network, sample, options.workers, "f32"),
        "Tessera": lambda: tessera(
            "bench", "network", "--model", folder, "--size", size, "--workers", options.workers,
            "--edits", options.edits, "--runs", 3, "--json"),
        "PyTorch, default layout": torch_call(network, sample, torch.contiguous_format),
    }
    if has_bfloat16:
        calls["OpenVINO, bf16"] = openvino_call(network, sample, options.workers, "bf16")
        calls["PyTorch, channels-last, bf16"] = torch_call(network, sample, last, half=True)
    values = rounds(options.rounds, calls)
    reports = values.pop("Tessera")
    rows = [(name, statistics.median(times)) for name, times in values.items()]
    known = dict(rows)
    rows.append(("Tessera, dense", statistics.median(r["dense_seconds"] for r in reports)))
    for index, edit in enumerate(reports[0]["edits"]):
        seconds = statistics.median(r["edits"][index]["sparse_seconds"] for r in reports)
        rows.append((f"Tessera, {100 * edit['fraction']:.1f} % edit", seconds))
    yardsticks = [(name, known[name]) for name in (
        "PyTorch, channels-last", "OpenVINO, f32", "OpenVINO, bf16") if name in known]
    table(f"{os.path.basename(os.path.normpath(model))} at {size}x{size}, "
          f"{reports[0]['macs_dense'] / 1e9:.1f} GMACs", rows, yardsticks)


def compare_attention(options):
    """Self-attention of one head of 64 channels."""
    rows = []
    for tokens in map(int, options.attention.split(",")):
        q, k, v = (torch.randn(1, 1, tokens, 64) for _ in range(3))

        def call():
            with torch.inference_mode():
                torch.nn.functional.scaled_dot_product_attention(q, k, v)

        values = rounds(options.rounds, {
            "PyTorch": lambda: timed(call),
            "Tessera": lambda: tessera(
                "bench", "attention", "--tokens", tokens, "--channels", 64, "--workers",
                options.workers, "--runs", 3, "--json")["attentions"][0]["seconds"],
        })
        rows.append((tokens, *(statistics.median(values[n]) for n in ("PyTorch", "Tessera"))))
    print("\nself-attention, one head of 64 channels\n")
    print("| tokens | PyTorch's scaled_dot_product_attention | Tessera | ratio |")
    print("| --- | --- | --- | --- |")
    for tokens, theirs, ours in rows:
        print(f"| {tokens} | {1000 * theirs:.2f} ms | {1000 * ours:.2f} ms | {ours / theirs:.2f} |")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("models", nargs="*")
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--edits", default="0.012,0.05,0.094,0.15,0.3")
    parser.add_argument("--attention", default="1024,4096,16384")
    options = parser.parse_args()
    torch.set_num_threads(options.workers)
    name, has_bfloat16 = cpu()
    print(f"{name}, {options.workers} workers, PyTorch {torch.__version__}, "
          f"OpenVINO {openvino.__version__.split('-')[0]}, {options.rounds} rounds")
    for model in options.models:
        path, _, size = model.partition(":")
        compare_network(path, int(size or 256), options, has_bfloat16)
    if options.attention:
        compare_attention(options)


main()
