"""Commands that a user is given to paste."""

import pytest

from fwstart.advice.questions import Framework
from fwstart.report.suggested_commands import TORCH_BUILDS, update_command, without_uv


@pytest.mark.parametrize(
    ("path", "to", "command"),
    [
        (".", None, "fwstart update --deploy edge --yes"),
        ("my demo", "0.2.0", "fwstart update 'my demo' --to 0.2.0 --deploy edge --yes"),
        ("-demo", None, "fwstart update --deploy edge --yes -- -demo"),
    ],
)
def test_update_command(path: str, to: str | None, command: str) -> None:
    """It has what was given and no more, quoted; a path that looks like a flag stands behind all flags."""
    assert command == update_command(path, to, ["edge"], "--yes")


@pytest.mark.parametrize(
    ("framework", "accelerator", "build"),
    [
        ("pytorch", "cpu", [f"pip install torch torchvision --index-url {TORCH_BUILDS['cpu']}"]),
        ("pytorch", "gpu", [f"pip install torch torchvision --index-url {TORCH_BUILDS['gpu']}"]),
        ("keras", "gpu", []),
    ],
)
def test_without_uv_on_windows(framework: Framework, accelerator: str, build: list[str]) -> None:
    """There, no line is for bash alone; for a GPU, PyTorch does not come from PyPI, without CUDA."""
    assert [
        "python -m venv .venv",
        r".venv\Scripts\activate",
        *build,
        "pip install -e .",
        "demo train",
    ] == without_uv("demo", framework, accelerator, "hub", windows=True)
