"""The commands that a user is given to paste, each one exact and quoted for a shell."""

import os
from collections.abc import Container, Iterable, Mapping, Sequence

from fwstart.advice.knowledge import load_knowledge
from fwstart.advice.questions import Framework
from fwstart.advice.rule import Advice, Answers
from fwstart.settings.settings import NOWHERE
from fwstart.terminal.spelling import WINDOWS, typed

TORCH_BUILDS = {  # as in a project's pyproject.toml
    "cpu": "https://download.pytorch.org/whl/cpu",
    "gpu": "https://download.pytorch.org/whl/cu130",
}
# In cmd.exe and in PowerShell, of which older ones have no &&.
ENVIRONMENT_ON_WINDOWS = ("python -m venv .venv", r".venv\Scripts\activate")


def decision_flags(advice: Advice, overruling: Container[str] = ()) -> list[str]:
    """Return the flags that give this advice again: the answers that count, and a fixed framework.

    `overruling` are questions whose neutral answer must be stated, to override an environment variable.
    """
    flags = answer_flags(advice.answers, overruling)
    if advice.verdict.decided_by == "fixed" and advice.verdict.framework:
        flags += ["--framework", advice.verdict.framework]
    return flags


def answer_flags(answers: Answers, overruling: Container[str] = ()) -> list[str]:
    """Return the flags for the answers that are not neutral or overrule something."""
    return [
        word
        for question in load_knowledge().questions
        if (chosen := answers.get(question.id, question.neutral)) != question.neutral
        or question.id in overruling
        for option_id in chosen or (NOWHERE,)
        for word in (f"--{question.id}", option_id)
    ]


def advise_command(advice: Advice, *switches: str) -> str:
    """Return the command that shows this advice again."""
    return typed("fwstart", "advise", *decision_flags(advice), "--yes", *switches)


def new_command(
    path: str, decision: Sequence[str], project: Mapping[str, str], switches: Sequence[str]
) -> str:
    """Return the command that creates the same project again, without a question."""
    fields = [word for key, value in project.items() for word in (f"--{key}", value)]
    return _with_path("new", path, [*decision, *fields, *switches, "--yes"])


def update_command(path: str, to: str | None, deploy: Iterable[str], *switches: str) -> str:
    """Return the command that updates a project: to a release, if one is given, and with these targets."""
    flags = [*(["--to", to] if to else []), *(word for target in deploy for word in ("--deploy", target))]
    if path == os.curdir:  # where PATH is none
        return typed("fwstart", "update", *flags, *switches)
    return _with_path("update", path, [*flags, *switches])


def _with_path(command: str, path: str, flags: Sequence[str]) -> str:
    # A path that begins with a dash would be read as a flag.
    words = [*flags, "--", path] if path.startswith("-") else [path, *flags]
    return typed("fwstart", command, *words)


def next_steps(path: str, package: str) -> list[str]:
    """Return the commands from the new project to a trained, evaluated and served model, in order."""
    verbs = ("train", "evaluate", "serve --open")
    steps = ["uv sync", *(f"uv run {package} {verb}" for verb in verbs)]
    if os.path.realpath(path) == os.path.realpath(os.curdir):
        return steps
    return [typed("cd", *(["--"] if path.startswith("-") else []), path), *steps]


def without_uv(
    package: str, framework: Framework, accelerator: str, backbones: str, *, windows: bool = WINDOWS
) -> list[str]:
    """Return the commands for the same steps without uv.

    pip takes PyTorch from PyPI, where the builds for Linux bring gigabytes of CUDA, and those for Windows
    none. Where another build was asked for, it is installed first, together with what must match it.
    """
    packages = ["torch", *(["torchvision"] if backbones != "none" else [])]
    build = f"pip install {' '.join(packages)} --index-url {TORCH_BUILDS[accelerator]}"
    is_needed = framework == "pytorch" and (accelerator == "cpu" or windows)
    return [
        *(ENVIRONMENT_ON_WINDOWS if windows else ["python3 -m venv .venv && . .venv/bin/activate"]),
        *([build] if is_needed else []),
        "pip install -e .",
        f"{package} train",
    ]
