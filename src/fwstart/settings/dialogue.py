"""Asking in a terminal, one question at a time with the arrow keys: the only import of questionary."""

from __future__ import annotations

import shutil
import textwrap
import threading
from contextlib import suppress
from typing import TYPE_CHECKING, Any, cast

from fwstart.advice.knowledge import load_knowledge
from fwstart.advice.questions import FRAMEWORK_NAMES, FRAMEWORKS, Framework, Question

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import questionary

    from fwstart.settings.settings import Settings

MARK = "?"  # before a question that is not one of several
MIN_WIDTH = 20  # of what stands below a question: a narrower terminal breaks the lines itself
KEYS = "Arrow keys to move, Enter to choose, Ctrl-C to stop."
KEYS_MULTIPLE = "Space to select, Enter to confirm (none: decide later)."


def ask(
    settings: Settings, say: Callable[[str], None], preload: Callable[[], None] | None = None
) -> Settings:
    """Return the settings with everything that was not given asked: the framework first, then the questions.

    If the framework is decided, only the questions whose answers still shape the project are asked;
    questions that are all answered make that first one idle.
    `say` shows a line; `preload`, an import that is needed afterwards, runs in a thread in the meantime.

    Raises:
        KeyboardInterrupt: Ctrl-C, or the terminal is gone.
    """
    if settings.framework:
        return settings
    import questionary  # noqa: F401  (before the thread starts: copier imports parts of it too)

    if preload:
        threading.Thread(target=_quietly, args=(preload,)).start()
    open_questions = [
        question for question in load_knowledge().questions if question.id not in settings.given
    ]
    if not open_questions:
        return settings
    framework = _ask_framework(say)
    if framework:
        settings = settings.having("framework", framework)
        shaping = {"deploy"} if "backbones" in settings.given else {"deploy", "models"}
        open_questions = [question for question in open_questions if question.id in shaping]
    total = len(open_questions)
    for number, question in enumerate(open_questions, start=1):
        mark = f"{number}/{total}" if total > 1 else MARK
        settings = settings.having(question.id, *_ask_question(question, mark, say))
    return settings


def choose(recommended: Framework | None, say: Callable[[str], None]) -> Framework:
    """Return the framework that the user takes; the recommended one is an Enter away.

    Raises:
        KeyboardInterrupt: Ctrl-C, or the terminal is gone.
    """
    order = sorted(FRAMEWORKS, key=lambda framework: framework != recommended)
    labels = [FRAMEWORK_NAMES[framework] for framework in order]
    if recommended:
        labels = [f"Yes, {labels[0]}", f"No, use {labels[1]}"]
    prompt = (
        f"Create the project with {FRAMEWORK_NAMES[recommended]}?"
        if recommended
        else "Which one do you choose?"
    )
    chosen = _select("=>", prompt, KEYS, list(zip(labels, order, strict=True)), order[0])
    say(f"=> {prompt} {FRAMEWORK_NAMES[chosen]}")
    return cast("Framework", chosen)


def confirm(prompt: str) -> bool:
    """Return whether the user says yes; Enter alone is no.

    Raises:
        KeyboardInterrupt: Ctrl-C, or the terminal is gone.
    """
    import questionary

    return bool(_answer(questionary.confirm(prompt, default=False, qmark=MARK)))


def _ask_framework(say: Callable[[str], None]) -> Framework | None:
    prompt = "Is the framework already decided?"
    choices = [("No, advise me", "no"), *((f"Yes, {FRAMEWORK_NAMES[name]}", name) for name in FRAMEWORKS)]
    chosen = _select(MARK, prompt, f"For example by existing code, a team or a course. {KEYS}", choices, "no")
    say(f"{MARK} {prompt} {next(label for label, value in choices if value == chosen)}")
    return next((framework for framework in FRAMEWORKS if framework == chosen), None)


def _ask_question(question: Question, mark: str, say: Callable[[str], None]) -> tuple[str, ...]:
    choices = [(option.label, option.id) for option in question.options]
    if question.multiple:
        chosen = tuple(_checkbox(mark, question.prompt, f"{question.help}\n{KEYS_MULTIPLE}", choices))
    else:
        chosen = (_select(mark, question.prompt, question.help, choices, question.neutral[0]),)
    say(f"{mark} {question.prompt} {question.labels(chosen)}")
    return chosen


def _select(mark: str, prompt: str, help_text: str, choices: Sequence[tuple[str, str]], default: str) -> Any:
    import questionary

    return _answer(
        questionary.select(
            prompt,
            choices=[questionary.Choice(label, value) for label, value in choices],
            default=default,
            instruction=_below(help_text),
            qmark=mark,
            pointer=">",
            erase_when_done=True,
        )
    )


def _checkbox(mark: str, prompt: str, help_text: str, choices: Sequence[tuple[str, str]]) -> Any:
    import questionary

    return _answer(
        questionary.checkbox(
            prompt,
            choices=[questionary.Choice(label, value) for label, value in choices],
            instruction=_below(help_text),
            qmark=mark,
            pointer=">",
            erase_when_done=True,
        )
    )


def _below(text: str) -> str:
    width = max(shutil.get_terminal_size().columns - 3, MIN_WIDTH)
    lines = [line for paragraph in text.splitlines() for line in textwrap.wrap(paragraph, width)]
    return "".join(f"\n  {line}" for line in lines)


def _answer(question: questionary.Question) -> Any:
    """Run one prompt; it erases itself, so that the caller can leave one plain line in its place."""
    try:
        # Its own handling of SIGINT would swallow a `kill -INT`; Ctrl-C is a key here.
        return question.application.run(handle_sigint=False)
    except EOFError:
        raise KeyboardInterrupt from None


def _quietly(preload: Callable[[], None]) -> None:
    """Run the import ahead; whatever is wrong with it is reported where it is needed."""
    with suppress(Exception):
        preload()
