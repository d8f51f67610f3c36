"""Commands that a user is given to paste."""

import pytest

from fwstart.report.suggested_commands import update_command


@pytest.mark.parametrize(
    ("path", "to", "command"),
    [
        (".", None, "fwstart update --deploy edge --yes"),
        ("my demo", "0.2.0", "fwstart update 'my demo' --to 0.2.0 --deploy edge --yes"),
        ("-demo", None, "fwstart update --deploy edge --yes -- -demo"),
    ],
)
def test_update_command(path: str, to: str | None, command: str) -> None:
    """It has what was given and no more, quoted; a path that looks like a flag stands behind all flags."""
    assert command == update_command(path, to, ["edge"], "--yes")
