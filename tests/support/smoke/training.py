"""Trainings that are stopped while they run, and what tells that two of them learned the same."""

from __future__ import annotations

import json
import subprocess
import time
from pathlib import Path

from support.smoke.project import Project, quoted

HERE = Path(__file__).parent


def options(settings: dict[str, str]) -> list[str]:
    """Return settings as options of the command line."""
    return [word for key, value in settings.items() for word in ("--set", f"{key}={value}")]


def training(generated: Project, *arguments: str) -> subprocess.Popen[str]:
    """Return a running `train`."""
    return subprocess.Popen(
        [generated.path / ".venv" / "bin" / generated.package, "train", *arguments],
        cwd=generated.path,
        env=generated.environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def checkpoint(run: Path) -> Path | None:
    """Return the run's last state, None while there is none."""
    return next(iter((run / "checkpoints").glob("last.*")), None)


def wait_for_checkpoint(process: subprocess.Popen[str], runs: Path) -> Path:
    """Return the folder of the only run in `runs` as soon as it has saved a state."""
    for _ in range(600):
        for run in runs.glob("*"):
            if checkpoint(run):
                return run
        assert process.poll() is None, process.communicate()
        time.sleep(0.1)
    raise AssertionError("no checkpoint after a minute")


def digests(generated: Project, *runs: Path) -> list[str]:
    """Return a digest of the bits of each run's last weights."""
    script = (".venv/bin/python", HERE / "weights.py", generated.package)
    return generated.run(quoted(*script, *runs)).splitlines()


def figures(run: Path) -> list[dict[str, float]]:
    """Return what each epoch has measured, but for its time."""
    lines = (run / "metrics.jsonl").read_text().splitlines()
    return [
        {name: value for name, value in json.loads(line).items() if "second" not in name} for line in lines
    ]
