"""Packages that only some settings need: extras of `pyproject.toml`."""

from importlib.util import find_spec

from .errors import ProjectError


def require_extra(extra: str, *, module: str, wanted_by: str) -> None:
    """Make sure that the extra which brings `module` is installed.

    Raises:
        ProjectError: it is not; the fix is the command that installs it.
    """
    if find_spec(module) is None:
        raise ProjectError(
            f"{wanted_by} needs {module}, which is not installed.",
            fix=f'Install the extra: uv sync --inexact --extra {extra}, or pip install -e ".[{extra}]".',
        )
