"""What was probably meant."""

import os
import subprocess

import pytest

from fwstart.advice.questions import FRAMEWORKS
from fwstart.change.parts import part_names
from fwstart.terminal.spelling import SYNONYMS, not_accepted, suggestion, typed

TARGETS = ("server", "edge", "browser", "pytorch-server")


@pytest.mark.parametrize(
    ("word", "accepted", "meant"),
    [
        *((word, FRAMEWORKS, "keras") for word in ("tensorflow", "TensorFlow", "tf")),
        ("torch", FRAMEWORKS, "pytorch"),
        *((word, TARGETS, "edge") for word in ("phone", "iOS", "tflite", "microcontroller")),
        *((word, TARGETS, "browser") for word in ("web", "javascript", "brwoser")),
        *((word, TARGETS, "server") for word in ("serving", "cloud")),
        ("tensorflow", ("tensorflow-hub", "none", "pytorch-hub"), "tensorflow-hub"),
    ],
)
def test_meant(word: str, accepted: tuple[str, ...], meant: str) -> None:
    """A word for the same thing, or one that looks alike, is asked about."""
    assert f'Did you mean "{meant}"?' == not_accepted("--flag", word, accepted).fix


def test_synonym_of_nothing_accepted() -> None:
    """A word for something that is not accepted there names nothing."""
    assert "Choose." == suggestion("phone", ("mit", "apache-2.0"), otherwise="Choose.")


def test_synonyms_are_values() -> None:
    """What a synonym stands for is a framework or a part of a project, and itself it is neither."""
    assert set(SYNONYMS.values()) <= {*FRAMEWORKS, *part_names()}
    assert not SYNONYMS.keys() & {*FRAMEWORKS, *part_names()}


@pytest.mark.parametrize(
    ("words", "typed_words"),
    [
        (("cd", "my project"), "cd 'my project'"),
        (("a\nb", "it's\x1b7"), "$'a\\012b' $'it\\'s\\0337'"),
        ((os.fsdecode(b"a\xff\\b"), "\u202e"), "$'a\\377\\\\b' $'\\342\\200\\256'"),
        (("größe", ""), "'größe' ''"),
    ],
)
def test_typed(words: tuple[str, ...], typed_words: str) -> None:
    """A command holds its words exactly, and nothing that a terminal would obey."""
    assert typed_words == typed(*words)
    read = subprocess.run(["bash", "-c", f"printf '%s\\0' {typed_words}"], capture_output=True, check=True)
    assert b"".join(os.fsencode(word) + b"\0" for word in words) == read.stdout


@pytest.mark.parametrize(
    ("words", "typed_words"),
    [
        (("cd", "my project"), 'cd "my project"'),
        (("--author", "", "it's"), '--author "" it\'s'),
        (("a\x1b7",), "a?7"),
    ],
)
def test_typed_on_windows(words: tuple[str, ...], typed_words: str) -> None:
    """There, apostrophes quote nothing."""
    assert typed_words == typed(*words, windows=True)
