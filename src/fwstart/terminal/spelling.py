"""Suggests what was probably meant, and shows received values so that they cannot disturb the terminal."""

import os
import shlex
from collections.abc import Collection, Iterable
from pathlib import Path

from fwstart.errors import UsageError

WINDOWS = os.name == "nt"
STANDARD_INPUT = "-"  # as the path of an answers file
ONE_OF_THEM = "Choose one of them."
PATHS_SHOWN = 10  # of a list of them
SHOWN_LENGTH = 100  # of a received value, in characters
ALIKE = 0.5  # from this similarity on it was probably meant
SYNONYMS = {  # other words, unlike the accepted one that they mean
    **dict.fromkeys(("tensorflow", "tf"), "keras"),
    **dict.fromkeys(("phone", "mobile", "android", "ios", "tflite", "microcontroller"), "edge"),
    **dict.fromkeys(("web", "javascript"), "browser"),
    "cloud": "server",
    **dict.fromkeys(("cuda", "nvidia", "accelerator"), "gpu"),
    **dict.fromkeys(("hub", "pretrained", "weights", "models"), "backbones"),
    **dict.fromkeys(("kubeflow", "pipeline", "pipelines"), "kfp"),
}


def quoted(value: str) -> str:
    """Return the value in double quotes, shortened, everything that cannot be printed escaped."""
    import json  # here and below: needed for errors alone

    value = shorten(value)
    return json.dumps(value, ensure_ascii=not value.isprintable())


def shorten(text: str) -> str:
    """Return as much of a received value as is needed to recognize it."""
    return text if len(text) <= SHOWN_LENGTH else f"{text[:SHOWN_LENGTH]}..."


def printable(text: str) -> str:
    """Return the text with a question mark for each control character and undecodable byte."""
    return "".join(character if character.isprintable() else "?" for character in text)


def typed(*words: str, windows: bool = WINDOWS) -> str:
    """Return words as they are typed in a POSIX shell; what cannot be printed, as bash and zsh take it.

    On Windows, as its own shells take them.
    """
    if windows:
        from subprocess import list2cmdline

        return printable(list2cmdline(words))
    return " ".join(_typed_word(word) for word in words)


def _typed_word(word: str) -> str:
    if word.isprintable():
        return shlex.quote(word)
    return f"$'{''.join(_escaped(character) for character in word)}'"


def _escaped(character: str) -> str:
    if character in "\\'":
        return f"\\{character}"
    if character.isprintable():
        return character
    return "".join(f"\\{byte:03o}" for byte in os.fsencode(character))


def file_name(path: str) -> str:
    """Return what an answers file is called in messages."""
    return "standard input" if path == STANDARD_INPUT else printable(path)


def nearest(word: str, candidates: Iterable[str]) -> str:
    """Return the candidate most like the word; the first of several that are equally like it."""
    return max(candidates, key=lambda candidate: _similarity(word, candidate))


def suggestion(
    word: str, candidates: Iterable[str], *, quote: bool = True, otherwise: str | None = None
) -> str:
    """Return "Did you mean ...?" for the candidate that is closest in meaning or spelling.

    If there is none, return `otherwise`; without that, name the nearest anyway, which is good where the
    message does not list the candidates.
    """
    known = tuple(candidates)
    meant = SYNONYMS.get(word.lower())
    best = meant if meant in known else nearest(word, known)
    shown = quoted(best) if quote else best
    if best == meant or _similarity(word, best) >= ALIKE:
        return f"Did you mean {shown}?"
    return otherwise or f"The nearest is {shown}."


def not_accepted(subject: str, value: str, accepted: Collection[str]) -> UsageError:
    """Return the error for a value that is not accepted; `subject` is what was set to it, as typed."""
    problem = f"{subject} is {quoted(value)}; it must be one of {', '.join(accepted)}."
    return UsageError(problem, fix=suggestion(value, accepted, otherwise=ONE_OF_THEM))


def _similarity(word: str, candidate: str) -> float:
    from difflib import SequenceMatcher

    word, candidate = (
        text[:SHOWN_LENGTH].lower().replace("_", "-").lstrip("-") for text in (word, candidate)
    )
    if word and candidate.startswith(word):  # cut short, as in --back for --background
        return max(ALIKE, SequenceMatcher(None, word, candidate).ratio())
    return SequenceMatcher(None, word, candidate).ratio()


def list_paths(paths: Iterable[str]) -> str:
    """Return the first ten paths, whole, and how many more there are."""
    names = sorted(shown(path) for path in paths)
    more = len(names) - PATHS_SHOWN
    return ", ".join(names[:PATHS_SHOWN]) + (f" and {more} more" if more > 0 else "")


def shown(text: Path | str) -> str:
    """Return a path as it can be printed: a control character or undecodable byte becomes a question mark."""
    return printable(str(text))
