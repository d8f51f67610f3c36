"""The address of the templates that projects record, from which `copier update` fetches newer ones."""

from __future__ import annotations

import os
import re

from fwstart.errors import UsageError
from fwstart.terminal.spelling import quoted

# No path of this machine: where fwstart is installed, its git remote helper answers to this address.
ORIGIN = "git+fwstart::templates"
VARIABLE = "FWSTART_ORIGIN"
MAX_LENGTH = 2000  # what browsers and servers take

# What copier takes for a git repository that is not on this machine.
_ADDRESS = re.compile(r"((git\+|git@|git://|gh:|gl:|https://git(hub|lab)\.com/)\S+|(https|ssh)://\S+\.git)")


def origin() -> str:
    """Return the address that new projects record: that of a hosted copy if FWSTART_ORIGIN names one.

    Raises:
        UsageError: the variable contains something that would not mean the same on every machine.
    """
    address = os.environ.get(VARIABLE) or ORIGIN
    if len(address) > MAX_LENGTH or not _ADDRESS.fullmatch(address) or not address.isprintable():
        raise UsageError(
            f"{VARIABLE} is {quoted(address)}; it must be the address of a git repository"
            + (f", {MAX_LENGTH:,} characters at most." if len(address) > MAX_LENGTH else "."),
            fix="For example: https://example.com/team/fwstart-templates.git",
        )
    return address
