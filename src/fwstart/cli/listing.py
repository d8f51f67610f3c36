"""What can be typed, as values: the commands of the command line with their arguments and flags."""

import inspect
from typing import Any

from fwstart.options.catalog import Command, Parameter


def listed(group: Any, context: Any) -> list[Command]:
    """Return the commands of typer's group in its order; hidden ones are left out."""
    return [
        _command(name, command, context) for name, command in group.commands.items() if not command.hidden
    ]


def _command(name: str, command: Any, context: Any) -> Command:
    parameters = command.get_params(context)
    return Command(
        name=name,
        help=inspect.cleandoc(command.help).partition("\n\n")[0].replace("\n", " "),
        arguments=tuple(_parameter(one) for one in parameters if one.param_type_name == "argument"),
        flags=tuple(_parameter(one) for one in parameters if _is_flag(one)),
    )


def _is_flag(one: Any) -> bool:
    return bool(one.param_type_name == "option" and one.name != "help")


def _parameter(one: Any) -> Parameter:
    is_argument = one.param_type_name == "argument"
    return Parameter(
        names=(one.metavar or one.name.upper(),) if is_argument else (*one.opts, *one.secondary_opts),
        takes=None if is_argument or one.is_flag else one.metavar,
        help=one.help or "",
        required=bool(one.required),
        repeatable=bool(one.multiple) if not is_argument else one.nargs == -1,
    )
