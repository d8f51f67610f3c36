"""The prepared projects with a server target, and their servers running."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from support.deploy.servers import RunningServer, Samples, embedded, plain, torchserve
from support.smoke.project import Project
from support.smoke.projects import with_row
from support.smoke.rows import DEPLOYED

if TYPE_CHECKING:
    from _pytest.tmpdir import TempPathFactory

    from support.deploy.prepared import Prepare, Prepared

Start = Callable[[Project, Samples, Path], AbstractContextManager[RunningServer]]
# Every server that can run here: its framework, and how it is started.
SERVERS: dict[str, tuple[str, Start]] = {
    "pytorch-embedded": ("pytorch", embedded),
    "pytorch-torchserve": ("pytorch", torchserve),
    "keras-embedded": ("keras", embedded),
}
# The frameworks as parameters, each with the mark that keeps the tests of its project together.
FRAMEWORKS = [pytest.param(name, marks=with_row(row)) for name, row in DEPLOYED.items()]


@pytest.fixture(scope="session")
def deployed(prepared: Prepare) -> Callable[[str], Prepared]:
    """Return a function that returns the project of a framework, made when it is first asked for."""
    return lambda framework: prepared(DEPLOYED[framework])


@pytest.fixture(
    scope="session",
    params=[pytest.param(name, marks=with_row(DEPLOYED[of])) for name, (of, _) in SERVERS.items()],
)
def server(
    request: pytest.FixtureRequest, tmp_path_factory: TempPathFactory, deployed: Callable[[str], Prepared]
) -> Iterator[RunningServer]:
    """Return one running server after the other."""
    framework, start = SERVERS[request.param]
    of = deployed(framework)
    with start(of.project, of.samples, tmp_path_factory.mktemp("server")) as running:
        yield running


@pytest.fixture(scope="session", params=FRAMEWORKS)
def plain_server(
    request: pytest.FixtureRequest, tmp_path_factory: TempPathFactory, deployed: Callable[[str], Prepared]
) -> Iterator[RunningServer]:
    """Return the plain server of one framework after the other."""
    of = deployed(request.param)
    with plain(of.project, of.samples, tmp_path_factory.mktemp("server")) as running:
        yield running
