"""All documents, ours and a generated project's, and which test runs the commands in them."""

from __future__ import annotations

import re
import subprocess
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, get_args

from fwstart.template.render import Framework, Target, create
from support import CHECKOUT
from support.smoke.blocks import TOOLS, blocks_of
from support.trees import ANSWERS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping
    from pathlib import Path

    from support.smoke.blocks import Block

BLOCKS = "tests/templates/test_blocks.py"
DEPLOY = "tests/proof/deploy"
MATRIX = "tests/proof/matrix/test_matrix.py"
PROJECT = "project/"  # what the name of a generated project's document begins with
# Who runs a document's commands, all of them or those below a heading or of a named block: a function of a
# test file that reads them from the document, or .ci/run, which is compared with them.
RUN_BY: Mapping[str, str] = {
    "README.md#Start": "tests/proof/smoke/test_readme.py::test_first_command_asks_and_generates",
    "README.md#tests": ".ci/run",
    "README.md#What you get": f"{BLOCKS}::test_our_pages_print_what_projects_print",
    "docs/decide.md": "tests/proof/smoke/test_commands.py::test_our_commands",
    "docs/index.md#Start": f"{BLOCKS}::test_start_page_begins_as_the_readme",
    "docs/project.md": f"{BLOCKS}::test_our_pages_print_what_projects_print",
    "docs/pipelines.md": f"{BLOCKS}::test_our_pages_print_what_projects_print",
    "docs/targets/browser.md": f"{BLOCKS}::test_our_pages_print_what_projects_print",
    "docs/targets/edge.md": f"{BLOCKS}::test_our_pages_print_what_projects_print",
    "docs/targets/server.md": f"{BLOCKS}::test_our_pages_print_what_projects_print",
    "docs/contributing.md": ".ci/run",
    "docs/contributing.md#Releases": "tests/unit/template/test_releases.py::test_printed_command",
    "docs/scaling.md": "tests/proof/smoke/test_processes.py::test_printed_commands",
    "docs/updating.md": "tests/proof/update/test_fwstart_update.py::test_printed_commands",
    "docs/updating.md#Plain Copier": "tests/support/update/installation.py::install",
    "skills/fwstart/SKILL.md": "tests/unit/cli/test_skill.py::test_commands",
    "project/README.md": "tests/proof/smoke/test_commands.py::read",
    "project/AGENTS.md": "tests/proof/smoke/test_commands.py::read",
    "project/docs/code.md": "tests/proof/smoke/test_commands.py::read",
    "project/docs/data.md": "tests/proof/smoke/test_commands.py::read",
    "project/docs/pretrained.md": f"{MATRIX}::test_pretrained_weights_are_listed",
    "project/docs/serving.md": "tests/proof/smoke/test_commands.py::read",
    "project/docs/update.md": "tests/support/update/installation.py::install",
    "project/deploy/browser/README.md": f"{DEPLOY}/test_browser.py::test_readme_command_opens_the_page",
    "project/deploy/edge/README.md": f"{DEPLOY}/test_edge.py::test_printed_commands",
    "project/deploy/server/README.md": f"{DEPLOY}/test_deploy_readme.py::test_printed_commands",
    "project/pipelines/README.md": "tests/proof/matrix/test_pipelines.py::test_printed_commands",
    "project/examples/edge/README.md": f"{DEPLOY}/test_edge.py::test_example_needs_no_training_framework",
}


@dataclass(frozen=True, kw_only=True)
class Document:
    """A Markdown document; `framework` is that of the project it was generated for."""

    name: str
    text: str
    framework: str = ""

    @property
    def blocks(self) -> list[Block]:
        """Its blocks of commands and of Python, from top to bottom."""
        return [block for block in blocks_of(self.text) if block.is_typed]

    @property
    def spans(self) -> list[str]:
        """What its text sets as code, within lines or across two of them."""
        text = re.sub(r"^```.*?^```$", "", self.text, flags=re.DOTALL | re.MULTILINE)
        return [" ".join(span.split()) for span in re.findall(r"`([^`]+)`", text)]

    def key(self, block: Block) -> str | None:
        """Return the key in RUN_BY of what runs a block, None where nothing does."""
        keys = (f"{self.name}#{block.name}", f"{self.name}#{block.heading}", self.name)
        return next((key for key in keys if key in RUN_BY), None)

    def commands(self, key: str = "") -> list[str]:
        """Return the commands that `key` names, or the document's name alone: all that are not marked."""
        return [
            command
            for block in self.blocks
            if not block.marker and self.key(block) == (key or self.name)
            for command in block.commands
        ]


def our_documents() -> Iterator[Document]:
    """Yield every document of this repository but the sources of generated ones."""
    listing = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard", "*.md"],
        cwd=CHECKOUT,
        capture_output=True,
        text=True,
        check=True,
    )
    for name in sorted(filter(None, listing.stdout.split("\0"))):
        if not name.startswith("templates/"):
            yield Document(name=name, text=(CHECKOUT / name).read_text(encoding="utf-8"))


def our_document(name: str) -> Document:
    """Return one document of this repository."""
    return Document(name=name, text=(CHECKOUT / name).read_text(encoding="utf-8"))


def project_document(project: Path, name: str, framework: str) -> Document:
    """Return one document of a generated project."""
    return Document(
        name=PROJECT + name, text=(project / name).read_text(encoding="utf-8"), framework=framework
    )


def project_documents(folder: Path) -> Iterator[Document]:
    """Render a project of each framework with all layers into a folder, and yield its documents."""
    for framework in get_args(Framework):
        project = folder / framework
        answers = replace(
            ANSWERS, framework=framework, deploy=get_args(Target), backbones="hub", pipeline="kfp"
        )
        create(project, answers, {})
        for path in sorted(project.rglob("*.md")):
            yield project_document(project, path.relative_to(project).as_posix(), framework)


def is_usable(tool: str) -> bool:
    """Whether a tool that a marker names can really be used here: its client alone is not enough."""
    return any(_succeeds(command) for command in TOOLS[tool])


def _succeeds(command: Iterable[str]) -> bool:
    try:
        return subprocess.run(list(command), capture_output=True, check=False, timeout=30).returncode == 0
    except (OSError, subprocess.TimeoutExpired):
        return False


def runnable(documents: Iterable[Document], is_usable: Callable[[str], bool]) -> list[str]:
    """Return the marked blocks that could be run after all, since what they lack `is_usable`."""
    return [
        f"{document.name}, line {block.line}: {block.marker.tool} is here, so the block can be run"
        for document in documents
        for block in document.blocks
        if block.marker and is_usable(block.marker.tool)
    ]
