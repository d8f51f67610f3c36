"""`fwstart advise`, from checked settings to output."""

from datetime import date
from typing import Literal

from fwstart.advice.knowledge import load_knowledge
from fwstart.advice.rule import advise
from fwstart.report.text import to_text
from fwstart.settings.settings import Settings
from fwstart.terminal.console import Console
from fwstart.terminal.spelling import not_accepted

Form = Literal["text", "json", "markdown"]


def recommend(settings: Settings, console: Console, form: Form, *, verbose: bool) -> None:
    """Ask what is left to ask, and show the recommendation."""
    if console.asks:
        from fwstart.settings.conversation import Conversation

        settings = Conversation(settings, console.prose).ask()
        console.say()
    advice, today = advise(settings.answers, fixed=settings.framework), date.today()
    if form == "json":
        from fwstart.report.json import to_json

        console.document(to_json(advice, today))
    elif form == "markdown":
        from fwstart.report.markdown import to_markdown

        console.data(to_markdown(advice, today).rstrip("\n"))
    else:
        console.say(to_text(advice, console.screen, today, verbose=verbose))
        if advice.verdict.framework is None:
            console.say()
            console.prose(
                "Answer more questions, or decide yourself: --framework pytorch or --framework keras."
            )


def explain(question_id: str, console: Console) -> None:
    """Show one question's options, points, reasons and notes."""
    from fwstart.report.explanation import explain_json, explain_text

    knowledge, today = load_knowledge(), date.today()
    known = [question.id for question in knowledge.questions]
    if question_id not in known:
        raise not_accepted("--explain", question_id, known)
    question = knowledge.question(question_id)
    console.say(explain_text(question, knowledge, console.screen, today))
    if console.json:
        console.document(explain_json(question, knowledge, today))
