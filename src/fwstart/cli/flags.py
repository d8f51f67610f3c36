"""The flags of the commands: those of one command or several, and those that are settings."""

import inspect
from collections.abc import Callable
from functools import wraps
from typing import TYPE_CHECKING, Any

import typer

if TYPE_CHECKING:
    from fwstart.settings.settings import Field


def _question_names() -> list[str]:
    from fwstart.settings.settings import question_fields

    return [field.key for field in question_fields()]


def _part_names() -> list[str]:
    from fwstart.change.parts import part_names

    return list(part_names())


ANSWERS = typer.Option(
    None, metavar="FILE", help="Read settings from a TOML or JSON file; - is standard input."
)
YES = typer.Option(
    False, "--yes", help="Ask nothing. Unanswered questions are neutral; if all are, `new` needs --framework."
)
JSON = typer.Option(False, "--json", help="Print one JSON document and ask nothing.")
TEXT = typer.Option(False, "--text/--json", help="Print it as text to read, or as JSON. [default: JSON]")
NO_GIT = typer.Option(False, "--no-git", help="Do not create a git repository or a first commit.")
TARGETS = typer.Option(
    None, metavar="TARGET", help="Deployment target from now on, or none. Repeat it to name all targets."
)
UPDATE_YES = typer.Option(
    False, "--yes", help="Ask nothing: delete files that you edited, accept a missing package folder."
)
DIFF = typer.Option(False, "--diff", "--dry-run", help="Show what would change, without changing it.")
TO = typer.Option(None, metavar="VERSION", help="Update to this release. [default: the newest]")
PROJECT = typer.Option(".", metavar="PATH", help="The project's folder.")
PARTS = typer.Argument(
    ...,
    metavar="TARGET",
    help="server, edge, browser, gpu, backbones, kfp or tfx.",
    autocompletion=_part_names,
)
MARKDOWN = typer.Option(False, "--markdown", help="Print the advice as a Markdown document and ask nothing.")
VERBOSE = typer.Option(False, "--verbose", help="Show the notes behind the advice, with their sources.")
EXPLAIN = typer.Option(
    None,
    metavar="QUESTION",
    help="Explain one question instead: every option, its points, reason and notes.",
    autocompletion=_question_names,
)
DRY_RUN = typer.Option(False, "--dry-run", help="Show the answers and the file list; write nothing.")


def with_options(*fields: "Field") -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Give a command one option for each field; it receives them as keywords."""

    def decorate(command: Callable[..., None]) -> Callable[..., None]:
        own = [
            parameter
            for parameter in inspect.signature(command).parameters.values()
            if parameter.kind is not inspect.Parameter.VAR_KEYWORD
        ]
        first = [parameter for parameter in own if parameter.kind is not inspect.Parameter.KEYWORD_ONLY]
        options = [
            inspect.Parameter(
                field.key,
                inspect.Parameter.KEYWORD_ONLY,
                default=_option(field),
                annotation=list[str] if field.multiple else str,
            )
            for field in fields
        ]
        parameters = [*first, *options, *own[len(first) :]]

        @wraps(command)
        def with_fields(**given: Any) -> None:
            command(**given)

        with_fields.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
        return with_fields

    return decorate


def _option(field: "Field") -> Any:
    help_text = f"{field.help} Repeatable." if field.multiple else field.help
    return typer.Option(
        None,
        field.flag,
        metavar="|".join(field.accepted) or "TEXT",
        help=f"{help_text} [default: {field.default}]" if field.default else help_text,
        autocompletion=lambda: list(field.accepted),
    )
