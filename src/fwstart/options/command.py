"""`fwstart options`, as JSON or to read."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fwstart.options.catalog import Command, Parameter, catalog
from fwstart.report.text import fill
from fwstart.settings.settings import Field, all_fields

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from fwstart.terminal.console import Console

INDENT = 6


def show(commands: Sequence[Command], console: Console, *, text: bool) -> None:
    """Show everything that can be answered and typed."""
    if text:
        console.say("\n".join(_lines(commands, console)))
    else:
        console.document(catalog(commands))


def _lines(commands: Iterable[Command], console: Console) -> Iterator[str]:
    width = console.width
    yield console.heading("Questions")
    for field in all_fields():
        yield f"  {field.flag} {'|'.join(field.accepted) or 'TEXT'}"
        yield fill(f"{' ' * INDENT}{_about(field)}", width, INDENT)
    for command in commands:
        yield ""
        words = [parameter.names[0] for parameter in command.arguments]
        yield console.heading(" ".join(["fwstart", command.name, *words]))
        yield fill(f"  {command.help}", width, 2)
        settings = {field.flag for field in all_fields()}
        for parameter in (*command.arguments, *command.flags):
            if command.name not in {"new", "advise"} or parameter.names[0] not in settings:
                yield f"  {_typed(parameter)}"
                yield fill(f"{' ' * INDENT}{parameter.help}", width, INDENT)
        if command.name in {"new", "advise"}:
            yield fill("  and the questions above as flags.", width, 2)


def _about(field: Field) -> str:
    default = f" Default: {field.default}." if field.default else ""
    repeatable = " Repeatable." if field.multiple else ""
    return f"{field.help}{repeatable}{default} Changes: {', '.join(field.changes)}."


def _typed(parameter: Parameter) -> str:
    return f"{', '.join(parameter.names)}{f' {parameter.takes}' if parameter.takes else ''}"
