"""What linters for security find in the tool and in its projects, and what must never get into one."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import get_args

import audit
import pytest
from support import CHECKOUT
from support.trees import ANSWERS

from fwstart.template.render import Framework, Target, create

pytestmark = pytest.mark.combinations

TOOLS = Path(sys.executable).parent
FRAMEWORKS: tuple[Framework, ...] = get_args(Framework)
FAKE = (sys.executable, str(CHECKOUT / "tests" / "support" / "fake_advisories.py"))
SECRET = "sentinel-9b1f4e"  # noqa: S105  (no secret: it is looked for)


@pytest.fixture(scope="module", params=FRAMEWORKS)
def project(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a project with all targets and a pipeline."""
    folder = tmp_path_factory.mktemp("security") / "project"
    answers = replace(ANSWERS, framework=request.param, deploy=get_args(Target), pipeline="kfp")
    create(folder, answers, {})
    return folder


def findings(*command: str | Path, folder: Path) -> str:
    """Return what a linter says, nothing if it is content."""
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    return "" if done.returncode == 0 else done.stdout + done.stderr


def bandit(folder: Path, *sources: str) -> str:
    """Return bandit's findings from medium severity on; ruff's rules S, which are bandit's, find all."""
    return findings(TOOLS / "bandit", "-q", "-ll", "-r", *sources, folder=folder)


def zizmor(folder: Path) -> str:
    """Return what is wrong with the workflows: permissions, actions that are not pinned, injections."""
    return findings(TOOLS / "zizmor", "--offline", "--quiet", ".github", folder=folder)


def test_the_tool() -> None:
    """Bandit and zizmor find nothing in fwstart itself."""
    assert "" == bandit(CHECKOUT, "src", "scripts", "benchmarks", "noxfile.py")
    assert "" == zizmor(CHECKOUT)


def test_generated_project(project: Path) -> None:
    """Nor do they in a project, whatever it is deployed to, and with a pipeline."""
    assert "" == bandit(project, "src", "examples", "pipelines")
    assert "" == zizmor(project)


def test_linters_are_not_blind(tmp_path: Path) -> None:
    """A shell with a command from outside, and an action that follows a tag, are found."""
    (tmp_path / "bad.py").write_text("import os, sys\nos.system(sys.argv[1])\nexec(sys.argv[2])\n")
    workflow = tmp_path / ".github" / "workflows" / "bad.yml"
    workflow.parent.mkdir(parents=True)
    workflow.write_text("on: push\njobs:\n  a:\n    runs-on: x\n    steps:\n      - uses: a/b@main\n")

    assert "B102" in bandit(tmp_path, "bad.py")
    assert "unpinned-uses" in zizmor(tmp_path)


@pytest.mark.parametrize("framework", FRAMEWORKS)
def test_nothing_of_the_machine_gets_into_a_project(tmp_path: Path, framework: str) -> None:
    """Neither the home's path nor the value of a variable is in any file of a project, or in its history."""
    home = tmp_path / f"home-{SECRET}"
    home.mkdir()
    names = ("GITHUB_TOKEN", "SERVE_TOKEN", "HF_TOKEN", "AWS_SECRET_ACCESS_KEY", "UV_INDEX_PASSWORD", "USER")
    environment = os.environ | dict.fromkeys(names, SECRET) | {"HOME": str(home)}
    project = tmp_path / "project"
    targets = [f"--deploy={target}" for target in get_args(Target)]
    subprocess.run(
        [TOOLS / "fwstart", "new", project, "--framework", framework, *targets, "--yes"],
        env=environment,
        check=True,
        capture_output=True,
    )

    texts = [path.read_bytes() for path in project.rglob("*") if path.is_file()]
    commit = ["git", "log", "--all", "--patch", "--format=raw"]
    texts.append(subprocess.run(commit, cwd=project, check=True, capture_output=True).stdout)
    assert len(texts) > 100
    assert [] == [text for text in texts if SECRET.encode() in text or os.fsencode(tmp_path) in text]


def requirements(folder: Path, *packages: str) -> Path:
    """Return a file that pins packages by a hash, which the audit does not look at."""
    file = folder / "requirements.txt"
    file.write_text("".join(f"{package} --hash=sha256:{0:064}\n" for package in packages))
    return file


def test_audit_finds_what_a_fake_service_knows(tmp_path: Path) -> None:
    """A vulnerability is told with its name; nothing is said of a package that has none."""
    assert [] == audit.findings(requirements(tmp_path, "numpy==2.4.6"), FAKE)
    assert "FAKE-1" in " ".join(audit.findings(requirements(tmp_path, "numpy==2.4.6", "jinja2==2.4.1"), FAKE))


def test_audit_fails_for_skipped_packages(tmp_path: Path) -> None:
    """A package that the service does not know is a finding."""
    found = audit.findings(requirements(tmp_path, "numpy==2.4.6", "unknown==1.0"), FAKE)

    assert "could not be audited: unknown (1.0)" in " ".join(found)


def test_audit_distrusts_an_index_without_advisories(tmp_path: Path) -> None:
    """One that knows every package and no vulnerability would pass them all."""
    assert [] == audit.distrust(tmp_path, FAKE)
    blind = [*FAKE, "--without-advisories"]
    assert "so its answers do not count" in audit.distrust(tmp_path, blind)[0]


def test_audit_reads_all_that_can_be_installed(tmp_path: Path) -> None:
    """Its dry run, which asks nobody, understands every file, and none is empty."""
    files = list(audit.to_audit(tmp_path))

    assert 11 == len(files)  # fwstart, a project with each pipeline of a framework, one for a GPU, their pins
    wanted = {"kfp==", "tfx==", "torchserve==", "tensorflowjs==", "virtualenv==", "nvidia-cudnn-cu12=="}
    assert wanted <= {
        line.split("==")[0] + "==" for file in files for line in file.read_text(encoding="utf-8").splitlines()
    }
    assert [] == [line for file in files for line in audit.findings(file, audit.PIP_AUDIT, "--dry-run")]
    assert all("--hash=" in file.read_text(encoding="utf-8") for file in files)
