"""What is wrong with a command line, in our words instead of typer's."""

from collections.abc import Collection, Sequence
from typing import Any

from fwstart.errors import UsageError
from fwstart.settings.settings import NOWHERE, all_fields, question_fields
from fwstart.terminal.spelling import quoted, suggestion

EXAMPLE = "For example: fwstart new myproject"
CHANGING = ("add", "remove")  # the commands that take the names of parts
LACKING = {"cpu", NOWHERE}  # values by which a project lacks a part
OTHERS = {  # flags that take a value and are no settings: what they take, and an example
    "--answers": ("a TOML or JSON file, or - for standard input", "answers.toml"),
    "--project": ("the folder of a project", "../myproject"),
}


def in_our_words(error: Any, words: Sequence[str]) -> UsageError:
    """Return typer's error in our words: what was received, what is accepted, what to do.

    Its classes are private, so their attributes tell them apart: `option_name`, `param`, `ctx`. `words` are
    those of the command line, from which the command is told where typer does not say it.
    """
    context, flag = getattr(error, "ctx", None), getattr(error, "option_name", None)
    if flag and context:
        return _unknown_flag(flag, context, words)
    if flag:
        return _misused_flag(flag, error.format_message(), words)
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


def _unknown_flag(flag: str, context: Any, words: Sequence[str]) -> UsageError:
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
    if context.info_name in CHANGING and (alone := _named_alone(flag, context.info_name, words)):
        return UsageError(f"{flag} is not a flag of {command}.", fix=f"Name the part alone: {alone}")
    if flag in fields:
        return UsageError(
            f"{flag} is not a flag of {command}.", fix=f"Use it with: fwstart new PATH {flag} VALUE"
        )
    return UsageError(
        f"{quoted(flag)} is not a flag of {command}; `{command} --help` lists those that are.",
        fix=suggestion(flag, known, quote=False),
    )


def _named_alone(flag: str, verb: str, words: Sequence[str]) -> str:
    """Return the `fwstart add` or `remove` that means a flag of `update`; empty where none does."""
    from fwstart.change.parts import part_flags

    parts = part_flags().get(flag, {})
    values = [value for given in _values(flag, words) for value in given.split(",")]
    named = [parts[value] for value in values if value in parts]
    if LACKING.intersection(values):
        verb = "remove"
    return f"fwstart {verb} {' '.join(named or list(parts.values())[:1])}" if parts else ""


def _values(flag: str, words: Sequence[str]) -> list[str]:
    """Return what was given for a flag: the next word, or what stands behind its equals sign."""
    pairs = zip(words, [*words[1:], ""], strict=True)
    return [
        after if word == flag else word.partition("=")[2]
        for word, after in pairs
        if word == flag or word.startswith(f"{flag}=")
    ]


def _misused_flag(flag: str, message: str, words: Sequence[str]) -> UsageError:
    """Return the error for a flag without its value, or with one that it does not take."""
    command = " ".join(["fwstart", *[word for word in words if not word.startswith("-")][:1]])
    accepted, example = _accepted(flag)
    if not accepted or "requires" not in message:
        return UsageError(f"{message.rstrip('.')}.", fix=f"For help, run: {command} --help")
    return UsageError(f"{flag} has no value; it must be {accepted}.", fix=f"For example: {flag} {example}")


def _accepted(flag: str) -> tuple[str, str]:
    """Return what a flag takes, as the end of a sentence, and an example; empty where it takes nothing."""
    field = next((field for field in all_fields() if field.flag == flag), None)
    if field is not None:
        return (
            (f"one of {', '.join(field.accepted)}", field.values[0])
            if field.values
            else ("some text", '"..."')
        )
    if flag == "--to":
        from fwstart.template.releases import read_releases

        releases = [str(release) for release in read_releases()]
        return f"a release: {', '.join(releases)}", releases[-1]
    if flag == "--explain":
        questions = [field.key for field in question_fields()]
        return f"one of {', '.join(questions)}", questions[0]
    return OTHERS.get(flag, ("", ""))
