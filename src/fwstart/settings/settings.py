"""What the user has set, and where: flag > FWSTART_* environment > answers file > default."""

import dataclasses
import reprlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache

from fwstart.advice.knowledge import load_knowledge
from fwstart.advice.questions import FRAMEWORKS, Framework
from fwstart.advice.rule import Answers
from fwstart.errors import UsageError
from fwstart.settings.questionnaire import project_question
from fwstart.terminal.spelling import ONE_OF_THEM, file_name, not_accepted, printable, quoted, suggestion

PREFIX = "FWSTART_"
OTHER_VARIABLES = ("FWSTART_DEBUG", "FWSTART_ORIGIN")  # known, but no settings
ASKED = "your answer"
NOWHERE = "none"  # alone, the value of --deploy that names no target
DECISION = "docs"  # docs/DECISION.md and docs/decision.json hold every answer of the decision; guides some
CHANGES: Mapping[str, tuple[str, ...]] = {  # what else an answer changes in a project, by its top entries
    "deploy": ("AGENTS.md", "README.md", "deploy", "examples", "pyproject.toml", "src", "tests"),
    "package": (".github", "AGENTS.md", "README.md", "docs", "pyproject.toml", "src", "tests"),
    "description": ("README.md", "pyproject.toml"),
    "author": ("LICENSE", "pyproject.toml"),
    "license": ("LICENSE", "pyproject.toml"),
    "python": (".github", "AGENTS.md", "pyproject.toml"),
    "accelerator": ("README.md", "docs", "pyproject.toml"),
    "backbones": ("README.md", "config.toml", "docs", "pyproject.toml"),
    "pipeline": ("AGENTS.md", "README.md", "deploy", "docs", "pipelines", "pyproject.toml", "src", "tests"),
    "models": ("README.md", "config.toml", "pyproject.toml"),  # proposes backbones
    # proposes a pipeline
    "community": ("AGENTS.md", "README.md", "deploy", "pipelines", "pyproject.toml", "src", "tests"),
}


@dataclass(frozen=True, kw_only=True)
class Field:
    """Something that can be set: by a flag, an environment variable or a key of the answers file."""

    key: str
    help: str
    values: tuple[str, ...] = ()  # what is accepted; any text where empty
    default: str = ""  # as shown in the help
    multiple: bool = False
    changes: tuple[str, ...] = ()  # in the project, by what lies at its top

    @property
    def accepted(self) -> tuple[str, ...]:
        """What can be typed; nothing where any text can."""
        return (*self.values, NOWHERE) if self.multiple else self.values

    @property
    def flag(self) -> str:
        """The option on the command line."""
        return f"--{self.key}"

    @property
    def variable(self) -> str:
        """The environment variable."""
        return f"{PREFIX}{self.key.upper()}"


@dataclass(frozen=True, kw_only=True)
class Setting:
    """A checked value and where it came from, in the user's words."""

    value: tuple[str, ...]  # one text; any number of a multiple field's values
    source: str
    subject: str = dataclasses.field(default="", compare=False)  # what errors call it


@dataclass(frozen=True, kw_only=True)
class Settings:
    """Everything that was given; what is missing here has its default."""

    given: Mapping[str, Setting]

    @property
    def answers(self) -> Answers:
        """The questions that were answered."""
        return {
            field.key: self.given[field.key].value for field in question_fields() if field.key in self.given
        }

    @property
    def framework(self) -> Framework | None:
        """The framework that is already decided."""
        chosen = self.text("framework")
        return next((framework for framework in FRAMEWORKS if framework == chosen), None)

    def text(self, key: str) -> str | None:
        """Return what was given for one field, None when nothing was."""
        return self.given[key].value[0] if key in self.given else None

    def subject(self, key: str) -> str:
        """Return what an error about one field is about: where its value was given, else its flag."""
        return (self.given[key].subject if key in self.given else "") or f"--{key}"

    def having(self, key: str, *value: str, source: str = ASKED) -> "Settings":
        """Return these settings and one more."""
        return replace(self, given={**self.given, key: Setting(value=value, source=source)})


@cache
def question_fields() -> tuple[Field, ...]:
    """Return the fields that are questions of the article, in its order."""
    return tuple(
        Field(
            key=question.id,
            help=question.prompt,
            values=question.values,
            default=question.neutral[0] if question.neutral else "none",
            multiple=question.multiple,
            changes=(DECISION, *CHANGES.get(question.id, ())),
        )
        for question in load_knowledge().questions
    )


FRAMEWORK = Field(
    key="framework",
    help="The framework, if it is already decided. What the article alone recommends is still shown.",
    values=FRAMEWORKS,
    changes=("everything",),
)


@cache
def project_fields() -> tuple[Field, ...]:
    """Return the fields that describe the project, with the choices of copier.yml."""
    return (
        _project_field("package", "Name of the Python package.", "from PATH"),
        _project_field("description", "What the project does, in one line."),
        _project_field("author", "Author of the project.", "from git"),
        _project_field("license", "License.", project_question("license").default),
        _project_field(
            "python", "Oldest Python version that it must run on.", project_question("python").default
        ),
        _project_field("accelerator", "What it trains on.", "gpu with an NVIDIA driver, else cpu"),
        _project_field(
            "backbones",
            "Where it gets pretrained weights: nowhere, or from its framework's collections.",
            "hub if --models names a collection, else none",
        ),
        _project_field(
            "pipeline",
            "What trains, checks and publishes it step by step: nothing, Kubeflow Pipelines, or TFX.",
            "none; if --community is tfx, tfx with Keras and kfp with PyTorch",
        ),
    )


def _project_field(key: str, help_text: str, default: str = "") -> Field:
    values = project_question(key).choices
    return Field(key=key, help=help_text, values=values, default=default, changes=CHANGES[key])


def all_fields() -> tuple[Field, ...]:
    """Return every field, those of the decision first."""
    return (*question_fields(), FRAMEWORK, *project_fields())


def resolve(
    flags: Mapping[str, Sequence[str]],
    environment: Mapping[str, str],
    file: Mapping[str, object] | None = None,
    file_path: str = "",
) -> Settings:
    """Return the settings from all three places, the earlier one winning; only what wins is checked.

    `flags` holds the flags that were given, `file` an answers file's table; an empty variable is not set.

    Raises:
        UsageError: a value that is not accepted, or a key of the file that is not known.
    """
    _check_keys(file or {}, file_name(file_path))
    given = {}
    for field in all_fields():
        if field.key in flags:
            given[field.key] = _setting(field, flags[field.key], field.flag, field.flag)
        elif environment.get(field.variable):
            given[field.key] = _setting(field, [environment[field.variable]], field.variable, field.variable)
        elif file and field.key in file:
            subject = f"{file_name(file_path)}: {field.key}"
            given[field.key] = _setting(
                field, _texts(field, file[field.key], subject), subject, file_name(file_path)
            )
    return Settings(given=given)


def unknown_variables(environment: Mapping[str, str]) -> list[str]:
    """Return a line for each FWSTART_* variable that nothing reads, with the nearest that something does."""
    known = [*(field.variable for field in all_fields()), *OTHER_VARIABLES]
    return [
        f"{printable(name)} is set, but fwstart has no such setting. {suggestion(name, known, quote=False)}"
        for name in sorted(environment)
        if name.startswith(PREFIX) and name not in known
    ]


def named(texts: Iterable[str], values: Sequence[str], subject: str) -> list[str]:
    """Return the values that are named, separated by commas or each for itself; `none` alone names none.

    Raises:
        UsageError: a value is not accepted.
    """
    words = [part.strip() for text in texts for part in text.split(",")]
    for word in words:
        if word not in (*values, NOWHERE):
            raise not_accepted(subject, word, (*values, NOWHERE))
    if NOWHERE in words and len(set(words)) > 1:
        raise UsageError(
            f"{subject} is none together with something else.", fix="Use either none or the targets."
        )
    return [word for word in words if word != NOWHERE]


def _setting(field: Field, texts: Sequence[str], subject: str, source: str) -> Setting:
    if not field.values:
        return Setting(value=(texts[-1],), source=source, subject=subject)
    chosen = named(texts, field.values, subject) if field.multiple else [texts[-1]]
    if not field.multiple and texts[-1] not in field.values:
        raise not_accepted(subject, texts[-1], field.values)
    # In the field's own order, whatever the order given, so that equal choices make equal projects.
    ordered = tuple(value for value in field.values if value in chosen)
    return Setting(value=ordered, source=source, subject=subject)


def _texts(field: Field, value: object, subject: str) -> list[str]:
    """Return a file's value as texts: one, or a list of them for a multiple field."""
    if isinstance(value, str):
        return [value]
    if field.multiple and isinstance(value, list) and all(isinstance(part, str) for part in value):
        return value
    wanted = (
        'a string or a list of strings, such as ["server", "edge"]'
        if field.multiple
        else "a string in quotes"
    )
    raise UsageError(
        f"{subject} is {reprlib.repr(value)}; it must be {wanted}.", fix=_fix_for_type(field, value)
    )


def _fix_for_type(field: Field, value: object) -> str:
    if isinstance(value, int | float) and str(value) in field.values:  # python = 3.11
        return f'Put it in quotes: {field.key} = "{value}"'
    if field.values:
        return f"Accepted: {', '.join(field.values)}."
    return f'For example: {field.key} = "..."'


def _check_keys(file: Mapping[str, object], name: str) -> None:
    known = [field.key for field in all_fields()]
    for key in file:
        if key not in known:
            raise UsageError(
                f"{name}: {quoted(key)} is not a setting; it must be one of {', '.join(known)}.",
                fix=suggestion(key, known, otherwise=ONE_OF_THEM),
            )
