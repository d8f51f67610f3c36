"""The command line: its commands.

What a command needs is imported when it is called: --help has no time for it.
"""

import os
import sys
from collections.abc import Collection, Sequence
from typing import TYPE_CHECKING, Any

import typer
from typer.core import TyperGroup

from fwstart import __version__
from fwstart.cli import flags
from fwstart.errors import EXIT_DONE, EXIT_INTERRUPTED, EXIT_USAGE, UsageError
from fwstart.terminal.console import Console, accept_any_character, open_console
from fwstart.terminal.exits import accounting, exit_code

if TYPE_CHECKING:
    from fwstart.change.parts import Verb
    from fwstart.settings.settings import Field, Settings

COMPLETION = "_FWSTART_COMPLETE"  # typer's variable, set while a shell completes what is typed
HELP_FLAGS = ["-h", "--help"]
EPILOG = (
    "Each setting can also be an environment variable, such as FWSTART_BACKGROUND, or a key of the answers "
    "file. Precedence: flag, environment variable, answers file, default.\n\n"
    "Exit codes: 0 done, 1 failed or target refused, 2 wrong usage, 130 Ctrl-C."
)
UPDATE_EPILOG = (
    "Exit codes: 0 done or up to date, 1 conflicts to resolve, failed or refused, 2 wrong usage, "
    "3 `update --check` found something newer, 130 Ctrl-C."
)
DOCTOR_EPILOG = "Exit codes: 0 checked (missing tools are not an error), 1 failed, 2 wrong usage, 130 Ctrl-C."


class Commands(TyperGroup):
    """The group of commands; an unknown one is refused in our own words."""

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        """Return the command that the first argument names."""
        if args and not args[0].startswith("-") and args[0] not in self.commands:
            from fwstart.cli.usage_errors import unknown_command

            raise unknown_command(args[0], self.commands)
        return super().resolve_command(ctx, args)


def build_app(words: Collection[str] | None = None) -> typer.Typer:
    """Return the command line.

    The commands among the words of the command line, or all where `words` is None, have all their options:
    those that are settings come from the knowledge, which takes a while to read.
    """
    app = typer.Typer(cls=Commands, rich_markup_mode=None, no_args_is_help=True, epilog=EPILOG)
    app.callback()(fwstart)
    for command in (new, advise):
        fields = _fields(project=command is new) if words is None or command.__name__ in words else ()
        app.command(epilog=EPILOG)(flags.with_options(*fields)(command))
    for change in (update, add, remove):
        app.command(epilog=UPDATE_EPILOG)(change)
    app.command()(options)
    app.command(epilog=DOCTOR_EPILOG)(doctor)
    return app


def _fields(*, project: bool) -> "tuple[Field, ...]":
    """Return the settings that are options: those of the decision and, for `new`, those of a project."""
    from fwstart.settings.settings import FRAMEWORK, project_fields, question_fields

    return (*question_fields(), FRAMEWORK, *(project_fields() if project else ()))


def _show_version(wanted: bool) -> None:
    if wanted:
        Console().say(f"fwstart {__version__}")
        raise typer.Exit


def fwstart(
    *,
    version: bool = typer.Option(
        False, "--version", is_eager=True, callback=_show_version, help="Show the version."
    ),
) -> None:
    """PyTorch or Keras? Answer seven questions and get a deep-learning project that is ready to run."""


def new(  # noqa: PLR0913  (a command's parameters are its flags)
    path: str = typer.Argument(..., help="The folder to create: new, empty, or containing only .git."),
    *,
    answers: str = flags.ANSWERS,
    yes: bool = flags.YES,
    json_output: bool = flags.JSON,
    no_git: bool = flags.NO_GIT,
    dry_run: bool = flags.DRY_RUN,
    **given: Any,
) -> None:
    """Recommend a framework and create a project that is ready to run.

    Asks for what was not given, but only in a terminal, and not with --framework, --yes, --json or CI set.
    """
    # Not at the top: importing copier would slow down every --help and every `fwstart advise`.
    from fwstart.new.command import carry_out, plan_project
    from fwstart.terminal.signals import stopped_cleanly

    console = open_console(questions=not yes, json=json_output, changes=not dry_run)
    settings = _settings(given, answers, console)
    with stopped_cleanly(), accounting(console):
        plan = plan_project(path, settings, ["--no-git"] if no_git else [], console)
        carry_out(plan, console, git=not no_git, dry_run=dry_run)


def advise(  # noqa: PLR0913  (a command's parameters are its flags)
    *,
    answers: str = flags.ANSWERS,
    yes: bool = flags.YES,
    json_output: bool = flags.JSON,
    markdown: bool = flags.MARKDOWN,
    verbose: bool = flags.VERBOSE,
    explain: str | None = flags.EXPLAIN,
    **given: Any,
) -> None:
    """Recommend a framework, with its reasons, and create nothing.

    Asks for what was not given, but only in a terminal, and not with --framework, --yes, --json, --markdown
    or CI set.
    """
    if markdown and (json_output or explain is not None):
        raise UsageError(
            f"--markdown and --{'json' if json_output else 'explain'} cannot be combined.",
            fix="Use only one of them.",
        )
    from fwstart.report import command as advising

    console = open_console(questions=not yes, json=json_output or markdown)
    if explain is not None:
        advising.explain(explain, console)
        return
    form: advising.Form = "markdown" if markdown else "json" if json_output else "text"
    advising.recommend(_settings(given, answers, console), console, form, verbose=verbose)


def update(  # noqa: PLR0913  (a command's parameters are its flags)
    path: str = typer.Argument(".", help="The project's folder."),
    *,
    check: bool = typer.Option(
        False, "--check", help="Only report whether there is something newer (exit code 3)."
    ),
    diff: bool = flags.DIFF,
    to: str = flags.TO,
    deploy: list[str] = flags.TARGETS,
    accelerator: str = typer.Option(None, metavar="cpu|gpu", help="Change what it is installed to train on."),
    backbones: str = typer.Option(None, metavar="none|hub", help="Change where it gets pretrained weights."),
    pipeline: str = typer.Option(None, metavar="none|kfp|tfx", help="Change what trains and publishes it."),
    framework: str = typer.Option(None, metavar="NAME", help="Show how to create it in another framework."),
    yes: bool = flags.UPDATE_YES,
    json_output: bool = flags.JSON,
) -> int:
    """Merge a newer release of the templates into your work, completely or not at all.

    Also changes targets, CPU or GPU, pretrained backbones and the pipeline. The project must be committed.
    """
    from fwstart.terminal.signals import stopped_cleanly
    from fwstart.update import command as updating
    from fwstart.update.step import Request

    console = Console(json=json_output, questions=not yes, changes=not (check or diff))
    choices = {"accelerator": accelerator, "backbones": backbones, "pipeline": pipeline}
    request = Request(path=path, to=to, deploy=tuple(deploy or ()), framework=framework, choices=choices)
    with stopped_cleanly(), accounting(console):
        if check:
            return updating.check(request, console)
        if diff:
            return updating.show_difference(request, console)
        return updating.update(request, console, yes=yes)


def add(  # noqa: PLR0913  (a command's parameters are its flags)
    targets: list[str] = flags.PARTS,
    *,
    project: str = flags.PROJECT,
    diff: bool = flags.DIFF,
    to: str = flags.TO,
    yes: bool = flags.UPDATE_YES,
    json_output: bool = flags.JSON,
) -> int:
    """Add targets, a GPU, pretrained backbones or a pipeline to a project.

    It prints the `fwstart update` that does the same, and does it. The project must be committed.
    """
    return _change("add", targets, project, to, diff=diff, yes=yes, json_output=json_output)


def remove(  # noqa: PLR0913  (a command's parameters are its flags)
    targets: list[str] = flags.PARTS,
    *,
    project: str = flags.PROJECT,
    diff: bool = flags.DIFF,
    to: str = flags.TO,
    yes: bool = flags.UPDATE_YES,
    json_output: bool = flags.JSON,
) -> int:
    """Remove targets, a GPU, pretrained backbones or a pipeline.

    It prints the `fwstart update` that does the same, and does it. The project must be committed.
    """
    return _change("remove", targets, project, to, diff=diff, yes=yes, json_output=json_output)


def options(*, text: bool = flags.TEXT) -> None:
    """List every question, flag and value, as JSON.

    With help, defaults and what each answer changes in a project. The commands read the same sources.
    """
    from fwstart.cli.listing import listed
    from fwstart.options.command import show

    group: Any = typer.main.get_command(build_app())
    show(listed(group, group.make_context("fwstart", ["options"])), Console(), text=text)


def doctor(*, json_output: bool = flags.JSON) -> None:
    """Check this machine: what works with each framework and target, and how to fix the rest.

    Asks each program for its version, with a time limit; changes nothing and needs no network.
    """
    from fwstart.doctor.command import examine

    examine(Console(json=json_output))


def _change(  # noqa: PLR0913
    verb: "Verb", words: list[str], path: str, to: str | None, *, diff: bool, yes: bool, json_output: bool
) -> int:
    from fwstart.change.command import Wish, change
    from fwstart.terminal.signals import stopped_cleanly

    console = Console(json=json_output, questions=not yes, changes=not diff)
    with stopped_cleanly(), accounting(console):
        return change(Wish(verb=verb, words=words, path=path, to=to, diff=diff, yes=yes), console)


def _settings(given: dict[str, Any], answers: str | None, console: Console) -> "Settings":
    from fwstart.settings.settings import resolve, unknown_variables

    for line in unknown_variables(os.environ):
        console.note(f"warning: {line}")
    typed = {key: [value] if isinstance(value, str) else value for key, value in given.items() if value}
    typed |= {key: [""] for key, value in given.items() if value == ""}
    if answers is None:
        return resolve(typed, os.environ)
    from fwstart.settings.answers_file import read_answers

    return resolve(typed, os.environ, read_answers(answers), answers)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run fwstart and return its exit code; whatever happens, the user sees a message and no traceback."""
    accept_any_character()
    words = sys.argv[1:] if arguments is None else list(arguments)
    return exit_code(lambda: _run(words))


def _run(words: list[str]) -> int:
    command = typer.main.get_command(build_app(None if COMPLETION in os.environ else words))
    try:
        code = command.main(words, prog_name="fwstart", standalone_mode=False, help_option_names=HELP_FLAGS)
    except typer.TyperException as error:
        if str(error).startswith("Usage:"):  # no command at all: the message is the help
            Console().note(str(error))
            return EXIT_USAGE
        from fwstart.cli.usage_errors import in_our_words

        raise in_our_words(error, words) from error
    if code == EXIT_INTERRUPTED:  # typer's word for one
        raise KeyboardInterrupt
    return code if isinstance(code, int) else EXIT_DONE
