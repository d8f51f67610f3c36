"""Signs of life: a process that waits for another, however long, knows that the other lives."""

import time
from threading import Event, Thread

from torch import distributed as dist

from ...processes import World

SHARE = 0.25  # of the time after which a process counts as silent: how often each gives a sign
LONGEST_SECONDS = 5.0


class SilentError(RuntimeError):
    """The process `rank` has given no sign of life in time."""

    def __init__(self, rank: int) -> None:
        super().__init__(f"no sign of life from process {rank}")
        self.rank = rank


class Pulse:
    """Gives a sign of life as long as this process runs, and notes when it last saw one of the next process.

    Each process counts in the store in which all have met, and watches the count of the next one, the last
    process that of the first. Nobody compares clocks: a count that has not changed for `timeout_seconds` of
    this machine's clock is that of a process that hangs, or is cut off. One that sees this ends, and with it
    its connections: the rest notice that. A thread does this, since the process itself may be busy, and the
    store may never answer.
    """

    def __init__(
        self,
        store: dist.Store,  # type: ignore[name-defined]
        world: World,
        timeout_seconds: float,
    ) -> None:
        self.timeout_seconds, self.seconds = timeout_seconds, min(LONGEST_SECONDS, SHARE * timeout_seconds)
        self._store = store.clone()  # this one waits for nothing else
        self._rank, self._next = world.rank, (world.rank + 1) % world.size
        self._heard, self._ended = time.monotonic(), Event()
        self._thread = Thread(target=self._live, daemon=True)
        self._thread.start()

    def check(self) -> None:
        """Raise SilentError if the next process has given no sign of life for `timeout_seconds`."""
        if time.monotonic() - self._heard > self.timeout_seconds:
            raise SilentError(self._next)

    def end(self) -> None:
        """Give and expect no more signs."""
        self._ended.set()
        self._thread.join(self.timeout_seconds)

    def _live(self) -> None:
        seen = 0
        try:
            while not self._ended.wait(self.seconds):
                self._store.add(f"pulse-{self._rank}", 1)
                count = self._store.add(f"pulse-{self._next}", 0)
                if count != seen:
                    seen, self._heard = count, time.monotonic()
        except dist.DistError:
            pass  # where all have met is gone: nobody is heard of any more
