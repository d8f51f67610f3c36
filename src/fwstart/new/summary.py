"""The dialogue of `fwstart new`: the questions, the advice, and a summary in which answers can be changed."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from fwstart.advice.knowledge import load_knowledge
from fwstart.advice.questions import FRAMEWORKS
from fwstart.advice.rule import Advice, advise
from fwstart.errors import UsageError
from fwstart.new.answers import Row, answer_rows
from fwstart.new.plan import Place, Plan, check_place, make_plan
from fwstart.report.text import fill, to_text
from fwstart.report.wording import verdict_lines
from fwstart.settings import dialogue
from fwstart.settings.conversation import SHAPING, Conversation
from fwstart.settings.questionnaire import check_pipeline
from fwstart.settings.settings import all_fields, question_fields
from fwstart.template.render import preload

if TYPE_CHECKING:
    from collections.abc import Sequence

    from fwstart.advice.questions import Framework
    from fwstart.settings.settings import Settings
    from fwstart.terminal.console import Console

HANG = 19  # where the values begin


def settle(place: Place, console: Console) -> Plan:
    """Ask what is left to ask, show the advice and a summary, and return what the user agrees to.

    Raises:
        KeyboardInterrupt: Ctrl-C, or the terminal is gone.
    """
    dialogue.ahead(preload)
    conversation = Conversation(place.settings, console.prose)
    place = _with(place, conversation.ask())
    told: Advice | None = None
    taken: Framework | None = None
    while True:
        advice = advise(place.settings.answers, fixed=place.settings.framework)
        if told is not None and advice.verdict.framework != told.verdict.framework:
            taken = None
        _tell(advice, told, console)
        told, expected = advice, taken or advice.verdict.framework
        rows = _rows(place, advice, expected or FRAMEWORKS[0])
        _show(rows, console)
        chosen = dialogue.choose(expected, range(1, len(rows) + 1), console.prose)
        if isinstance(chosen, dialogue.Back):
            place, taken = _with(place, conversation.ask(again=True)), None
        elif isinstance(chosen, int):
            place = _changed(place, rows[chosen - 1], conversation, console)
        elif (plan := _accepted(place, advice, chosen, console)) is not None:
            if _values(rows) == _values(_rows(place, advice, chosen)):
                return plan
            taken = chosen  # what nobody has seen is shown before it is created


def _accepted(place: Place, advice: Advice, framework: Framework, console: Console) -> Plan | None:
    """Return the plan for the chosen framework; None, once it is said why, where an answer excludes it."""
    console.say()
    plan = make_plan(place, _with_framework(advice, framework))
    pipeline = plan.project.pipeline
    fix = "To change that answer to kfp, type its number; or choose Keras."
    try:
        check_pipeline("The answer pipeline", pipeline, framework, fix=fix)
    except UsageError as error:
        console.prose(f"{error.problem} {error.fix}")
        return None
    return plan


def _tell(advice: Advice, told: Advice | None, console: Console) -> None:
    """Show the advice: all of it the first time, and later only the verdict, where it is another one."""
    if told is None:
        console.say(f"\n{to_text(advice, console.screen, date.today())}")
    elif verdict_lines(advice) != verdict_lines(told):
        console.say()
        for line in verdict_lines(advice):
            console.prose(line)


def _with_framework(advice: Advice, framework: Framework) -> Advice:
    same = framework == advice.verdict.framework
    return advice if same else advise(advice.answers, fixed=framework)


def _rows(place: Place, advice: Advice, framework: Framework) -> list[Row]:
    """Return the answers that can be changed; not those that a decided framework makes idle."""
    plan = make_plan(place, _with_framework(advice, framework))
    rows = [row for row in answer_rows(plan) if row.key != "framework"]
    if place.settings.framework is None:
        return rows
    idle = {field.key for field in question_fields()} - {*SHAPING, *place.settings.given}
    return [row for row in rows if row.key not in idle]


def _values(rows: Sequence[Row]) -> list[tuple[str, str]]:
    return [(row.key, row.value) for row in rows]


def _show(rows: Sequence[Row], console: Console) -> None:
    console.say(f"\n{console.heading('Summary')}")
    for number, row in enumerate(rows, start=1):
        console.say(fill(f"  {number:>2}  {row.key:<12} {row.shown}  ({row.source})", console.width, HANG))
    console.say()


def _changed(place: Place, row: Row, conversation: Conversation, console: Console) -> Place:
    """Ask for one answer again, until it is accepted, and return the place with it."""
    while True:
        value = _asked(row, place, console)
        if value is None:
            return place
        try:
            place = _with(place, place.settings.having(row.key, *value))
        except UsageError as error:
            console.prose(f"{error.problem} {error.fix}")
        else:
            conversation.change(row.key, *value)
            return place


def _asked(row: Row, place: Place, console: Console) -> tuple[str, ...] | None:
    """Return the new answer; None where the user goes back and leaves it as it is."""
    questions = {question.id: question for question in load_knowledge().questions}
    if row.key in questions:
        before = advise(place.settings.answers).answers[row.key]
        answer = dialogue.ask_question(questions[row.key], before, console.prose)
        return None if isinstance(answer, dialogue.Back) else answer
    field = next(field for field in all_fields() if field.key == row.key)
    value = dialogue.ask_value(field.help.rstrip("."), field.values, row.value, console.prose)
    return None if isinstance(value, dialogue.Back) else (value,)


def _with(place: Place, settings: Settings) -> Place:
    """Return the place for other settings.

    Raises:
        UsageError: a name or text is refused.
    """
    return check_place(place.path, settings, place.switches)
