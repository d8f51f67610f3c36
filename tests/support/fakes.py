"""Programs that are not there: fakes on the PATH, which say that they are fakes."""

from collections.abc import Callable
from pathlib import Path

import pytest

from fwstart.doctor import probes

Fake = Callable[[str, str], Path]


@pytest.fixture(autouse=True)
def fake(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Fake:
    """Return a function that puts a fake on a PATH on which there is nothing else."""
    folder = tmp_path / "bin"
    folder.mkdir()
    monkeypatch.setenv("PATH", str(folder))
    monkeypatch.delenv("JAVA_HOME", raising=False)
    monkeypatch.setattr(probes, "NVIDIA_DRIVER", tmp_path / "no-driver")

    def make(name: str, script: str) -> Path:
        program = folder / name
        program.write_text(f"#!/bin/sh\n# A fake for tests.\n{script}\n", encoding="utf-8")
        program.chmod(0o755)
        return program

    return make
