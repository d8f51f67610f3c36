"""Print how quickly several processes train one model, compared with a bare script on the same engine.

Run with the project's own Python in the project's folder; the package's name is the argument:
    uv run python <this file> myproject
The bare script is `bare_processes.py`: the same network, the same batches shared by the same engine. Both
take turns, so that what else the machine does hits both; what counts is the ratio. The time to continue is
from SIGKILL of one of two processes to the first step after it. Processes of one machine share its cores.

Everything runs on the processor. `--write` puts the figures into sections of fwstart's docs/benchmarks.md.
"""

import argparse
import importlib.util
import json
import os
import re
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from statistics import median

import report
from bare_processes import WARM_UP, bare_rate

ROUNDS, LONGEST = 3, 300.0
SETTINGS = ["train.device='cpu'", "model.size='small'", "train.batch_size=128", "train.epochs=8"]
AIM = 0.95
NAMES = {"torch": "PyTorch", "keras": "Keras"}


def main(package: str, *, write: bool) -> None:
    """Measure one process and two, and how long two take to continue; print the figures."""
    framework = "torch" if importlib.util.find_spec("torch") else "keras"
    figures = {str(processes): compared(framework, package, processes) for processes in (1, 2)}
    seconds = median(seconds_to_continue(package) for _ in range(ROUNDS))
    section = text(framework, figures, seconds)
    print(section)
    print(json.dumps({"framework": framework, "processes": figures, "seconds_to_continue": seconds}))
    if write:
        report.write_section(f"scaling-{framework}", section)


def compared(framework: str, package: str, processes: int) -> dict[str, float]:
    """Return the samples per second of the project and of the bare script, and the median of their ratios."""
    pairs = [
        (own_rate(package, processes), bare_rate(framework, package, SETTINGS, processes))
        for _ in range(ROUNDS)
    ]
    return {
        "ours": round(median(ours for ours, _ in pairs)),
        "bare": round(median(bare for _, bare in pairs)),
        "ratio": round(median(ours / bare for ours, bare in pairs), 3),
    }


def command(package: str, folder: str, *settings: str, processes: int = 2) -> list[str]:
    """Return the command that trains into a folder."""
    words = [sys.executable, "-m", package, "train"]
    if processes > 1:
        words += ["--processes", str(processes)]
    for setting in (*SETTINGS, f"runs_folder='{folder}'", *settings):
        words += ["--set", setting]
    return words


def own_rate(package: str, processes: int) -> float:
    """Return the samples per second of the project, the median of the epochs after the first ones."""
    with tempfile.TemporaryDirectory() as folder:
        words = command(package, folder, processes=processes)
        subprocess.run(words, check=True, stdout=subprocess.DEVNULL, timeout=LONGEST)
        (metrics,) = Path(folder).glob("*/metrics.jsonl")
        rates = [json.loads(line)["samples_per_second"] for line in metrics.read_text().splitlines()]
    return float(median(rates[WARM_UP:]))


def seconds_to_continue(package: str) -> float:
    """Return the seconds from SIGKILL of one of two processes to the next epoch's end, less that epoch."""
    with tempfile.TemporaryDirectory() as folder:
        words = command(package, folder, "train.epochs=1000", "train.early_stopping_patience=1000")
        with subprocess.Popen(words, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as launcher:
            try:
                _wait_for_epochs(folder, 3)
                os.kill(_rank_of(launcher.pid, 1), signal.SIGKILL)
                killed, done = time.monotonic(), len(_epochs(folder))
                _wait_for_epochs(folder, done + 1)
                return round(time.monotonic() - killed - _epochs(folder)[-1], 2)
            finally:
                launcher.send_signal(signal.SIGTERM)
                launcher.wait(timeout=60)


def _epochs(folder: str) -> list[float]:
    """Return the seconds that each epoch took so far."""
    found = list(Path(folder).glob("*/metrics.jsonl"))
    return [json.loads(line)["seconds"] for line in found[0].read_text().splitlines()] if found else []


def _wait_for_epochs(folder: str, number: int) -> None:
    until = time.monotonic() + LONGEST
    while len(_epochs(folder)) < number:
        if time.monotonic() > until:
            raise TimeoutError(f"no epoch {number} within {LONGEST:g} s")
        time.sleep(0.01)


def _rank_of(launcher: int, rank: int) -> int:
    """Return the process of a rank, as Linux lists the launcher's children."""
    children = Path(f"/proc/{launcher}/task/{launcher}/children").read_text().split()
    for child in map(int, children):
        if re.search(rb"(^|\0)RANK=%d\0" % rank, Path(f"/proc/{child}/environ").read_bytes()):
            return child
    raise ProcessLookupError(f"no process of rank {rank} below {launcher}")


def text(framework: str, figures: dict[str, dict[str, float]], seconds: float) -> str:
    """Return the section of docs/benchmarks.md."""
    rows = [
        [number, f"{each['ours']:,}", f"{each['bare']:,}", str(each["ratio"])]
        for number, each in figures.items()
    ]
    engine = {"torch": "DistributedDataParallel", "keras": "MultiWorkerMirroredStrategy"}[framework]
    conditions = (
        f"`benchmarks/scaling.py demo` in a generated project: digits, network `small`, batches of 128;"
        f" {report.this_machine()}. The bare script uses {engine}."
        f" Medians of {ROUNDS} rounds, that of the ratio too. Aim: a ratio of {AIM}."
    )
    return "\n".join(
        [
            f"## Several processes, {NAMES[framework]}",
            "",
            report.paragraph(conditions),
            "",
            report.table(["processes", "project, samples/s", "bare script", "ratio"], rows),
            "",
            f"From SIGKILL of one of two processes to the next step: {seconds:g} s.",
        ]
    )


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("package")
    parser.add_argument("--write", action="store_true", help="write the section of docs/benchmarks.md")
    arguments = parser.parse_args()
    main(arguments.package, write=arguments.write)
