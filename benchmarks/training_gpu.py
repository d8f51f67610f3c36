"""Print how quickly a PyTorch project trains on a CUDA GPU, rung by rung, next to what the card can reach.

Run with a Python that has PyTorch; the argument is the folder of a project, which need not be installed:
    python <this file> myproject --write
A rung is one way to train the same network with the same batch: a bare loop as it is, with channels_last,
with torch.compile, and with both; the project on the same images, then on photos, with and without
augmentation. Its figures are printed when it is done. All of it takes four minutes at most: a rung for which
`--seconds` leaves no time is left out and named, as is one that needs a package that is not there. PyTorch,
pydantic, filelock, tqdm, scikit-learn, Pillow and matplotlib are needed by all, kornia and kornia_rs by those
with augmentation, and torchvision by one. Nothing is downloaded. Where there is no network, bring wheels:
    python -m pip install --no-index --no-deps wheels/*.whl && python <this file> myproject --write

Without a GPU, or with `--tiny`, every rung is trained at a size that shows only that it works.

The arithmetic of a sample is counted by torch.utils.flop_counter (convolutions and matrix products). What the
card can reach is measured on it as well, in a product of two large bf16 matrices: data sheets promise more.
"""

import argparse
import gc
import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from types import FrameType
from typing import Any

import report

SECONDS = 240
LEAST = 15  # seconds that a rung may take: it is not begun with less
WARM_UP = 2  # epochs that do not count: the first one compiles
TITLE = "## Training with PyTorch on a GPU"
FIRST_STEP, LATEST_STEP = "from command to first step, compiled", 25
RATIOS = (
    ("project / bare loop, both", ("project", "bare loop, both"), 0.95),
    ("photos in memory, preset / none", ("photos in memory, preset", "photos in memory"), 0.85),
)
KERAS = """Keras on a GPU is unmeasured: no TensorFlow for GPUs could be brought to such a machine. There, the
    twin computes in mixed_bfloat16 and by XLA, as it is documented; both were only run on a processor."""
# What is typed, up to the end of the first step; the process is left as it is then.
STEP_AND_END = """
import importlib, os, sys
package, *arguments = sys.argv[1:]
trainer = importlib.import_module(f"{package}.training.loop").Trainer
step = trainer._step

def step_and_end(self):
    step(self)
    print(float(self.losses[0]), "is the first loss", flush=True)
    os._exit(0)

trainer._step = step_and_end
sys.exit(importlib.import_module(f"{package}.__main__").main(arguments) or 1)
"""


@dataclass(frozen=True, kw_only=True)
class Result:
    """What a rung reached: samples a second, and on a GPU megabytes of its memory; or why it did not."""

    rate: float = 0.0
    first: float = 0.0  # seconds of the first epoch, or to the first step
    megabytes: float = 0.0
    left_out: str = ""


Results = dict[str, Result]


class OutOfTime(Exception):  # noqa: N818 - not an error: what is left is left out
    """The time is over."""


class Ladder:
    """The results so far, and the time that is left."""

    def __init__(self, seconds: float) -> None:
        self.started, self.end = time.perf_counter(), time.perf_counter() + seconds
        self.results: Results = {}

    def attempt(self, name: str, rung: Callable[[], Result]) -> None:
        """Note and print the result of a rung; whatever stops one, the next one is tried."""
        left = self.end - time.perf_counter()
        result = attempted(rung, left) if left >= LEAST else Result(left_out="no time was left")
        self.results[name] = result
        print(f"{time.perf_counter() - self.started:4.0f} s  {name}: {in_words(result)}", flush=True)


def attempted(rung: Callable[[], Result], seconds: float) -> Result:
    """Return what a rung reached within so many seconds, or what stopped it."""
    previous = signal.signal(signal.SIGALRM, out_of_time)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        return rung()
    except ImportError as error:
        return Result(left_out=f"{error.name} is not installed")
    except OutOfTime:
        return Result(left_out="stopped: the time was over")
    except Exception as error:
        reason = (str(error) or type(error).__name__).splitlines()[0]
        return Result(left_out=f"failed: {reason}")
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, previous)


def out_of_time(_number: int, _frame: FrameType | None) -> None:
    """Stop what is being done."""
    raise OutOfTime


def in_words(result: Result) -> str:
    """Return a result as it is printed."""
    if result.left_out:
        return result.left_out
    if not result.rate:
        return f"{result.first:.1f} s"
    memory = f", {result.megabytes:,.0f} MB" if result.megabytes else ""
    return f"{result.rate:,.0f} samples/s, first epoch {result.first:.1f} s{memory}"


def main(project: Path, *, tiny: bool, write: bool, seconds: float) -> None:
    """Climb the ladder, print every rung, and what became of the aims."""
    ladder, project = Ladder(seconds), project.resolve()
    (package,) = (path.parent.name for path in (project / "src").glob("*/__main__.py"))
    sys.path.insert(0, str(project / "src"))
    import torch
    from gpu_rungs import FULL, TINY, Rungs, peak_flops
    from training_photos import write_photos

    on_gpu = torch.cuda.is_available()
    size = FULL if on_gpu and not tiny else TINY
    card = torch.cuda.get_device_name() if on_gpu else "no CUDA device"
    where = f"{time.strftime('%Y-%m-%d')}, {report.this_machine()}, torch {torch.__version__}, {card}"
    print(f"{where}: {size}", flush=True)
    with tempfile.TemporaryDirectory() as folder:
        rungs = Rungs(package, size, Path(folder) / "photos")
        write_photos(rungs.photos, size.num_photos)
        ladder.attempt(FIRST_STEP, lambda: first_step(project, package, rungs, folder))
        share = rungs.flops_per_sample() / peak_flops(rungs.device, side=8192 if on_gpu else 256)
        for name, build in rungs.all().items():
            ladder.attempt(name, lambda build=build: measured(build, size.epochs))  # type: ignore[misc]
    section = text(where, ladder.results, share) if size is FULL else untried(where, ladder.results)
    print(f"\n{section}\n\n{time.perf_counter() - ladder.started:.0f} s in all.")
    if write:
        report.write_section("training-gpu", section)


def first_step(project: Path, package: str, rungs: Any, folder: str) -> Result:
    """Return the seconds from the command to the end of the first step, with nothing compiled before."""
    from gpu_rungs import IN_MEMORY

    settings = {f"data.{name}": value for name, value in rungs.photo_settings(IN_MEMORY).items()} | {
        "model.size": rungs.size.network,
        "train.batch_size": rungs.size.batch_size,
        "train.compile": True,
        "runs_folder": folder,
    }
    flags = [word for name, value in settings.items() for word in ("--set", f"{name}={json.dumps(value)}")]
    variables = dict.fromkeys(("TORCHINDUCTOR_CACHE_DIR", "TRITON_CACHE_DIR"), f"{folder}/compiled")
    variables["PYTHONPATH"] = os.pathsep.join([str(project / "src"), os.environ.get("PYTHONPATH", "")])
    started = time.perf_counter()
    subprocess.run(
        [sys.executable, "-c", STEP_AND_END, package, "train", *flags],
        cwd=project,
        env=os.environ | variables,
        check=True,
        stdout=subprocess.DEVNULL,
    )
    return Result(first=time.perf_counter() - started)


def measured(build: Callable[[], Callable[[], float]], epochs: int) -> Result:
    """Return the median rate of a rung's epochs after the first ones, and the most memory that it took."""
    import torch

    gc.collect()  # what the rung before kept
    torch.compiler.reset()
    if on_gpu := torch.cuda.is_available():
        torch.cuda.empty_cache()
        torch.cuda.reset_peak_memory_stats()
    epoch = build()
    started = time.perf_counter()
    epoch()
    first = time.perf_counter() - started
    rates = [epoch() for _ in range(WARM_UP - 1 + epochs)][WARM_UP - 1 :]
    peak = torch.cuda.max_memory_allocated() / 1e6 if on_gpu else 0.0
    return Result(rate=median(rates), first=first, megabytes=peak)


def text(where: str, results: Results, share: float) -> str:
    """Return the section: the aims, then every rung; `share` is what one sample a second is of the peak."""
    method = (
        f"`python benchmarks/training_gpu.py`, {where}: bf16, the large network, 224x224 pixels, batch 256,"
        " median of 5 epochs of each rung after the other. The first epoch compiles; memory is that of the"
        " card, images included. The peak is the most that a product of two bf16 matrices reached on this"
        f" card. {KERAS}"
    )
    rows = [
        [name, f"{one.rate:,.0f}", f"{one.rate * share:.1%}", f"{one.first:.1f}", f"{one.megabytes:,.0f}"]
        for name, one in results.items()
        if one.rate
    ]
    header = ["rung", "samples/s", "of the peak", "first epoch, s", "memory, MB"]
    missing = [f"- {name}: {one.left_out}." for name, one in results.items() if one.left_out]
    parts = [TITLE, report.paragraph(method), aims(results), report.table(header, rows), "\n".join(missing)]
    return "\n\n".join(filter(None, parts))


def aims(results: Results) -> str:
    """Return the table of what was to be reached, next to what was."""
    rows = []
    for what, (rung, other), aim in RATIOS:
        rates = [results.get(name, Result()).rate for name in (rung, other)]
        found = rates[0] / rates[1] if all(rates) else None
        words = ["not measured", ""] if found is None else [f"{found:.2f}", verdict(found >= aim)]
        rows.append([what, words[0], f"{aim}", words[1]])
    seconds = results.get(FIRST_STEP, Result()).first
    words = [f"{seconds:.1f} s", verdict(seconds < LATEST_STEP)] if seconds else ["not measured", ""]
    rows.append(["from command to first step, compiled", words[0], f"under {LATEST_STEP} s", words[1]])
    return report.table(["on an H100, 224 px", "measured", "aim", ""], rows)


def verdict(is_met: bool) -> str:
    """Return whether an aim was met, in a word."""
    return "met" if is_met else "missed"


def untried(where: str, results: Results) -> str:
    """Return the section of a machine without a GPU: which rungs work at all."""
    worked = [name for name, one in results.items() if not one.left_out]
    words = (
        f"`python benchmarks/training_gpu.py`, {where}. **Not run: there was no GPU.** What is asked for is"
        f" in the table. On the processor, at a size that says nothing of speed, {len(worked)} of"
        f" {len(results)} rungs were trained: {'; '.join(worked)}. {KERAS}"
    )
    missing = [f"- {name}: {one.left_out}." for name, one in results.items() if one.left_out]
    return "\n\n".join(filter(None, [TITLE, report.paragraph(words), aims({}), "\n".join(missing)]))


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("project", type=Path, help="folder of a PyTorch project")
    parser.add_argument("--tiny", action="store_true", help="only show that every rung works")
    parser.add_argument("--seconds", type=float, default=SECONDS, help="that all of it may take")
    parser.add_argument("--write", action="store_true", help="write the section of docs/benchmarks.md")
    given = parser.parse_args()
    main(given.project, tiny=given.tiny, write=given.write, seconds=given.seconds)
