"""Finds out what this machine has: programs run in parallel, with a time limit, and none can do harm."""

from __future__ import annotations

import os
import platform
import re
import shutil
import time
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

from fwstart.doctor.diagnosis import Found, Machine
from fwstart.doctor.inquiry import Inquiry
from fwstart.doctor.requirements import INSTALLERS
from fwstart.terminal.signals import deferred, undisturbed

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from fwstart.doctor.requirements import Tool

NVIDIA_DRIVER = Path("/proc/driver/nvidia/version")
SYSTEMD = Path("/run/systemd/system")  # exists where systemd runs: sd_booted(3)

SYSTEM_NAMES = {"Linux": "linux", "Darwin": "macos", "Windows": "windows"}
PROCESSORS = {"amd64": "x86_64", "aarch64": "arm64"}  # what else the same processors are called
INSTALLER_PROGRAMS = dict(zip(INSTALLERS, ("apt-get", "brew", "winget"), strict=True))

TELLING = re.compile(r"error|cannot|fail|unable|denied|not ", re.IGNORECASE)
DENIED = re.compile(r"permission denied", re.IGNORECASE)
WORDS_SHOWN = 100
GIGABYTE = 1e9


def detect_accelerator() -> str:
    """Return gpu on a machine with an NVIDIA driver, otherwise cpu."""
    return "gpu" if NVIDIA_DRIVER.exists() or shutil.which("nvidia-smi") else "cpu"


@contextmanager
def probing(tools: Iterable[Tool], folder: Path, *, seconds: float) -> Iterator[Callable[[], Machine]]:
    """Start asking for these tools; the returned function waits for the answers.

    Nothing waits longer than `seconds` after the start. What still runs at the end of the block is stopped,
    even if a signal ends it, and so is what the programs left behind.
    `folder` is where a project would go; it need not exist.
    """
    deadline = time.monotonic() + seconds
    runs: list[_Run] = []
    try:
        with deferred():  # a program that nobody knows of yet could not be ended
            for tool in tools:
                runs += [_Run(tool, command) for command in tool.commands]
        yield lambda: _machine(runs, folder, deadline, seconds)
    finally:
        with undisturbed():
            for run in runs:
                run.stop()


def facts(folder: Path) -> Machine:
    """Return what is known about this machine without running a program."""
    return _machine([], folder, deadline=0.0, seconds=0.0)


class _Run:
    """One running command of a tool."""

    def __init__(self, tool: Tool, command: tuple[str, ...]) -> None:
        self.tool = tool
        self.shown = f"`{' '.join(command[:2])}`"
        self.inquiry: Inquiry | None = None
        self.refused = ""
        program = _find(command[0], tool.home)
        if program is None:
            return
        try:
            self.inquiry = Inquiry([program, *command[1:]])
        except (OSError, ValueError) as error:
            self.refused = str(getattr(error, "strerror", None) or error)

    def found(self, deadline: float, seconds: float) -> Found:
        """Return what it says; waits until the deadline at the latest."""
        if self.refused:
            return Found(problem="cannot be run", detail=self.refused)
        if self.inquiry is None:
            return Found()
        answer = self.inquiry.answer(deadline)
        if answer is None:
            problem = f"does not answer within {seconds:.0f} seconds"
            return Found(problem=problem, detail=self.shown, unsure=True)
        if answer.code:
            said = _telling_line(answer.text)
            words = f"says: {said}" if said else f"fails with code {answer.code}"
            denied = DENIED.search(answer.text) is not None
            return Found(problem="does not work", detail=f"{self.shown} {words}", denied=denied)
        if match := re.search(self.tool.version, answer.text, re.MULTILINE):
            more = match.groupdict().get("detail") or ""
            return Found(versions=(match[1].rstrip("."),), detail=_printable(more))
        return Found(problem="does not say its version", detail=self.shown)

    def stop(self) -> None:
        """End what still runs of it."""
        if self.inquiry is not None:
            self.inquiry.stop()


def _find(program: str, home: str) -> str | None:
    """Return where a program is: in the folder that its variable names, if set, otherwise on PATH."""
    folder = os.environ.get(home) if home else None
    return shutil.which(program, path=str(Path(folder, "bin")) if folder else None)


def _machine(runs: list[_Run], folder: Path, deadline: float, seconds: float) -> Machine:
    answers: dict[str, list[Found]] = {name: [found] for name, found in _own_facts().items()}
    for run in runs:
        answers.setdefault(run.tool.id, []).append(run.found(deadline, seconds))
    if "nvidia" in answers:
        answers["nvidia"].append(_loaded_driver())
    return Machine(
        platform=platform_name(),
        systems=systems(),
        root=hasattr(os, "geteuid") and os.geteuid() == 0,
        found={name: _together(of_one) for name, of_one in answers.items()},
        folder=str(_existing(folder)),
        free_gigabytes=_free(folder),
    )


def _together(answers: list[Found]) -> Found:
    """Return what several commands say about one tool: all versions, otherwise the first problem."""
    versions = tuple(dict.fromkeys(version for answer in answers for version in answer.versions))
    detail = next((answer.detail for answer in answers if answer.versions and answer.detail), "")
    if versions:
        return Found(versions=versions, detail=detail)
    return next((answer for answer in answers if answer.problem), Found())


def _own_facts() -> dict[str, Found]:
    """Return what Python itself knows: its own version, and that of the system where it has one."""
    found = {"python": Found(versions=(platform.python_version(),))}
    if platform.system() == "Linux":
        name, version = platform.libc_ver()
        found["glibc"] = Found(versions=(version,)) if name == "glibc" else Found()
    if platform.system() == "Darwin":
        found["macos"] = Found(versions=(platform.mac_ver()[0],))
    return found


def _loaded_driver() -> Found:
    """Return the driver that the kernel has loaded, as in a container without `nvidia-smi`."""
    with suppress(OSError):
        match = re.search(r"Module +(\d[\d.]*)", NVIDIA_DRIVER.read_text(encoding="utf-8", errors="replace"))
        return Found(versions=(match[1],)) if match else Found()
    return Found()


def platform_name() -> str:
    """Return the system and the processor, such as linux-x86_64."""
    system = SYSTEM_NAMES.get(platform.system(), platform.system().lower() or "unknown")
    processor = platform.machine().lower()
    return f"{system}-{PROCESSORS.get(processor, processor)}"


def systems() -> tuple[str, ...]:
    """Return what this system is called in requirements.toml, the most exact name first."""
    names = []
    with suppress(OSError, AttributeError):
        release = platform.freedesktop_os_release()
        names = [f"{release['ID']}-{release.get('VERSION_ID', '')}", release["ID"]]
    # Homebrew runs on Linux, too, but has no casks there, and Podman needs no machine.
    foreign = {"brew"} if platform.system() != "Darwin" else set()
    names += [
        name for name, program in INSTALLER_PROGRAMS.items() if name not in foreign and shutil.which(program)
    ]
    if SYSTEMD.exists():
        names.append("systemd")
    return (*names, SYSTEM_NAMES.get(platform.system(), "unknown"))


def _existing(folder: Path) -> Path:
    """Return the folder or the nearest one above it that exists; as it is, where the current one has gone."""
    try:
        absolute = Path(os.path.abspath(folder))  # noqa: PTH100  (links stay as the user wrote them)
    except FileNotFoundError:
        return folder
    return next((one for one in (absolute, *absolute.parents) if one.is_dir()), absolute)


def _free(folder: Path) -> float | None:
    with suppress(OSError):
        return shutil.disk_usage(_existing(folder)).free / GIGABYTE
    return None


def _telling_line(text: str) -> str:
    """Return the line in which a program says what is wrong, short enough to show."""
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    telling = [line for line in lines if TELLING.search(line)]
    line = _printable((telling or lines or [""])[0])
    return line if len(line) <= WORDS_SHOWN else f"{line[:WORDS_SHOWN]}..."


def _printable(text: str) -> str:
    return "".join(character for character in text if character.isprintable())
