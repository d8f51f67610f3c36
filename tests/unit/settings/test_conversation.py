"""The questions in their order, and back again, in a real terminal."""

import json
from pathlib import Path

import pytest
from support.terminal import CTRL_C, DOWN, ENTER, FIRST, NUMBERED, PROMPTS, SPACE, UP, Start, start

__all__ = ["start"]  # a fixture


@pytest.mark.parametrize("word", ["<", "back"])
def test_back(start: Start, tmp_path: Path, word: str) -> None:
    """An earlier question is asked again, its answer chosen already; how is said once."""
    terminal = start("new", "demo", "--no-git")
    terminal.answer(FIRST, ENTER)
    terminal.answer(NUMBERED[0], DOWN, ENTER)
    terminal.answer(NUMBERED[1], word)
    terminal.answer(NUMBERED[0], ENTER)  # still experienced
    terminal.answer(NUMBERED[1], word)
    terminal.answer(NUMBERED[0], word)
    terminal.answer(FIRST, DOWN, ENTER)  # decided after all
    terminal.answer(f"1/2 {PROMPTS[4]}", ENTER)
    terminal.answer(f"2/2 {PROMPTS[5]}", DOWN, SPACE, ENTER)
    terminal.answer("Create the project with PyTorch?", "<")
    terminal.answer(f"2/2 {PROMPTS[5]}", DOWN, DOWN, SPACE, ENTER)  # the phone stays selected
    terminal.answer("Create the project with PyTorch?", ENTER)

    assert 0 == terminal.end()
    decision = json.loads((tmp_path / "demo/docs/decision.json").read_text(encoding="utf-8"))
    answers = decision["answers"]
    assert "pytorch" == decision["framework"]
    assert ("some", ["edge", "browser"]) == (answers["background"], answers["deploy"])  # what counts no more
    assert 1 == terminal.text.count("Type < or back to return to the question before.")


def test_answer_that_is_no_longer_asked(start: Start, tmp_path: Path) -> None:
    """An answer stays where another one, changed in the summary, leaves nothing to ask about it."""
    terminal = start("new", "demo", "--no-git")
    terminal.answer(FIRST, DOWN, ENTER)
    terminal.answer(f"1/2 {PROMPTS[4]}", DOWN, ENTER)
    terminal.answer(f"2/2 {PROMPTS[5]}", ENTER)
    terminal.see("1 models pytorch-hub (your answer)")
    terminal.answer("Create the project with PyTorch?", "9")
    terminal.answer("? Where it gets pretrained weights", UP, ENTER)
    terminal.see("9 backbones none (your answer)")
    terminal.answer("Create the project with PyTorch?", "<")
    terminal.answer(f"? {PROMPTS[5]}", ENTER)
    terminal.see("1 models pytorch-hub (your answer)")
    terminal.answer("Create the project with PyTorch?", ENTER)

    assert 0 == terminal.end()
    decision = json.loads((tmp_path / "demo/docs/decision.json").read_text(encoding="utf-8"))
    assert "pytorch-hub" == decision["answers"]["models"]


def test_back_at_the_first_question(start: Start) -> None:
    """There is nothing before it."""
    terminal = start("new", "demo", "--no-git")
    terminal.answer(FIRST, "<", DOWN, CTRL_C)

    assert 130 == terminal.end()
