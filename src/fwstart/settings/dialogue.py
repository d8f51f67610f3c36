"""One question on a terminal, answered with the arrow keys: the only import of questionary."""

from __future__ import annotations

import shutil
import textwrap
import threading
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from fwstart.advice.questions import FRAMEWORK_NAMES, FRAMEWORKS, Framework, Question

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    import questionary

    Say = Callable[[str], None]  # shows a line

MARK = "?"  # before a question that is not one of several
MIN_WIDTH = 20  # of what stands below a question: a narrower terminal breaks the lines itself
KEYS = "Arrow keys to move, Enter to choose, Ctrl-C to stop."
KEYS_MULTIPLE = "Space to select, Enter to confirm (none: decide later)."
KEYS_BACK = "Type < or back to return to the question before."
KEYS_SUMMARY = "Type a number to change that answer, < to return to the questions."
KEYS_TEXT = "(Ctrl-U clears it, < leaves it as it is):"
BACK_WORDS = ("<", "back")
DIGIT_SECONDS = 0.5  # how long a second digit or letter is waited for


@dataclass(frozen=True, kw_only=True)
class Prompt:
    """What one prompt shows."""

    mark: str = MARK
    text: str
    help: str = ""  # below the text; what a line break separates is a paragraph
    choices: Sequence[tuple[str, str]]  # what is shown, and what it stands for


class Back:
    """What a question returns where the user wants the one before it."""


BACK = Back()


def choose(recommended: Framework | None, numbers: Iterable[int], say: Say) -> Framework | int | Back:
    """Return the framework that the user takes, or the number of an answer to change, or BACK.

    The recommended framework is an Enter away.

    Raises:
        KeyboardInterrupt: Ctrl-C, or the terminal is gone.
    """
    order = sorted(FRAMEWORKS, key=lambda framework: framework != recommended)
    labels = [FRAMEWORK_NAMES[framework] for framework in order]
    prompt = "Which one do you choose?"
    if recommended:
        labels = [f"Yes, {labels[0]}", f"No, use {labels[1]}"]
        prompt = f"Create the project with {FRAMEWORK_NAMES[recommended]}?"
    words = {**dict.fromkeys(BACK_WORDS, BACK), **{str(number): number for number in numbers}}
    choices = list(zip(labels, order, strict=True))
    shown = Prompt(mark="=>", text=prompt, help=KEYS_SUMMARY, choices=choices)
    chosen: Framework | int | Back = _select(shown, order[0], words)
    if isinstance(chosen, str):
        say(f"=> {prompt} {labels[order.index(chosen)]}")
    return chosen


def confirm(prompt: str) -> bool:
    """Return whether the user says yes; Enter alone is no.

    Raises:
        KeyboardInterrupt: Ctrl-C, or the terminal is gone.
    """
    import questionary

    return bool(_answer(questionary.confirm(prompt, default=False, qmark=MARK)))


def ask_framework(before: Framework | None, say: Say) -> Framework | None:
    """Return the framework that is already decided; `before` is what was answered last time.

    Raises:
        KeyboardInterrupt: Ctrl-C, or the terminal is gone.
    """
    prompt = "Is the framework already decided?"
    choices = [("No, advise me", "no"), *((f"Yes, {FRAMEWORK_NAMES[name]}", name) for name in FRAMEWORKS)]
    help_text = f"For example by existing code, a team or a course. {KEYS}"
    chosen = _select(Prompt(text=prompt, help=help_text, choices=choices), before or "no", {})
    say(f"{MARK} {prompt} {next(label for label, value in choices if value == chosen)}")
    return next((framework for framework in FRAMEWORKS if framework == chosen), None)


def ask_question(
    question: Question, before: Sequence[str], say: Say, mark: str = MARK, hint: str = ""
) -> tuple[str, ...] | Back:
    """Return the answer to a question, or BACK; `before` is chosen already.

    Raises:
        KeyboardInterrupt: Ctrl-C, or the terminal is gone.
    """
    words = dict.fromkeys(BACK_WORDS, BACK)
    prompt = Prompt(
        mark=mark,
        text=question.prompt,
        help="\n".join([question.help, *([KEYS_MULTIPLE] if question.multiple else []), hint]),
        choices=[(option.label, option.id) for option in question.options],
    )
    chosen = _checkbox(prompt, before, words) if question.multiple else _select(prompt, before[0], words)
    if isinstance(chosen, Back):
        return chosen
    answer = tuple(chosen) if question.multiple else (chosen,)
    say(f"{mark} {question.prompt} {question.labels(answer)}")
    return answer


def ask_value(prompt: str, values: Sequence[str], before: str, say: Say) -> str | Back:
    """Return one of the values, or any text where there are none, or BACK; `before` is the present value.

    Raises:
        KeyboardInterrupt: Ctrl-C, or the terminal is gone.
    """
    if values:
        shown = Prompt(text=f"{prompt}:", choices=[(value, value) for value in values])
        chosen: str | Back = _select(shown, before, dict.fromkeys(BACK_WORDS, BACK))
    else:
        import questionary

        question = questionary.text(
            prompt, default=before, instruction=KEYS_TEXT, qmark=MARK, erase_when_done=True
        )
        typed = _answer(question)
        chosen = BACK if typed in BACK_WORDS else typed
    if isinstance(chosen, str):
        say(f"{MARK} {prompt}: {chosen}")
    return chosen


def ahead(preload: Callable[[], None]) -> None:
    """Run an import that is needed afterwards in a thread, while questions are asked."""
    import questionary  # noqa: F401  (before the thread starts: copier imports parts of it too)

    threading.Thread(target=_quietly, args=(preload,)).start()


def _quietly(preload: Callable[[], None]) -> None:
    """Run the import ahead; whatever is wrong with it is reported where it is needed."""
    with suppress(Exception):
        preload()


def _select(prompt: Prompt, default: str, words: Mapping[str, object]) -> Any:
    import questionary

    question = questionary.select(
        prompt.text,
        choices=[questionary.Choice(label, value) for label, value in prompt.choices],
        default=default,
        instruction=_below(prompt.help),
        qmark=prompt.mark,
        pointer=">",
        erase_when_done=True,
    )
    return _answer(_understanding(question, words))


def _checkbox(prompt: Prompt, checked: Sequence[str], words: Mapping[str, object]) -> Any:
    import questionary

    question = questionary.checkbox(
        prompt.text,
        choices=[
            questionary.Choice(label, value, checked=value in checked) for label, value in prompt.choices
        ],
        instruction=_below(prompt.help),
        qmark=prompt.mark,
        pointer=">",
        erase_when_done=True,
    )
    return _answer(_understanding(question, words))


def _understanding(question: questionary.Question, words: Mapping[str, object]) -> questionary.Question:
    """Return the question so that typing one of these words answers it, too."""
    from prompt_toolkit.key_binding import KeyBindings, merge_key_bindings

    bindings = KeyBindings()
    for word, meaning in words.items():

        @bindings.add(*word)
        def _answer_with(event: Any, meaning: object = meaning) -> None:
            event.app.exit(result=meaning)

    application = question.application
    application.key_bindings = merge_key_bindings([*filter(None, [application.key_bindings]), bindings])
    application.timeoutlen = DIGIT_SECONDS
    return question


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
