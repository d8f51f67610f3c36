"""What the operating system refuses, as a message with what to do about it."""

from __future__ import annotations

import errno
from contextlib import contextmanager
from typing import TYPE_CHECKING

from fwstart.errors import FwstartError
from fwstart.terminal.spelling import shown

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_FULL = (errno.ENOSPC, errno.EDQUOT)
_IN_THE_WAY = "Something else is in its place: move it away."
_NO_PERMISSION = "Make it writable, or ask its owner to."
_ADVICE = {
    errno.EACCES: _NO_PERMISSION,
    errno.EBUSY: "Another program is using it, or a disk is mounted there: close or unmount it.",
    errno.EDQUOT: "Free some of your disk quota.",
    errno.EEXIST: _IN_THE_WAY,
    errno.EISDIR: _IN_THE_WAY,
    errno.ENAMETOOLONG: "Choose a shorter path.",
    errno.ENOENT: "It was removed in the meantime.",
    errno.ENOSPC: "Free some space on that disk.",
    errno.ENOTDIR: _IN_THE_WAY,
    errno.ENOTEMPTY: _IN_THE_WAY,
    errno.EPERM: _NO_PERMISSION,
    errno.EROFS: "That disk is read-only: make it writable.",
}


def advice(error: OSError) -> str:
    """Return what to do about an error of the operating system, as a sentence; empty: nothing known."""
    return _ADVICE.get(error.errno or 0, "")


@contextmanager
def system_errors(folder: Path) -> Iterator[None]:
    """Turn what the operating system refuses within the block into an error that says what to do.

    Notes on the error say what could not be undone; without any, all is as it was.
    """
    try:
        yield
    except FwstartError as error:
        error.fix = " ".join((error.fix, *getattr(error, "__notes__", ())))
        raise
    except OSError as error:
        # Of two paths a full disk is that of the second one, where a file was to go.
        name = error.filename2 if error.errno in _FULL and error.filename2 else error.filename
        problem = f"{shown(name or folder)}: {error.strerror or error}."
        notes = getattr(error, "__notes__", ()) or ("Nothing was changed.",)
        words = " ".join(part for part in (advice(error), "Then try again.", *notes) if part)
        raise FwstartError(problem, fix=words) from error
