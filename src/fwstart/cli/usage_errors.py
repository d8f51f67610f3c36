"""What is wrong with a command line, in our words instead of typer's."""

from collections.abc import Collection
from typing import Any

from fwstart.errors import UsageError
from fwstart.settings.settings import Field, all_fields
from fwstart.terminal.spelling import quoted, suggestion

EXAMPLE = "For example: fwstart new myproject"


def in_our_words(error: Any) -> UsageError:
    """Return typer's error in our words: what was received, what is accepted, what to do.

    Its classes are private, so their attributes tell them apart: `option_name`, `param`, `ctx`.
    """
    context, flag = getattr(error, "ctx", None), getattr(error, "option_name", None)
    if flag and context:
        return _unknown_flag(flag, context)
    if flag:
        return _misused_flag(flag, error.format_message())
    if param := getattr(error, "param", None):
        return _missing(param.name, context)
    command = context.command_path if context else "fwstart"
    fix = f"Put a value that contains spaces in quotes. For help, run: {command} --help"
    return UsageError(f"{error.format_message().rstrip('.')}.", fix=fix)


def _missing(argument: str, context: Any) -> UsageError:
    if argument == "targets":
        from fwstart.change.parts import part_names

        problem = f"TARGET is missing; it must be one or more of {', '.join(part_names())}."
        return UsageError(problem, fix=f"For example: {context.command_path} edge")
    return UsageError("PATH is missing: the folder to create the project in.", fix=EXAMPLE)


def unknown_command(word: str, known: Collection[str]) -> UsageError:
    """Return the error for a first word that is not a command."""
    problem = f"{quoted(word)} is not a command; it must be one of {', '.join(known)}."
    return UsageError(problem, fix=suggestion(word, known, otherwise="For help, run: fwstart --help"))


def _unknown_flag(flag: str, context: Any) -> UsageError:
    command = context.command_path
    known = [
        name for parameter in context.command.get_params(context) for name in parameter.opts if name[0] == "-"
    ]
    fields = {field.flag for field in all_fields()}
    if context.parent is None and flag in fields:
        return UsageError(
            f"{flag} is placed before the command.",
            fix=f"Put it after the command: fwstart new PATH {flag} VALUE",
        )
    if flag in fields:
        return UsageError(
            f"{flag} is not a flag of {command}.", fix=f"Use it with: fwstart new PATH {flag} VALUE"
        )
    return UsageError(
        f"{quoted(flag)} is not a flag of {command}; `{command} --help` lists those that are.",
        fix=suggestion(flag, known, quote=False),
    )


def _misused_flag(flag: str, message: str) -> UsageError:
    field = next((field for field in all_fields() if field.flag == flag), None)
    if field is None:
        return UsageError(f"{message.rstrip('.')}.", fix="For help, run: fwstart new --help")
    accepted = f"one of {', '.join(field.values)}" if field.values else "some text"
    return UsageError(
        f"{flag} has no value; it must be {accepted}.", fix=f"For example: {flag} {_example(field)}"
    )


def _example(field: Field) -> str:
    return field.values[0] if field.values else '"..."'
