"""The summary before a project is created, in a real terminal."""

from pathlib import Path

from support.terminal import CTRL_C, DOWN, ENTER, FIRST, PROMPTS, SPACE, UP, Start, start

from fwstart.advice.knowledge import load_knowledge
from fwstart.settings.settings import NOWHERE

__all__ = ["start"]  # a fixture


def without_questions(answers: str) -> list[str]:
    """Return flags with these answers, and neutral ones to all other questions but the first."""
    neutral = {
        question.id: question.neutral[0] if question.neutral else NOWHERE
        for question in load_knowledge().questions[1:]
    }
    given = neutral | dict(answer.split("=") for answer in answers.split())
    return [word for key, value in given.items() for word in (f"--{key}", value)]


def test_summary_is_changed(start: Start, tmp_path: Path) -> None:
    """A number changes an answer, the recommendation follows, and the command says it all."""
    terminal = start("new", "demo", "--no-git", "--background", "beginner", "--deploy", "edge")
    terminal.answer(FIRST, ENTER)
    for number, prompt in enumerate([*PROMPTS[1:5], PROMPTS[6]], start=1):
        terminal.answer(f"{number}/5 {prompt}", ENTER)
    terminal.see("1 background beginner (--background)")
    terminal.see("12 python 3.11 (default)")
    terminal.answer("Create the project with Keras?", "1")
    terminal.answer(f"? {PROMPTS[0]}", DOWN, DOWN, ENTER)
    terminal.see("Recommendation: PyTorch, 5 points to 3 (leaning).")
    terminal.see("1 background experienced (your answer)")
    terminal.answer("Create the project with PyTorch?", "12")
    terminal.answer("? Oldest Python version that it must run on:", DOWN, ENTER)
    terminal.see("12 python 3.12 (your answer)")
    terminal.answer("Create the project with PyTorch?", ENTER)

    assert 0 == terminal.end()
    assert "Framework: PyTorch, 5 points to 3 (leaning)" in terminal.text
    assert "fwstart new demo --background experienced --deploy edge --python 3.12" in terminal.text
    assert "python: '3.12'" in (tmp_path / "demo/.copier-answers.yml").read_text(encoding="utf-8")


def test_no_target_overrules_the_environment(start: Start) -> None:
    """What is printed creates the same project where the variable is still set."""
    terminal = start("new", "demo", "--no-git", "--models", "none", FWSTART_DEPLOY="edge")
    terminal.answer(FIRST, DOWN, ENTER)
    terminal.see("2 deploy edge (FWSTART_DEPLOY)")
    terminal.answer("Create the project with PyTorch?", "2")
    terminal.answer(f"? {PROMPTS[5]}", DOWN, SPACE, ENTER)
    terminal.see("2 deploy none (your answer)")
    terminal.answer("Create the project with PyTorch?", ENTER)

    assert 0 == terminal.end()
    assert "fwstart new demo --deploy none --framework pytorch" in terminal.text


def test_summary_refuses_what_a_flag_refuses(start: Start, tmp_path: Path) -> None:
    """A name that is not accepted is asked for again; `<` leaves it as it was."""
    terminal = start("new", "demo", "--no-git", "--deploy", "edge", "--models", "none")
    terminal.answer(FIRST, DOWN, ENTER)
    terminal.answer("Create the project with PyTorch?", "3")
    for name in ("class", "mine", "<"):
        terminal.see("? Name of the Python package (Ctrl-U clears it, < leaves it as it is):")
        terminal.process.send(f"\x15{name}\r")  # Ctrl-U: the present name goes
        if name == "class":
            terminal.see('The package name "class"')
        else:
            terminal.see("3 package mine (your answer)")
            terminal.answer("Create the project with PyTorch?", "3" if name == "mine" else ENTER)

    assert 0 == terminal.end()
    assert (tmp_path / "demo/src/mine").is_dir()


def test_ctrl_c_at_a_text(start: Start, tmp_path: Path) -> None:
    """Ctrl-C ends it there as at any question, with nothing left."""
    terminal = start("new", "demo", "--deploy", "edge", "--models", "none")
    terminal.answer(FIRST, DOWN, ENTER)
    terminal.answer("Create the project with PyTorch?", "4")
    terminal.see("? What the project does, in one line")
    terminal.process.send(CTRL_C)

    assert 130 == terminal.end()
    assert [] == list(tmp_path.iterdir())


def test_report_is_shown_once(start: Start) -> None:
    """After a change only the verdict is told again, where it is another one."""
    terminal = start(
        "new", "demo", "--background", "beginner", "--style", "flexible", "--setting", "research"
    )
    terminal.answer(FIRST, ENTER)
    for number, prompt in enumerate(PROMPTS[3:], start=1):
        terminal.answer(f"{number}/4 {prompt}", ENTER)
    terminal.answer("Create the project with Keras?", "6")  # deploy
    terminal.answer(f"? {PROMPTS[5]}", SPACE, ENTER)
    terminal.see("Recommendation: Keras, 7 points to 4")
    terminal.answer("Create the project with Keras?", CTRL_C)

    assert 130 == terminal.end()
    assert 1 == terminal.text.count("Points by dimension")
    assert 2 == terminal.text.count("Summary")


def test_other_framework_with_another_pipeline(start: Start, tmp_path: Path) -> None:
    """What the chosen framework changes in the answers is shown before anything is written."""
    terminal = start("new", "demo", "--no-git", *without_questions("community=tfx"))
    terminal.answer(FIRST, ENTER)
    terminal.answer(f"? {PROMPTS[0]}", UP, ENTER)  # beginner
    terminal.see("15 pipeline tfx (proposed by community)")
    terminal.answer("Create the project with Keras?", DOWN, ENTER)
    terminal.see("15 pipeline kfp (proposed by community)")
    assert [] == list(tmp_path.iterdir())
    terminal.answer("Create the project with PyTorch?", ENTER)

    assert 0 == terminal.end()
    assert "pipeline: kfp" in (tmp_path / "demo/.copier-answers.yml").read_text(encoding="utf-8")


def test_draw_with_a_pipeline_by_framework(start: Start, tmp_path: Path) -> None:
    """Nor is a project created at once after a draw whose summary showed what the other framework gets."""
    terminal = start("new", "demo", "--no-git", *without_questions("community=tfx style=flexible"))
    terminal.answer(FIRST, ENTER)
    terminal.answer(f"? {PROMPTS[0]}", ENTER)
    terminal.see("15 pipeline kfp (proposed by community)")
    terminal.answer("Which one do you choose?", DOWN, ENTER)
    terminal.see("15 pipeline tfx (proposed by community)")
    terminal.answer("Create the project with Keras?", "15")
    terminal.answer("? What trains, checks and publishes it", UP, UP, ENTER)
    terminal.see("15 pipeline none (your answer)")
    terminal.answer("Create the project with Keras?", ENTER)

    assert 0 == terminal.end()
    recorded = (tmp_path / "demo/.copier-answers.yml").read_text(encoding="utf-8")
    assert ("framework: keras" in recorded, "pipeline: none" in recorded) == (True, True)


def test_refused_pipeline(start: Start) -> None:
    """What an answer excludes is said in the words of the summary: no flag can be typed here."""
    terminal = start("new", "demo", "--no-git", *without_questions(""), "--pipeline", "tfx")
    terminal.answer(FIRST, DOWN, ENTER)
    terminal.answer("Create the project with PyTorch?", ENTER)
    terminal.see("The answer pipeline is tfx, but the framework is PyTorch")
    terminal.see("To change that answer to kfp, type its number; or choose Keras.")
    terminal.answer("Create the project with PyTorch?", DOWN, ENTER)

    assert 0 == terminal.end()
