"""Noise of native libraries stays away, unless it may explain a failure."""

import os
import warnings

import pytest

from [= package =].quiet import quiet


def test_noise_of_native_code_is_kept_back(capfd: pytest.CaptureFixture[str]) -> None:
    """What is written past Python is not seen, and what is printed afterwards is."""
    with quiet():
        os.write(1, b"noise")
        os.write(2, b"noise")
        warnings.warn("noise", stacklevel=1)
    print("answer")

    assert ("answer\n", "") == capfd.readouterr()


def fail_quietly() -> None:
    """Print a reason and fail."""
    with quiet():
        os.write(2, b"the reason\n")
        raise RuntimeError("broken")


def test_failure_shows_what_was_printed(capfd: pytest.CaptureFixture[str]) -> None:
    """The reason may be in it."""
    with pytest.raises(RuntimeError, match="broken"):
        fail_quietly()

    assert "the reason\n" in capfd.readouterr().err
