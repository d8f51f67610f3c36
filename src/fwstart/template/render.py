"""Creates a project on disk from the template; the only import of copier."""

from __future__ import annotations

import dataclasses
import tempfile
from contextlib import contextmanager
from os import devnull
from pathlib import Path
from typing import TYPE_CHECKING, Any, get_args

from fwstart.advice.questions import Framework, Target
from fwstart.disk.destination import temporary_errors
from fwstart.disk.staging import staged
from fwstart.errors import FwstartError
from fwstart.settings.questionnaire import ROOM, find_template
from fwstart.template.compiled_once import compiled_once, rendered_once
from fwstart.template.origin import origin
from fwstart.template.releases import read_releases
from fwstart.terminal.spelling import shown

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

__all__ = ["Framework", "ProjectAnswers", "Target", "create", "preload", "preview"]


@dataclasses.dataclass(frozen=True, kw_only=True)
class ProjectAnswers:
    """The answers to copier.yml's questions, one field each."""

    framework: Framework
    project_name: str
    package: str
    description: str
    author: str
    license: str  # as the others, a choice of copier.yml
    python: str
    deploy: tuple[Target, ...]
    accelerator: str
    backbones: str
    pipeline: str


def create(target: Path, answers: ProjectAnswers, documents: Mapping[str, str]) -> tuple[str, ...]:
    """Create the project at `target` and return its files: sorted, relative, with forward slashes.

    `documents` are further files, as text by relative path. The project appears whole or not at all.

    Raises:
        FwstartError: the target is refused, the disk is, or the template is broken.
    """
    root = template_root()
    with staged(target) as folder:
        return render(root, folder, answers, documents)


def preview(answers: ProjectAnswers, documents: Mapping[str, str]) -> tuple[str, ...]:
    """Return the files that `create` would make; only a temporary folder is written, and removed again.

    Raises:
        FwstartError: there is no room for that folder, or the template is broken.
    """
    root = template_root()
    with temporary_errors(), tempfile.TemporaryDirectory(prefix="fwstart-") as folder:
        return render(root, Path(folder), answers, documents)


def preload() -> None:
    """Import copier (0.4 to 1.5 s of CPU), for a thread to do while the user answers."""
    import copier  # noqa: F401


def template_root(room: Path = ROOM) -> Path:
    """Return the folder of copier.yml and templates/, usable.

    Raises:
        FwstartError: there is none, or it is a checkout without links.
    """
    root = find_template(room)
    _check_links(root / "templates")
    return root


def _check_links(templates: Path) -> None:
    """Refuse a checkout in which git wrote text files for links: half of each project would be missing.

    Raises:
        FwstartError: what both frameworks share is not in the folder of each.
    """
    for framework in get_args(Framework):
        link = templates / framework / "[= shared =]"
        if (templates / "shared").is_dir() and not link.is_dir():
            problem = (
                f"{shown(link)} must be a link to {shown(templates / 'shared')}, but git did not create one."
            )
            fix = (
                "Install fwstart without --editable, which needs no links; or enable links (on Windows "
                "Developer Mode, and `git config --global core.symlinks true`) and clone again."
            )
            raise FwstartError(problem, fix=fix)


def render(
    root: Path, folder: Path, answers: ProjectAnswers, documents: Mapping[str, str]
) -> tuple[str, ...]:
    """Render the template at `root`, and the documents, into the empty `folder`; return the sorted files."""
    with _template_errors(root):
        _run_copier(root, folder, _copier_data(answers))
    for path, text in documents.items():
        document = folder / path
        document.parent.mkdir(parents=True, exist_ok=True)
        document.write_text(text, encoding="utf-8", newline="\n")
    files = [path for path in folder.rglob("*") if not path.is_dir()]
    _give_to_user(folder, files)
    return tuple(sorted(path.relative_to(folder).as_posix() for path in files))


def regenerate(root: Path, folder: Path, answers: Mapping[str, Any], source: str, tag: str) -> None:
    """Render the release at `root` into the empty `folder`, with the answers that a project recorded.

    Raises:
        FwstartError: the release does not take these answers.
    """
    with _template_errors(root):
        _run_copier(root, folder, _with_origin(answers, source, tag))


def _copier_data(answers: ProjectAnswers) -> dict[str, Any]:
    """Return the answers as copier takes them, and the origin that the answers file records.

    That is the newest release, also in a checkout whose templates have changed since: what the project has of
    those changes, the next release brings as well, and equal changes on both sides merge.
    """
    data = dataclasses.asdict(answers) | {"deploy": list(answers.deploy)}
    return _with_origin(data, origin(), read_releases()[-1].tag)


def _with_origin(answers: Mapping[str, Any], source: str, tag: str) -> dict[str, Any]:
    return {**answers, "_fwstart_origin": {"_src_path": source, "_commit": tag}}


def _run_copier(root: Path, folder: Path, data: dict[str, Any]) -> None:
    """Render without git, the user's copier settings or any prompt.

    Copier looks for git on plumbum's copy of PATH. With git out of sight a checkout is a plain folder and
    not the source of its latest tag, neither GIT_DIR nor a broken git configuration can matter, and the
    `git config` that copier 9.19 runs for every file is saved (two thirds of the time).
    """
    import copier
    from plumbum import local

    with local.env(PATH=devnull), compiled_once(), rendered_once():
        copier.run_copy(
            str(root),
            folder,
            data=data,
            settings=copier.Settings(),
            defaults=True,
            overwrite=True,
            quiet=True,
        )


@contextmanager
def _template_errors(root: Path) -> Iterator[None]:
    """Turn exceptions of copier and jinja into an error for the user; errors of the disk pass through."""
    from copier.errors import CopierError
    from jinja2 import TemplateError
    from plumbum.commands import CommandNotFound, ProcessExecutionError

    try:
        yield
    except KeyboardInterrupt:  # copier's own, CopierAnswersInterrupt, is a CopierError as well
        raise
    except (
        CopierError,
        TemplateError,
        CommandNotFound,
        ProcessExecutionError,
        TypeError,
        ValueError,
    ) as error:
        words = " ".join(str(error).split()) or type(error).__name__
        problem = f"fwstart's template could not be rendered: {words}"
        fix = "Nothing was created. If --dry-run shows your answers, please report this bug in fwstart."
        raise FwstartError(problem, fix=fix) from error
    except OSError as error:
        if error.filename is not None and Path(str(error.filename)).is_relative_to(root):
            problem = f"fwstart's template could not be read: {shown(error.filename)}: {error.strerror}."
            raise FwstartError(problem, fix="Install fwstart again.") from error
        raise


def _give_to_user(folder: Path, files: list[Path]) -> None:
    """Give each file the permissions of a newly made one: an installed template may be read-only."""
    allowed = folder.stat().st_mode
    for path in files:
        mode = path.stat().st_mode & 0o777
        usual = ((mode & 0o111) | 0o666) & allowed
        if mode != usual:
            path.chmod(usual)
