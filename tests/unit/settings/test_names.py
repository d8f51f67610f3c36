"""What projects and packages may be called."""

import sys
from pathlib import Path

import pytest

from fwstart.errors import UsageError
from fwstart.settings.names import check_text, name_project, slugify


@pytest.mark.parametrize(
    ("folder", "package"),
    [
        ("myproject", "myproject"),
        ("My Project", "my_project"),
        ("my-project.v2", "my_project_v2"),
        ("a  -- b", "a_b"),
        ("Größe", "grosse"),
        ("Søren Łukasz Æther", "soren_lukasz_aether"),
        ("日本 cats", "cats"),
        (".hidden", "hidden"),
        ("_private_", "private"),
        ("Anna's cats", "anna_s_cats"),
        ("match", "match"),
        ("type", "type"),
    ],
)
def test_folder_name_becomes_package(folder: str, package: str) -> None:
    """The project is called as the folder; the package is its slug. Soft keywords are good module names."""
    name = name_project(Path(folder), None)

    assert (name.project_name, name.package) == (folder, package)


def test_unchanged_name_needs_no_remark() -> None:
    """Nothing is said when nothing was changed."""
    assert name_project(Path("demo"), None).remarks == ()


def test_changed_name_is_said() -> None:
    """A remark says what became what."""
    assert name_project(Path("My Project"), None).remarks == ('Package: my_project (from "My Project")',)


def test_changed_package_flag_is_said() -> None:
    """An explicit package is slugged and said as well."""
    name = name_project(Path("demo"), "My-Nets")

    assert (name.package, name.remarks) == ("my_nets", ('Package: my_nets (from "My-Nets")',))


def test_dot_means_the_current_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """`.`, `..` and a trailing slash name the folder that they lead to."""
    (tmp_path / "cats" / "inner").mkdir(parents=True)
    monkeypatch.chdir(tmp_path / "cats")
    names = [name_project(Path(path), None).project_name for path in (".", "inner/..", "../cats/", "./")]

    assert names == ["cats"] * 4


def test_framework_name_is_fine_for_a_folder() -> None:
    """`fwstart new torch --package my_torch` shadows nothing."""
    name = name_project(Path("torch"), "my_torch")

    assert (name.project_name, name.package) == ("torch", "my_torch")


@pytest.mark.parametrize(
    ("folder", "reason", "suggestion"),
    [
        ("2026", "must begin with a letter", "--package project_2026"),
        ("3d-net", "must begin with a letter", "--package project_3d_net"),
        ("2" * 70, "must begin with a letter", "--package my_project"),
        ("日本", "no letter from a to z", "--package my_project"),
        ("x" * 61, "longer than 40", "--package " + "x" * 20),
        ("class", "Python keyword", "--package my_class"),
        ("None", "Python keyword", "--package my_none"),
        ("json", "standard library", "--package my_json"),
        ("DistUtils", "standard library", "--package my_distutils"),
        ("torch", "installs or imports", "--package my_torch"),
        ("Keras", "installs or imports", "--package my_keras"),
        ("PIL", "installs or imports", "--package my_pil"),
        ("scikit-learn", "installs or imports", "--package my_scikit_learn"),
        ("tests", "folder or file of that name", "--package my_tests"),
        ("src", "folder or file of that name", "--package my_src"),
    ],
)
def test_bad_package_name(folder: str, reason: str, suggestion: str) -> None:
    """The refusal gives the reason and a name that would do."""
    with pytest.raises(UsageError) as caught:
        name_project(Path(folder), None)

    assert (reason in caught.value.problem, suggestion in caught.value.fix) == (True, True), caught.value


@pytest.mark.parametrize("package", ["", "Torch", "numpy", "9", "com1", "test", "---"])
def test_bad_package_flag(package: str) -> None:
    """An explicit package is held to the same rules, and the message names the flag."""
    with pytest.raises(UsageError, match=r"of --package"):
        name_project(Path("demo"), package)


@pytest.mark.parametrize(
    "module",
    ["torch", "torchvision", "keras", "tensorflow", "numpy", "scipy", "PIL", "sklearn", "matplotlib", "ruff"],
)
def test_imported_module_is_refused(module: str) -> None:
    """No package shadows what the project, its tools or its frameworks import."""
    with pytest.raises(UsageError):
        name_project(Path("demo"), module)


def test_every_standard_module_is_refused() -> None:
    """None of this Python's modules is accepted under its own name."""
    accepted = []
    for module in sys.stdlib_module_names:
        try:
            if name_project(Path("demo"), module).package == module:
                accepted.append(module)
        except UsageError:
            continue

    assert accepted == []


@pytest.mark.parametrize(
    ("folder", "reason"),
    [
        ("-demo", "leading dash"),
        (" demo", "begins with a space"),
        ("demo ", "at the end"),
        ("demo.", "at the end"),
        ("CON", "device"),
        ("aux.txt", "device"),
        ("nul .tar.gz", "device"),
        ("Lpt9", "device"),
        ("conin$", "device"),
        ("a:b", "it contains :"),
        ('a"b', 'it contains "'),
        ("a\\b", "it contains \\"),
        ("a?b", "it contains ?"),
        ("a\nb", "a line break"),
        ("a\tb", "a tab"),
        ("a\x1b[31mb", "a control character (U+001B)"),
        ("a\u2028b", "a control character (U+2028)"),
        ("a\udcffb", "an undecodable byte"),
        ("é" * 101, "longer than 200 bytes"),
        ("/", "it is empty"),
    ],
)
def test_bad_folder_name(folder: str, reason: str) -> None:
    """Names that no system, or not every system, can hold are refused even with a good package."""
    with pytest.raises(UsageError) as caught:
        name_project(Path(folder), "demo")

    assert reason in caught.value.problem
    assert caught.value.problem.isprintable()


@pytest.mark.parametrize("folder", ["console", "com10", "auxiliary", "nullable", "lpt"])
def test_name_close_to_a_device(folder: str) -> None:
    """Only the devices themselves are reserved."""
    assert name_project(Path(folder), None).package == folder


def test_suggested_package_is_accepted() -> None:
    """Whoever follows the fix succeeds."""
    for folder in ("class", "torch", "2026", "日本", "x" * 150, "2" * 100, "x" * 29 + "_" * 40):
        try:
            name = name_project(Path(folder), None)
        except UsageError as error:
            name = name_project(Path(folder), error.fix.rsplit("--package ", 1)[1])

        assert name.package == slugify(name.package)


def test_text_is_stripped() -> None:
    """Blanks around a text are not part of it."""
    assert check_text("--author", "  Ada Lovelace ") == "Ada Lovelace"


@pytest.mark.parametrize(
    ("text", "described"),
    [
        ("a\nb", "a line break at position 2"),
        ("\x07", "U+0007) at position 1"),
        ("ab\x85", "U+0085) at position 3"),
        ("a\udc80", "an undecodable byte at position 2"),
    ],
)
def test_text_of_more_than_one_line(text: str, described: str) -> None:
    """The field is named, and what is wrong with it."""
    with pytest.raises(UsageError, match=r"^--description has ") as caught:
        check_text("--description", text)

    assert described in caught.value.problem
