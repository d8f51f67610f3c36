"""Signals as in a terminal; what was measured and where the time went, printed before pytest's last line."""

from __future__ import annotations

import os
import signal
from collections import defaultdict
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from figures import figures

if TYPE_CHECKING:
    from collections.abc import Generator

# The fixtures of a small world with releases, of tests/update, of tests/smoke and of tests/deploy.
pytest_plugins = ["small_world", "machines", "projects", "deployed"]

# .ci/run writes its own stages there, a line each: seconds, then the stage's name.
STAGES = os.environ.get("CI_STAGES")


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> Generator[None]:
    """Print what was measured, the stages of .ci/run, and the minutes that each test file took."""
    yield
    if figures:
        terminalreporter.section("figures")
    for line in figures:
        terminalreporter.line(line)
    if STAGES is None:
        return
    seconds: defaultdict[str, float] = defaultdict(float)
    for line in Path(STAGES).read_text(encoding="utf-8").splitlines():
        elapsed, _, stage = line.partition(" ")
        seconds[stage] += int(elapsed)
    for reports in terminalreporter.stats.values():
        for report in reports:
            if isinstance(report, pytest.TestReport):
                seconds[stage_of(report.nodeid)] += report.duration
    terminalreporter.section("stages")
    for stage, duration in (*seconds.items(), ("all", sum(seconds.values()))):
        terminalreporter.line(f"{duration / 60:6.1f} min  {stage}")


def stage_of(nodeid: str) -> str:
    """Return the test file and, where its tests are run for both, the framework."""
    file = nodeid.partition("::")[0]
    framework = next((name for name in ("pytorch", "keras") if f"[{name}" in nodeid), "")
    return f"{file} {framework}".strip()


@pytest.fixture(autouse=True, scope="session")
def _signals_as_in_a_terminal() -> None:
    """Let children be hung up and interrupted even where the tests run under `nohup` or behind `&`."""
    for name in ("SIGHUP", "SIGINT"):
        number = getattr(signal, name, None)
        if number is not None and signal.getsignal(number) is signal.SIG_IGN:
            signal.signal(number, signal.default_int_handler if name == "SIGINT" else signal.SIG_DFL)
