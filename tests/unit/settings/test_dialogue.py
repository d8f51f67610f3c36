"""The dialogue in a real terminal, through a pseudo-terminal, key by key."""

import json
import signal
from pathlib import Path

import pytest
from support.terminal import CTRL_C, DOWN, ENTER, FIRST, NUMBERED, PROMPTS, SPACE, Start, start

__all__ = ["start"]  # a fixture


def verdict(tmp_path: Path) -> tuple[str, str]:
    decision = json.loads((tmp_path / "demo/docs/decision.json").read_text(encoding="utf-8"))
    return decision["framework"], decision["decided_by"]


def test_whole_dialogue(start: Start, tmp_path: Path) -> None:
    """The framework first, seven questions, the recommendation, its acceptance, the project."""
    terminal = start("new", "demo", "--no-git")
    terminal.answer(FIRST, ENTER)
    terminal.answer(NUMBERED[0], DOWN, ENTER)  # the neutral answer is in the middle; down is experienced
    for prompt in NUMBERED[1:5]:
        terminal.answer(prompt, ENTER)
    terminal.answer(NUMBERED[5], DOWN, SPACE, DOWN, SPACE, ENTER)
    terminal.answer(NUMBERED[6], ENTER)
    terminal.see("Recommendation: PyTorch, 5 points to 4 (leaning).")
    terminal.see("Against it, for Keras: 4 points")
    terminal.answer("Create the project with PyTorch?", ENTER)

    assert 0 == terminal.end()
    assert ("pytorch", "score") == verdict(tmp_path)
    answers = json.loads((tmp_path / "demo/docs/decision.json").read_text(encoding="utf-8"))["answers"]
    assert ("experienced", "no-preference", ["edge", "browser"]) == (
        answers["background"],
        answers["style"],
        answers["deploy"],
    )
    assert "This answer counts most" in terminal.text  # a line of help
    assert "6/7 Where must the model run? On a phone or an edge device, In a browser" in terminal.text
    assert "fwstart new demo --background experienced --deploy edge --deploy browser" in terminal.text


def test_enter_all_the_way_is_a_draw(start: Start, tmp_path: Path) -> None:
    """Neutral answers, one Enter each, end in a draw, which says so and asks."""
    terminal = start("new", "demo", "--no-git", columns=60)
    for prompt in [FIRST, *NUMBERED]:
        terminal.answer(prompt, ENTER)
    terminal.see("A draw: PyTorch 0, Keras 0")
    terminal.answer("Which one do you choose?", DOWN, ENTER)

    assert 0 == terminal.end()
    assert ("keras", "fixed") == verdict(tmp_path)
    assert "Framework: Keras, as you decided; the article alone has nothing to go by." in terminal.text
    assert "--framework keras" in terminal.text


def test_taking_the_other(start: Start, tmp_path: Path) -> None:
    """The recommendation is not forced on anyone, and what the article says is kept."""
    terminal = start("new", "demo", "--no-git", "--background", "beginner", FWSTART_DEPLOY="edge")
    terminal.answer(FIRST, ENTER)
    for number, prompt in enumerate([*PROMPTS[1:5], PROMPTS[6]], start=1):
        terminal.answer(f"{number}/5 {prompt}", ENTER)  # only what is asked is counted
    terminal.answer("Create the project with Keras?", DOWN, ENTER)

    assert 0 == terminal.end()
    assert ("pytorch", "fixed") == verdict(tmp_path)
    assert "as you decided; the article alone recommends Keras" in terminal.text
    assert PROMPTS[0] not in terminal.text  # answered by a flag
    assert PROMPTS[5] not in terminal.text  # answered by the environment
    assert "deploy edge (FWSTART_DEPLOY)" in terminal.text  # in the summary


def test_framework_already_decided(start: Start, tmp_path: Path) -> None:
    """A decided framework leaves what shapes the project to ask; the article's verdict is still shown."""
    terminal = start("new", "demo", "--no-git", "--background", "experienced")
    terminal.answer(FIRST, DOWN, DOWN, ENTER)
    terminal.answer(f"1/2 {PROMPTS[4]}", DOWN, ENTER)  # from nowhere to TorchHub
    terminal.answer(f"2/2 {PROMPTS[5]}", DOWN, SPACE, ENTER)
    terminal.see("The article alone recommends PyTorch, 7 points to 3 (moderate).")
    terminal.answer("Create the project with Keras?", ENTER)
    terminal.see("Pretrained weights: from KerasHub")

    assert 0 == terminal.end()
    assert ("keras", "fixed") == verdict(tmp_path)
    assert (tmp_path / "demo/deploy/edge").is_dir()
    assert not any(prompt in terminal.text for prompt in (*PROMPTS[:4], PROMPTS[6]))


def test_nothing_is_left_to_ask(start: Start, tmp_path: Path) -> None:
    """Targets and backbones that were given are not asked for when the framework is decided."""
    terminal = start("new", "demo", "--no-git", "--deploy", "browser", "--backbones", "hub")
    terminal.answer(FIRST, DOWN, ENTER)
    terminal.answer("Create the project with PyTorch?", ENTER)

    assert 0 == terminal.end()
    assert ("pytorch", "fixed") == verdict(tmp_path)
    assert not any(prompt in terminal.text for prompt in PROMPTS[4:6])


def test_one_question_left(start: Start) -> None:
    """The only question of a decided framework has no number."""
    terminal = start("new", "demo", "--no-git", "--models", "none")
    terminal.answer(FIRST, DOWN, ENTER)
    terminal.answer(f"? {PROMPTS[5]}", ENTER)
    terminal.answer("Create the project with PyTorch?", ENTER)

    assert 0 == terminal.end()


def test_framework_flag_asks_nothing(start: Start, tmp_path: Path) -> None:
    """With --framework there is nothing left to ask."""
    terminal = start("new", "demo", "--no-git", "--framework", "keras")

    assert 0 == terminal.end()
    assert ("keras", "fixed") == verdict(tmp_path)
    assert FIRST not in terminal.text


def test_advise(start: Start, tmp_path: Path) -> None:
    """`advise` asks the same and creates nothing; seven answers given leave nothing to ask."""
    answers = (
        "background=beginner style=flexible setting=research popularity=rising models=none community=tfx"
    )
    flags = [word for answer in answers.split() for word in f"--{answer}".split("=")]
    terminal = start("advise", *flags, "--deploy", "edge")

    assert 0 == terminal.end()
    assert "\x1b[1mRecommendation: Keras, 10 points to 5 (clear).\x1b[0m" in terminal.shown
    assert [] == list(tmp_path.iterdir())


@pytest.mark.parametrize("questions_before", [0, 3, 8])
def test_ctrl_c(start: Start, tmp_path: Path, questions_before: int) -> None:
    """Ctrl-C at any question: exit 130, one line, nothing left."""
    terminal = start("new", "demo")
    prompts = [FIRST, *PROMPTS, "Which one do you choose?"]
    for prompt in prompts[:questions_before]:
        terminal.answer(prompt, ENTER)
    terminal.answer(prompts[questions_before], CTRL_C)

    assert 130 == terminal.end()
    assert terminal.text.endswith("error: interrupted; nothing unfinished is left behind.")
    assert [] == list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143), (signal.SIGHUP, 129)]
)
def test_signal_at_a_question(start: Start, tmp_path: Path, number: int, code: int) -> None:
    """A signal at a question ends it like Ctrl-C, and gives the terminal back as it was."""
    terminal = start("new", "demo")
    terminal.answer(FIRST)
    terminal.process.kill(number)

    assert code == terminal.end()
    assert "Traceback" not in terminal.text
    assert [] == list(tmp_path.iterdir())


def test_refused_before_any_question(start: Start, tmp_path: Path) -> None:
    """Nobody answers seven questions to learn that the folder is not acceptable."""
    (tmp_path / "demo").mkdir()
    (tmp_path / "demo/thesis.tex").touch()
    terminal = start("new", "demo")

    assert 1 == terminal.end()
    assert FIRST not in terminal.text


@pytest.mark.parametrize(
    ("arguments", "environment", "words"),
    [
        ([], {"CI": "true"}, ""),
        (["--yes"], {}, ""),
        ([], {"TERM": "dumb"}, "This terminal (TERM=dumb) cannot show questions"),
    ],
)
def test_no_questions(start: Start, arguments: list[str], environment: dict[str, str], words: str) -> None:
    """CI, --yes and a dumb terminal mean that nothing is asked: a draw is refused, with the way out."""
    terminal = start("new", "demo", *arguments, **environment)

    assert 2 == terminal.end()
    assert FIRST not in terminal.text
    assert words in terminal.text
    assert "error: A draw" in terminal.text


@pytest.mark.parametrize("environment", [{"NO_COLOR": "1"}, {"TERM": "dumb"}])
def test_no_escape_codes(start: Start, environment: dict[str, str]) -> None:
    """NO_COLOR and a dumb terminal get plain text."""
    terminal = start("advise", "--yes", "--background", "beginner", **environment)

    assert 0 == terminal.end()
    assert "\x1b" not in terminal.shown
