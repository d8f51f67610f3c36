"""Jinja compiles each text once, copier renders each part of a path once, and both make the same of it."""

from contextlib import nullcontext
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from copier import _main, run_copy
from jinja2 import Environment, Template, TemplateSyntaxError
from jinja2.sandbox import SandboxedEnvironment
from support.trees import ANSWERS

from fwstart.template import render as project
from fwstart.template.compiled_once import compiled_once, rendered_once


def test_same_outcome() -> None:
    """Environments are kept apart, and values count at each render."""
    square = Environment(variable_start_string="[=", variable_end_string="=]", autoescape=False)  # noqa: S701
    usual = SandboxedEnvironment()
    with compiled_once():
        rendered = [
            environment.from_string("[= x =]{{ x }}").render(x=number)
            for number in (1, 2)
            for environment in (square, usual)
        ]

    assert ["1{{ x }}", "[= x =]1", "2{{ x }}", "[= x =]2"] == rendered


def test_errors_stay() -> None:
    """A text that does not compile says so each time."""
    with compiled_once():
        for _ in range(2):
            with pytest.raises(TemplateSyntaxError):
                Environment().from_string("{% if %}")  # noqa: S701


def test_jinja_is_left_as_it_was() -> None:
    """After the block, failed or not, Jinja is its own again."""
    plain = Environment.from_string
    with pytest.raises(ZeroDivisionError), compiled_once():
        raise ZeroDivisionError

    assert plain is Environment.from_string


def test_same_project_with_less_work(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The installed copier renders the same bytes, and compiles less than half as often: else this can go."""
    answers = replace(ANSWERS, deploy=("server",))
    counts = {"usual": 0, "once": 0}
    plain = Environment.compile
    for name, context in (("usual", nullcontext), ("once", compiled_once)):

        def counted(self: Environment, *given: Any, at: str = name, **named: Any) -> Any:
            counts[at] += 1
            return plain(self, *given, **named)

        monkeypatch.setattr(Environment, "compile", counted)
        monkeypatch.setattr(project, "compiled_once", context)
        monkeypatch.setattr(project, "rendered_once", nullcontext)
        (tmp_path / name).mkdir()
        project.render(project.template_root(), tmp_path / name, answers, {})

    assert contents(tmp_path / "usual") == contents(tmp_path / "once")
    assert counts["once"] < counts["usual"] / 2


def test_copier_is_left_as_it_was() -> None:
    """After the block, failed or not, copier is its own again."""
    plain = vars(_main.Worker).copy()
    with pytest.raises(ZeroDivisionError), rendered_once():
        raise ZeroDivisionError

    assert plain == dict(vars(_main.Worker))


def test_same_project_with_fewer_renders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The installed copier renders the same bytes with a fifth of the renders: else this can go."""
    answers = replace(ANSWERS, deploy=("server",))
    counts = {"usual": 0, "once": 0}
    plain = Template.render
    for name, context in (("usual", nullcontext), ("once", rendered_once)):

        def counted(self: Template, *given: Any, at: str = name, **named: Any) -> str:
            counts[at] += 1
            return plain(self, *given, **named)

        monkeypatch.setattr(Template, "render", counted)
        monkeypatch.setattr(project, "rendered_once", context)
        (tmp_path / name).mkdir()
        project.render(project.template_root(), tmp_path / name, answers, {})

    assert contents(tmp_path / "usual") == contents(tmp_path / "once")
    assert counts["once"] < counts["usual"] / 5


def test_what_changes_is_rendered_each_time(tmp_path: Path) -> None:
    """A name that yields several files, and a question's default, become what they become without."""
    template = tmp_path / "template"
    template.mkdir()
    (template / "copier.yml").write_text(
        "names: {type: yaml, default: [one, two]}\nfirst: {type: str, default: '{{ names[0] }}'}\n"
        "second: {type: str, default: '{{ names[0] }}-{{ first }}'}\n"
    )
    (template / "{% yield name from names %}{{ name }}{% endyield %}.txt.jinja").write_text(
        "{{ second }}{{ name }}"
    )
    (template / "{{ _copier_conf.answers_file }}.jinja").write_text("{{ _copier_answers | to_nice_yaml }}")
    for name, context in (("usual", nullcontext), ("once", rendered_once)):
        with context():
            run_copy(str(template), tmp_path / name, defaults=True, quiet=True)

    assert contents(tmp_path / "usual") == contents(tmp_path / "once")
    assert b"one-onetwo" == contents(tmp_path / "once")["two.txt"]


def contents(folder: Path) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()
    }
