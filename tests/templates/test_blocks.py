"""Every command that a document prints is run by a test, or says why it is not."""

from __future__ import annotations

import re
import shlex
import subprocess
from typing import TYPE_CHECKING

import pytest
from support.smoke.blocks import TOOLS, Block, BlockError, Marker, blocks_of
from support import CHECKOUT
from support.smoke.documents import (
    BLOCKS,
    RUN_BY,
    Document,
    is_usable,
    our_document,
    our_documents,
    project_documents,
    runnable,
)

from fwstart.cli.app import main

if TYPE_CHECKING:
    from pathlib import Path

MARKED = """\
# How to

<!-- not run: docker: no container engine -->
```bash
docker compose up
```
"""


@pytest.fixture(scope="module")
def generated(tmp_path_factory: pytest.TempPathFactory) -> list[Document]:
    """Return the documents of a project of each framework, all targets included."""
    return list(project_documents(tmp_path_factory.mktemp("projects")))


@pytest.fixture(scope="module")
def documents(generated: list[Document]) -> list[Document]:
    """Return all documents."""
    return [*our_documents(), *generated]


def test_blocks_are_found() -> None:
    """A block knows its line, its heading and its language; text is no command."""
    text = "## One\n\n```bash\nuv sync\n```\n\n### Two\nWords:\n```text\na  b\n```\n"

    assert [
        Block(line=3, heading="One", language="bash", text="uv sync"),
        Block(line=9, heading="Two", language="text", text="a  b"),
    ] == blocks_of(text)
    assert [True, False] == [block.is_typed for block in blocks_of(text)]


def test_commands_are_lines() -> None:
    """A line is a command, unless the one before ends in a backslash; comments are none, nor is text."""
    shell = blocks_of("```bash\n# First.\none \\\n  --more\n\ntwo # so\n```\n")[0]
    text = blocks_of("```text\none\n```\n")[0]

    assert ["one    --more", "two # so"] == shell.commands
    assert [] == text.commands


def test_python_is_one_command() -> None:
    """Lines of Python are run as one script, in the environment of the project."""
    (block,) = blocks_of("```python\nfor a in 'bc':\n    print(a)\n```\n")

    (command,) = block.commands
    assert ["uv", "run", "python", "-c", "for a in 'bc':\n    print(a)"] == shlex.split(command)


def test_heading_in_a_block_is_none() -> None:
    """A comment in a block of commands is no heading of what follows."""
    blocks = blocks_of("# One\n```bash\n# Two\nuv sync\n```\n```text\n```\n")

    assert ["One", "One"] == [block.heading for block in blocks]


def test_marker_says_why() -> None:
    """The comment on the line before a fence names the tool and the reason."""
    (block,) = blocks_of(MARKED)

    assert Marker(tool="docker", reason="no container engine") == block.marker
    assert "" == block.name


def test_block_has_a_name() -> None:
    """A comment may also be one of the names that are known."""
    (block,) = blocks_of("<!-- tests -->\n```bash\npytest\n```\n")

    assert ("tests", None) == (block.name, block.marker)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("```\nuv sync\n```\n", "line 1: the fence is '```'; it must be ```bash or ```python or "),
        ("```sh\nuv sync\n```\n", "line 1: the fence is '```sh'"),
        ("- One:\n  ```bash\n  uv sync\n  ```\n", "line 2: the fence is '  ```bash'"),
        ("1. ```bash\nuv sync\n```\n", "line 1: the fence is '1. ```bash'"),
        ("~~~bash\nuv sync\n```\n", "line 1: the fence is '~~~bash'"),
        ("```bash\nuv sync\n", "line 1: the block does not end"),
        ("```text\nnames\nuv sync\n```\n", "line 1: 'uv sync' looks like a command; write ```bash"),
        ("<!-- not run: docker -->\n```bash\n```\n", "line 2: the comment is 'not run: docker'; it must be"),
        ("<!-- notrun: docker: so -->\n```bash\n```\n", "line 2: the comment is 'notrun: docker: so'"),
        ("<!-- not run: dokcer: so -->\n```bash\n```\n", "line 2: the tool is 'dokcer'; it must be one of"),
        ("<!-- not run: docker: so -->\n\n```bash\n```\n", "line 2: a marker stands on the line before"),
        ("<!-- not run: docker: so -->\n", "the last line: a marker stands on the line before"),
    ],
)
def test_unclear_block_is_an_error(text: str, message: str) -> None:
    """Nothing escapes by a slip: what is not understood is no block that is left out."""
    with pytest.raises(BlockError, match=f"^{re.escape(message)}"):
        blocks_of(text)


def test_marked_block_with_its_tool_is_found() -> None:
    """A marker holds only where the tool is missing; where it is usable, the block is named."""
    document = Document(name="docs/how.md", text=MARKED)

    assert [] == runnable([document], lambda _: False)
    assert ["docs/how.md, line 4: docker is here, so the block can be run"] == runnable(
        [document], lambda tool: tool == "docker"
    )


def test_client_without_an_engine_is_no_tool(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Docker's client alone runs no container; with an engine `docker info` succeeds."""
    monkeypatch.setenv("PATH", str(tmp_path))
    missing = is_usable("docker")
    client = tmp_path / "docker"
    client.write_text("#!/bin/sh\nexit 1\n")
    client.chmod(0o755)
    without_engine = is_usable("docker")
    client.write_text('#!/bin/sh\n[ "$1" = info ]\n')

    assert (False, False) == (missing, without_engine)
    assert is_usable("docker")
    assert is_usable("tf-serving")
    assert not is_usable("itself")


def test_every_block_is_run_or_marked(documents: list[Document]) -> None:
    """No block of commands is forgotten: a test is named that runs it, or a marker says why none does."""
    blocks = [(document, block) for document in documents for block in document.blocks]

    assert len(blocks) > 30
    assert [] == [
        f"{document.name}, line {block.line}: name in RUN_BY what runs it, or mark it"
        for document, block in blocks
        if not block.marker and not document.key(block)
    ]


def test_no_runner_is_named_in_vain(documents: list[Document]) -> None:
    """What RUN_BY names is in the documents, with commands to run, and the tests that it names exist."""
    assert [] == [key for key in RUN_BY if not any(document.commands(key) for document in documents)]
    for proof in RUN_BY.values():
        file, _, function = proof.partition("::")
        text = (CHECKOUT / file).read_text(encoding="utf-8")
        assert not function or f"\ndef {function}(" in text, proof


def test_marked_commands_are_valid_bash(documents: list[Document]) -> None:
    """What is not run is parsed at least, with words for what stands in angle brackets."""
    for block in (block for document in documents for block in document.blocks if block.marker):
        command = re.sub(r"<[^>]+>", "words", block.text)
        parsed = subprocess.run(["bash", "-n", "-c", command], capture_output=True, text=True, check=False)

        assert (0, "") == (parsed.returncode, parsed.stderr)


def test_our_pages_print_what_projects_print(generated: list[Document]) -> None:
    """The commands of a project in our documents are in documents of projects, which are run."""
    theirs = {command for document in generated for command in document.commands()}
    this_test = f"{BLOCKS}::test_our_pages_print_what_projects_print"
    for key in (key for key, proof in RUN_BY.items() if proof == this_test):
        printed = our_document(key.partition("#")[0]).commands(key)

        assert printed
        assert set() == {command.replace("myproject", "demo") for command in printed} - theirs, key


def test_start_page_begins_as_the_readme() -> None:
    """The first command of the documentation is that of the README, which is typed into a terminal."""
    first, second = (our_document(name).commands(f"{name}#Start") for name in ("README.md", "docs/index.md"))

    assert first
    assert first == second


def test_projects_print_the_installations_that_are_run(generated: list[Document]) -> None:
    """docs/update.md of a project installs fwstart as our docs/updating.md does."""
    printed = our_document("docs/updating.md").commands("docs/updating.md#Plain Copier")
    theirs = [document.commands() for document in generated if document.name == "project/docs/update.md"]

    assert [printed, printed] == theirs


def test_ci_runs_what_contributors_are_told(documents: list[Document]) -> None:
    """.ci/run has the commands of docs/contributing.md, and takes the test command from the README."""
    ours = {document.name: document for document in documents if not document.framework}
    readme, contributing = (
        ours["README.md"].commands("README.md#tests"),
        ours["docs/contributing.md"].commands(),
    )
    script = (CHECKOUT / ".ci/run").read_text(encoding="utf-8").replace(" --quiet", "")
    run = script + readme[0]

    assert "'/<!-- tests -->/,/^```$/p' README.md" in script
    assert 1 == len(readme)
    assert [] == [
        part for command in contributing for part in command.split(" && ") if part.strip() not in run
    ]


def test_flags_in_the_text_exist(documents: list[Document], capsys: pytest.CaptureFixture[str]) -> None:
    """What the text writes as `fwstart COMMAND --flag` is in the help of that command."""
    spans = {span for document in documents for span in document.spans if re.match(r"fwstart \w+ .*--", span)}
    for span in spans:
        main([span.split()[1], "--help"])
        flags = re.findall(r"--[\w-]+", capsys.readouterr().out)

        assert set(re.findall(r"--[\w-]+", span)) <= set(flags), span
    assert len(spans) > 3


def test_every_tool_is_missing_somewhere(documents: list[Document]) -> None:
    """The list of tools for markers holds none that no block names."""
    named = {block.marker.tool for document in documents for block in document.blocks if block.marker}

    assert set(TOOLS) == named
