"""The sessions that are not everyday tests: `nox -l` lists them."""

from pathlib import Path

import nox

nox.needs_version = ">=2026.4.10"
nox.options.sessions = ["tests", "lint"]

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


@nox.session
def page(session: nox.Session) -> None:
    """Open the advisor page in headless Chromium (Debian's chromium and chromium-driver)."""
    session.install("-e", ".[test,proof]")
    session.run("pytest", "-m", "page", *session.posargs)


@nox.session
def notes(session: nox.Session) -> None:
    """Fail when a note was last checked more than a year ago."""
    session.install("-e", ".")
    session.run("python", "scripts/check_notes.py")


@nox.session
def documents(session: nox.Session) -> None:
    """Write docs/knowledge.md and the page's data from the knowledge."""
    session.install("-e", ".")
    session.run("python", "scripts/make_documents.py")


@nox.session
def proof(session: nox.Session) -> None:
    """Generate, train, serve and update projects with the built wheel; check what they claim (minutes)."""
    session.install("-e", ".[dev,proof]")
    session.run(
        "pytest", "-m", "smoke or update or deploy or combinations or matrix", *PARALLEL, *session.posargs
    )


@nox.session
def matrix(session: nox.Session) -> None:
    """Create and test a project for every pair of choices; print what ran, how long and how accurately."""
    session.install("-e", ".[test,proof]")
    session.run("pytest", "-m", "matrix", *PARALLEL, *session.posargs)


@nox.session
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


@nox.session
def newest(session: nox.Session) -> None:
    """Run the everyday tests, and whole projects, with the newest versions of what they need (minutes)."""
    with_versions(session, "highest")


@nox.session
def lowest(session: nox.Session) -> None:
    """Run the same with the lowest versions that the requirements allow (minutes)."""
    with_versions(session, "lowest-direct")


def with_versions(session: nox.Session, resolution: str) -> None:
    """Install fwstart as uv resolves it, then run the everyday tests and those of such projects."""
    session.install("-e", ".[test,proof]")
    session.run("uv", "pip", "install", "--upgrade", "--resolution", resolution, "-e", ".")
    session.run("pytest")
    session.run("pytest", "-m", "resolution", *session.posargs, env={"UV_RESOLUTION": resolution})
