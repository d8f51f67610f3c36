"""The process that serves is replaced when it dies, unless it always does."""

import os
import signal
import threading
import time
from pathlib import Path

import pytest

from [= package =].errors import ProjectError
from [= package =].serving import supervision
from [= package =].serving.supervision import supervise


def die_once(folder: Path) -> None:
    """Die at the first time; at the second, have the parent stop and wait for the signal."""
    number = len(list(folder.iterdir()))
    (folder / str(number)).touch()
    if number == 0:
        os._exit(9)
    os.kill(os.getppid(), signal.SIGTERM)
    time.sleep(60)


def die(_folder: Path) -> None:
    """Die whenever it is started."""
    os._exit(7)


@pytest.mark.skipif(os.name == "nt", reason="Windows knows no SIGTERM")
def test_dead_process_is_replaced_until_a_signal(tmp_path: Path) -> None:
    """It runs again after its death; SIGTERM ends the watcher and the process."""
    assert threading.current_thread() is threading.main_thread()

    supervise(die_once, (tmp_path,), stop_seconds=10)

    assert {"0", "1"} == {path.name for path in tmp_path.iterdir()}


def test_process_that_always_dies_is_given_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Trying on and on would help nobody: an error says with which code it ended."""
    monkeypatch.setattr(supervision, "MOST_SHORT_LIVES", 2)

    with pytest.raises(ProjectError, match="ended 2 times right after its start, at last with exit code 7"):
        supervise(die, (tmp_path,), stop_seconds=10)
