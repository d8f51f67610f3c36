"""Write docs/reference/settings.md from the typed settings of the tool and of generated projects.

A test compares the page with what this would write.
"""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, get_args

from make_config import COMMENTS, module
from make_errors import plain

from fwstart.settings.settings import Field, all_fields

PAGE = Path(__file__).parents[1] / "docs" / "reference" / "settings.md"
COMMAND = "python scripts/make_settings.py"
INTRODUCTION = f"""\
# Settings

Made from the typed settings by `{COMMAND}`; do not edit.

## Settings of `fwstart`

Each is a flag of `fwstart new`, an environment variable, or a key of the answers file
(`--answers`); the first of these counts. `fwstart advise` has those of the questions, `fwstart
update` has `--deploy`, `--accelerator`, `--backbones` and `--pipeline`. A flag that may be repeated
is a list in the answers file, and has commas in the variable."""
OF_PROJECTS = """\
## Settings of a project

They are the keys of `config.toml`, the same in both frameworks. `--set train.epochs=3` changes one
for a single run, `settings` lists them and says where each value comes from. A wrong name, type or
value is refused.

*Change* says when a setting may differ from the value that its run began with: when training is
resumed, or at any time, also when a trained model is used. All others decide what is learned, and
stay as they are."""
LIMITS = {"ge": "{} or more", "gt": "more than {}", "le": "{} or less", "lt": "less than {}"}
TYPES = {int: "whole number", float: "number", str: "text", bool: "`true`, `false`"}


def main() -> None:
    """Write the page."""
    PAGE.write_text(page(), encoding="utf-8")
    print(PAGE)


def page() -> str:
    """Return the text of the page."""
    ours = [[f"`{each.flag}`", f"`{each.variable}`", *_accepted(each), each.help] for each in all_fields()]
    parts = [INTRODUCTION, _table(("flag", "variable", "values", "default", "meaning"), ours), OF_PROJECTS]
    return "\n\n".join([*parts, *_tables()]) + "\n"


def _accepted(field: Field) -> tuple[str, str]:
    values = ", ".join(f"`{value}`" for value in field.values) or "text"
    return f"{values}; repeatable" if field.multiple else values, field.default


def _tables() -> Iterator[str]:
    """Yield the heading and the table of each table of config.toml."""
    settings = module("config.settings")
    tables: dict[str, list[Sequence[str]]] = {}
    for name, field in settings.FIELDS.items():
        table, _, key = name.rpartition(".")
        default = (
            "see `config.toml`" if isinstance(field.default, dict) else f"`{settings.in_toml(field.default)}`"
        )
        changes = [word for when, word in _CHANGES.items() if settings.may_differ(name, when)]
        row = (
            f"`{key}`",
            default,
            _values(field),
            _meaning(field, settings.unit(name)),
            "".join(changes[:1]),
        )
        tables.setdefault(table, []).append(row)
    for table, rows in tables.items():
        yield f"### `[{table}]`" if table else "### At the top"
        if table in COMMENTS:
            yield f"{COMMENTS[table]}."
        yield _table(("key", "default", "values", "meaning", "change"), rows)


_CHANGES = {"used": "any time", "resumed": "when resumed"}


def _meaning(field: Any, unit: str) -> str:
    """Return what a setting means; the unit begins the sentence."""
    return plain(f"{unit} {field.description}".strip())


def _values(field: Any) -> str:
    """Return which values a setting accepts: the choices, or the type with its limits."""
    choices = [value for value in get_args(field.annotation) if isinstance(value, str | int)]
    limits = [
        words.format(getattr(each, key))
        for key, words in LIMITS.items()
        for each in field.metadata
        if getattr(each, key, None) is not None
    ]
    if choices:
        return ", ".join(f"`{str(value).lower() if isinstance(value, bool) else value}`" for value in choices)
    return ", ".join(part for part in (TYPES.get(field.annotation, ""), *limits) if part)


def _table(titles: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = [titles, ["---"] * len(titles), *([cell.replace("|", "\\|") for cell in row] for row in rows)]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


if __name__ == "__main__":
    main()
