"""A template with the real questionnaire and a handful of files, answers to it, and where to render it."""

import shutil
from pathlib import Path

import pytest

from fwstart.template.render import ProjectAnswers
from support import CHECKOUT

ANSWERS = ProjectAnswers(
    framework="pytorch",
    project_name="My Demo",
    package="demo",
    description='Says [= 6 * 7 =], {{ 6 * 7 }} and “ü”: it\'s "quoted" # no comment',
    author="Ada Lovelace",
    license="mit",
    python="3.12",
    deploy=("server", "edge"),
    accelerator="gpu",
    backbones="hub",
    pipeline="none",
)
DOCUMENTS = {"docs/DECISION.md": "# Why PyTorch\n", "docs/decision.json": "{}\n"}


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """Return a template with the real questionnaire and a handful of files."""
    root = tmp_path / "template"
    files = {
        "src/[= package =]/__init__.py": "# [= package =] is not rendered here\n",
        "README.md.jinja": "# [= project_name =]\n\n[= description =]\n",
        "run.sh": "#!/bin/sh\n",
        "[= _copier_conf.answers_file =].jinja": (
            CHECKOUT / "templates/pytorch/[= _copier_conf.answers_file =].jinja"
        ).read_text(),
        "src/[= package =]/__pycache__/x.pyc": "left by an installer",
    }
    for name, text in files.items():
        path = root / "templates" / "pytorch" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    (root / "templates/pytorch/run.sh").chmod(0o755)
    shutil.copy(CHECKOUT / "copier.yml", root)
    return root


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return an empty folder to render into."""
    path = tmp_path / "rendered"
    path.mkdir()
    return path
