"""Signs of life: a process that waits for another, however long, knows that the other lives."""

from threading import Event, Thread

from torch import distributed as dist

from ...processes import World

SHARE = 0.25  # of the time after which a process counts as silent: how often each gives a sign
LONGEST_SECONDS = 5.0
PATIENCE_SECONDS = 2.0  # with the store, at the end


class SilentError(RuntimeError):
    """The process `rank` has given no sign of life in time; None if the store itself has not answered."""

    def __init__(self, rank: int | None) -> None:
        super().__init__("no sign of life")
        self.rank = rank


class Pulse:
    """Gives a sign of life as long as this process runs, and looks for those of the next process.

    Each process counts in the store in which all have met, and watches the count of the next one, the last
    process that of the first. If it does not change for `timeout_seconds`, the other one is stopped, or cut
    off. One that sees this ends, and with it its connections: the rest notice that. A thread does all this,
    since the process itself may be busy, and the store may never answer. It counts in looks and not by the
    clock, so that all processes may be stopped, and continued, together.
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
        self._looks = self._unchanged = 0  # how often it looked, and in a row saw nothing new
        self._checked = self._unanswered = 0  # the looks at the last check; checks in a row without one
        self._ended = Event()
        self._thread = Thread(target=self._live, daemon=True)
        self._thread.start()

    def check(self) -> None:
        """Raise SilentError if the next process is silent, or the store; to be called every `seconds`."""
        self._unanswered = self._unanswered + 1 if self._looks == self._checked else 0
        self._checked = self._looks
        for looks, rank in ((self._unanswered, None), (self._unchanged, self._next)):
            if looks * self.seconds > self.timeout_seconds:
                raise SilentError(rank)

    def end(self) -> None:
        """Give and expect no more signs."""
        self._ended.set()
        self._thread.join(PATIENCE_SECONDS)

    def _live(self) -> None:
        seen = 0
        try:
            while not self._ended.wait(self.seconds):
                self._store.add(f"pulse-{self._rank}", 1)
                count = self._store.add(f"pulse-{self._next}", 0)
                self._unchanged = self._unchanged + 1 if count == seen else 0
                self._looks, seen = self._looks + 1, count
        except dist.DistError:
            pass  # where all have met is gone: there is nothing to look at any more
