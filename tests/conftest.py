"""Signals as in a terminal; which tests share a process; failures at once, figures and minutes at the end."""

from __future__ import annotations

import os
import signal
import time
from collections import defaultdict
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from support.figures import figures

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator

# The fixtures of a small world with releases, of tests/proof/update, and of projects that are really made.
pytest_plugins = [
    *("support.answer_space", "support.small_world", "support.browser"),
    *(
        "support.update.machines",
        "support.smoke.projects",
        "support.deploy.prepared",
        "support.deploy.deployed",
    ),
]

# What the tests start keeps its byte code, as for users: without, TensorFlow takes twice as long to import.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)

# .ci/run writes its own stages there, a line each: seconds, then the stage's name.
STAGES = os.environ.get("CI_STAGES")
STARTED = time.monotonic()
PROOF = Path(__file__).parent / "proof"
# Folders of tests/proof; the others come after them.
LONGEST = ("smoke", "pretrained", "update", "matrix", "deploy")
LONGEST_FIRST = {name: number for number, name in enumerate(LONGEST)}


@pytest.hookimpl(tryfirst=True)  # before pytest-xdist looks at the marks
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Let tests that share fixtures run in one process: those of a folder, or as they say themselves.

    The two longest groups begin together, then come the rows of the matrix, of which a process takes several
    at once as they are one test each; groups of short tests come last, so that the processes end together.
    The everyday tests share nothing but what a file makes for itself.
    """
    for item in items:
        if not item.get_closest_marker("xdist_group"):
            item.add_marker(pytest.mark.xdist_group(_group(item.path)))
    items.sort(key=lambda item: LONGEST_FIRST.get(_group(item.path), len(LONGEST_FIRST)))


def _group(file: Path) -> str:
    """Return the name of the group that a file's tests are in: of its folder in tests/proof, else its own."""
    return file.parent.name if PROOF in file.parents else file.stem


def pytest_collection_finish(session: pytest.Session) -> None:
    """Refuse to run groups apart, each process making the projects of all: slow, and wrong in the end."""
    if getattr(session.config.option, "loadgroup", False):
        assert all("@" in item.nodeid for item in session.items), "pytest-xdist#1386: install pytest<9.2"


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Give a report the figures that were told meanwhile, so that they reach the process that prints them."""
    report = yield
    report.user_properties += [("figure", line) for line in figures]
    figures.clear()
    return report


class FailuresAtOnce:
    """Print each failure when it happens, so that a run that is ended before its last test told them all."""

    def __init__(self, reporter: pytest.TerminalReporter) -> None:
        self.reporter = reporter

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Print a test's failure, or that of its set-up or of its end."""
        if report.failed:
            self.reporter.section(f"failed: {report.nodeid} ({report.when})")
            self.reporter.line(report.longreprtext)


@pytest.hookimpl(trylast=True)  # after pytest made its reporter
def pytest_configure(config: pytest.Config) -> None:
    """Print the failures of .ci/run at once."""
    reporter = config.pluginmanager.get_plugin("terminalreporter")
    if STAGES is not None and reporter is not None:
        config.pluginmanager.register(FailuresAtOnce(reporter))


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> Generator[None]:
    """Print what was measured, the stages of .ci/run, and the minutes that each test file took."""
    yield
    reports = [
        report
        for of_one_outcome in terminalreporter.stats.values()
        for report in of_one_outcome
        if isinstance(report, pytest.TestReport)
    ]
    told: defaultdict[str, list[str]] = defaultdict(list)
    for report in reports:
        told[_file(report)] += [str(line) for name, line in report.user_properties if name == "figure"]
    for file in sorted(file for file, lines in told.items() if lines):
        terminalreporter.section(f"figures of {file}")
        for line in told[file]:
            terminalreporter.line(line)
    if STAGES is not None:
        terminalreporter.section("minutes of work in pytest")
        for line in _table(_work(reports)):
            terminalreporter.line(line)
        terminalreporter.section("stages")
        for line in _table(_stages(Path(STAGES))):
            terminalreporter.line(line)


def _stages(file: Path) -> dict[str, float]:
    """Return the seconds of each stage of .ci/run, by the clock on the wall; pytest is the last one."""
    seconds: dict[str, float] = {}
    for line in file.read_text(encoding="utf-8").splitlines():
        elapsed, _, stage = line.partition(" ")
        seconds[stage] = int(elapsed)
    return seconds | {"pytest, the proof": time.monotonic() - STARTED}


def _work(reports: list[pytest.TestReport]) -> dict[str, float]:
    """Return the seconds of each test file, and of each framework where its tests are run for both."""
    seconds: defaultdict[str, float] = defaultdict(float)
    for report in reports:
        framework = next((name for name in ("pytorch", "keras") if f"[{name}" in report.nodeid), "")
        seconds[f"{_file(report)} {framework}".strip()] += report.duration
    return seconds


def _table(seconds: dict[str, float]) -> Iterator[str]:
    """Yield a line for each entry, and one for all of them."""
    for name, duration in (*seconds.items(), ("all", sum(seconds.values()))):
        yield f"{duration / 60:6.1f} min  {name}"


def _file(report: pytest.TestReport) -> str:
    return report.nodeid.partition("::")[0]


@pytest.fixture(autouse=True, scope="session")
def _signals_as_in_a_terminal() -> None:
    """Let children be hung up and interrupted even where the tests run under `nohup` or behind `&`."""
    for name in ("SIGHUP", "SIGINT"):
        number = getattr(signal, name, None)
        if number is not None and signal.getsignal(number) is signal.SIG_IGN:
            signal.signal(number, signal.default_int_handler if name == "SIGINT" else signal.SIG_DFL)
