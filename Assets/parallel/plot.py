#!/usr/bin/env python3
"""Plot quality against critical path from what `tessera bench parallel --json` prints.

usage: plot.py OUT.png BENCH.json...      (development only; matplotlib 3)
"""
import json
import sys

import matplotlib

matplotlib.use("Agg")
import matplotlib.pyplot as plt

SAME = 95  # where results with serial's bytes are drawn, in dB
MARKS = {"patch": "s", "displaced": "o", "partial": "v", "async": "^", "parareal": "D", "chords": "P"}


def draw(axes, report):
    steps = report["serial"][0]["steps"]
    for scheme, mark in MARKS.items():
        runs = [run for run in report["runs"] if run["scheme"] == scheme and run["workers"] > 1]
        runs.sort(key=lambda run: run["workers"])
        x = [run["critical_path_evaluations"] / steps for run in runs]
        y = [min(run.get("psnr") or SAME, SAME) for run in runs]
        axes.plot(x, y, mark + "-", label=scheme, linewidth=0.8, markersize=6)
        for run, at, quality in zip(runs, x, y):
            axes.annotate(run["workers"], (at, quality), textcoords="offset points", xytext=(5, 4), fontsize=7)
    axes.axhline(SAME, color="grey", linewidth=0.5, linestyle=":")
    axes.set_title(f"{report['model']}, {report['serial'][0]['size']} pixels, {steps} steps", fontsize=9)
    axes.set_xlabel("critical path, as a part of serial's evaluations")
    axes.set_xlim(0, 1.05)
    axes.grid(alpha=0.3)


def main(output, *paths):
    reports = [json.load(open(path)) for path in paths]
    figure, axes = plt.subplots(1, len(reports), figsize=(5.2 * len(reports), 4.4), sharey=True)
    axes = axes if len(reports) > 1 else [axes]
    for place, report in zip(axes, reports):
        draw(place, report)
    axes[0].set_ylabel(f"PSNR against serial, dB ({SAME}: same bytes)")
    axes[-1].legend(fontsize=8)
    figure.tight_layout()
    figure.savefig(output, dpi=110)


if __name__ == "__main__":
    main(*sys.argv[1:])
