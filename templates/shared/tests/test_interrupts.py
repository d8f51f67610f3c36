"""One Ctrl-C is a request, the second one is not."""

import os
import signal

import pytest

from [= package =].interrupts import Interrupts


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_first_signal_is_noted(number: signal.Signals) -> None:
    """Nothing is interrupted in the middle; afterwards the handlers are the old ones."""
    before = signal.getsignal(number)
    with Interrupts() as interrupts:
        assert not interrupts.requested
        os.kill(os.getpid(), number)
        assert interrupts.requested

    assert before == signal.getsignal(number)


def test_second_signal_interrupts_at_once() -> None:
    """Whoever presses Ctrl-C twice does not want to wait for the end of a step."""

    def press_twice() -> None:
        with Interrupts():
            os.kill(os.getpid(), signal.SIGINT)
            os.kill(os.getpid(), signal.SIGINT)

    with pytest.raises(KeyboardInterrupt):
        press_twice()
