"""List the notes that were last checked more than a year ago; exit 1 if there are any.

The calendar decides, so this is no test: a nox session and a weekly workflow run it.
"""

import sys
from collections.abc import Iterable
from datetime import date

from fwstart.advice.notes import Note, is_stale, load_notes


def stale_notes(notes: Iterable[Note], today: date) -> list[str]:
    """Return a line for each note to look at again."""
    return [
        f"{note.id}: checked {note.checked}, {(today - note.checked).days} days ago"
        for note in notes
        if is_stale(note.checked, today)
    ]


if __name__ == "__main__":
    found = stale_notes(load_notes(), date.today())
    print("\n".join(found) or "Every note was checked within a year.")
    sys.exit(1 if found else 0)
