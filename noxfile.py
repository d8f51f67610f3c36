#!/usr/bin/env -S uv run --script
# /// script
# dependencies = ["nox>=2026.4.10"]
# ///
"""The sessions that are not everyday tests: `nox -l` lists them."""

from pathlib import Path

import nox

nox.needs_version = ">=2026.4.10"
nox.options.default_venv_backend = "virtualenv"

PLACEHOLDER = "a_rather_long_name_of_forty_characters_x"  # as long as a package's name may be
EXPRESSION = "[= package =]"
PARALLEL = ["--numprocesses", "auto"]


@nox.session
def tests(session: nox.Session) -> None:
    """Run the everyday tests."""
    session.install("-e", ".[test]")
    session.run("pytest", *PARALLEL, *session.posargs)


@nox.session
def lint(session: nox.Session) -> None:
    """Run ruff and mypy on the tool."""
    session.install("-e", ".[dev,proof]")
    session.run("ruff", "check", ".")
    session.run("ruff", "format", "--check", ".")
    session.run("mypy")


@nox.session(default=False)
def page(session: nox.Session) -> None:
    """Open the advisor page in headless Chromium (Debian's chromium and chromium-driver)."""
    session.install("-e", ".[test,proof]")
    session.run("pytest", "-m", "page", *session.posargs)


@nox.session(default=False)
def conventions(session: nox.Session) -> None:
    """Compare fwstart, and projects of both frameworks, with what scientific-python's guide expects."""
    session.install("-e", ".[test,proof]")
    test = "tests/proof/combinations/test_conventions.py"
    session.run("pytest", "-m", "combinations", test, *session.posargs)


@nox.session(default=False)
def audit(session: nox.Session) -> None:
    """Fail for known vulnerabilities in what fwstart and its projects need, and for skipped packages."""
    session.install("-e", ".", "pip-audit>=2.10", "uv>=0.12")
    session.run("python", "scripts/audit.py")


@nox.session(default=False)
def notes(session: nox.Session) -> None:
    """Fail when a note was last checked more than a year ago."""
    session.install("-e", ".")
    session.run("python", "scripts/check_notes.py")


@nox.session(default=False)
def documents(session: nox.Session) -> None:
    """Write what is made from sources: docs/knowledge.md, the page's data, docs/reference."""
    session.install("-e", ".")
    for script in ("make_documents", "make_settings", "make_errors"):
        session.run("python", f"scripts/{script}.py")


@nox.session(default=False)
def docs(session: nox.Session) -> None:
    """Build the documentation into site/, follow its links, and open it in headless Chromium."""
    session.install("-e", ".[test,proof]")
    session.run("zensical", "build", "--strict", "--clean")
    session.run("pytest", "-m", "site", *session.posargs)


@nox.session(default=False)
def proof(session: nox.Session) -> None:
    """Generate, train, serve and update projects with the built wheel; check what they claim (minutes)."""
    session.install("-e", ".[dev,proof]")
    session.run(
        "pytest", "-m", "smoke or update or deploy or combinations or matrix", *PARALLEL, *session.posargs
    )


@nox.session(default=False)
def matrix(session: nox.Session) -> None:
    """Create and test a project for every pair of choices; print what ran, how long and how accurately."""
    session.install("-e", ".[test,proof]")
    session.run("pytest", "-m", "matrix", *PARALLEL, *session.posargs)


@nox.session(default=False)
def weekly(session: nox.Session) -> None:
    """Prove what takes long: pretrained backbones, image sizes, seeds, machines, two rows (half an hour)."""
    session.install("-e", ".[test,proof]")
    session.run("pytest", "-m", "weekly", *PARALLEL, *session.posargs)


@nox.session(default=False, python="3.11")
def tfx(session: nox.Session) -> None:
    """Run the TFX pipeline of a Keras project in a Debian 13, as root, by debootstrap (minutes)."""
    session.install("-e", ".[test,proof]")
    session.run("pytest", "-s", "-m", "tfx", "tests/proof/tfx", *session.posargs)


@nox.session(default=False)
def format_templates(session: nox.Session) -> None:
    """Format the templates' Python in place, with the settings of the generated projects.

    Test sources hold the package's name as an expression; for ruff it is replaced by the longest name
    allowed, so that imports are wrapped early enough for every name.
    """
    session.install("-e", ".", "ruff>=0.17")
    project = Path(session.create_tmp()) / "project"
    session.run("fwstart", "new", str(project), "--yes", "--framework", "pytorch", "--no-git")
    settings = ["--config", str(project / "pyproject.toml")]
    settings += ["--config", f'lint.isort.known-first-party=["{PLACEHOLDER}"]']
    copy = project / "source.py"
    for source in [*Path("templates").rglob("*.py"), *Path("templates").rglob("*.py.jinja")]:
        text = source.read_text(encoding="utf-8")
        copy.write_text(text.replace(EXPRESSION, PLACEHOLDER), encoding="utf-8")
        session.run("ruff", "check", *settings, "--select", "I", "--fix", str(copy), silent=True)
        session.run("ruff", "format", *settings, str(copy), silent=True)
        source.write_text(copy.read_text(encoding="utf-8").replace(PLACEHOLDER, EXPRESSION), encoding="utf-8")


@nox.session(default=False)
def newest(session: nox.Session) -> None:
    """Run the everyday tests, and whole projects, with the newest versions of what they need (minutes)."""
    with_versions(session, "highest")


@nox.session(default=False)
def lowest(session: nox.Session) -> None:
    """Run the same with the lowest versions that the requirements allow (minutes)."""
    with_versions(session, "lowest-direct")


def with_versions(session: nox.Session, resolution: str) -> None:
    """Install fwstart as uv resolves it, then run the everyday tests and those of such projects."""
    session.install("-e", ".[test,proof]")
    session.run("uv", "pip", "install", "--upgrade", "--resolution", resolution, "-e", ".")
    session.run("pytest")
    session.run("pytest", "-m", "resolution", *session.posargs, env={"UV_RESOLUTION": resolution})


if __name__ == "__main__":
    nox.main()
