"""TFX, really run in a Debian 13 that debootstrap makes: pushed, kept, refused, stopped, compiled.

It must be root, on Linux with x86_64, with a network; FWSTART_DEBIAN_13 names a root that is there already.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from support.rendered_projects import rendered

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = [pytest.mark.tfx, pytest.mark.xdist_group("tfx")]

PACKAGES = "ca-certificates,g++,libbz2-1.0,libffi8,liblzma5,libreadline8t64,libsqlite3-0,libssl3t64,zlib1g"
MIRROR = os.environ.get("FWSTART_DEBIAN_MIRROR", "").split()  # else the one that debootstrap knows
CERTIFICATES = Path("etc/ssl/certs/ca-certificates.crt")
SHORT = "--set train.epochs=6"
SAVED_MODEL_CHECKS = Path("tests/targets/tf_serving/test_saved_model_export.py")
# Mounted in a namespace, so that nothing stays mounted, however it ends.
ENTER = 'mount -t proc proc "$0/proc" && mount -t tmpfs tmpfs "$0/dev/shm" && exec chroot "$0" sh -c "$1"'


@dataclass(frozen=True)
class Debian:
    """The root of a Debian 13 with a rendered project in it."""

    root: Path

    @property
    def project(self) -> Path:
        """The project's folder, seen from outside."""
        return self.root / "project"

    def run(self, command: str, *, code: int = 0) -> str:
        """Run a command line in the project's folder; return what it printed, if it ends with `code`."""
        python = Path(sys.base_prefix) / "bin"
        variables = {"HOME": "/root", "LANG": "C.UTF-8", "OMP_NUM_THREADS": "1", "UV_LINK_MODE": "copy"}
        variables |= {"PATH": f"/usr/local/bin:{python}:/usr/sbin:/usr/bin:/sbin:/bin", "PYTHONPATH": "src:."}
        variables |= {"SSL_CERT_FILE": f"/{CERTIFICATES}"}
        words = ["unshare", "--mount", "sh", "-c", ENTER, str(self.root), f"cd /project && {command}"]
        result = subprocess.run(
            words, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False, env=variables
        )
        output = result.stdout
        assert code == result.returncode, output
        return output


@pytest.fixture(scope="module")
def debian(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Debian]:
    """Return a Debian 13 with uv, this Python, a project and the environment of its pipeline."""
    given = os.environ.get("FWSTART_DEBIAN_13")
    root = Path(given) if given else tmp_path_factory.mktemp("debian") / "root"
    if not given:
        words = ["debootstrap", "--variant=minbase", f"--include={PACKAGES}", "trixie", str(root), *MIRROR]
        subprocess.run(words, check=True, stdout=subprocess.DEVNULL)
    machine = Debian(root)
    shutil.copy("/etc/resolv.conf", root / "etc/resolv.conf")
    shutil.copy(Path("/") / CERTIFICATES, root / CERTIFICATES)
    shutil.copy(Path(sys.executable).with_name("uv"), root / "usr/local/bin/uv")
    python = root / sys.base_prefix.lstrip("/")
    if not python.exists():
        shutil.copytree(sys.base_prefix, python, symlinks=True)
    shutil.rmtree(machine.project, ignore_errors=True)
    rendered(machine.project, framework="keras", pipeline="tfx")
    print(machine.run("python3.11 -m pipelines environment").splitlines()[-1])
    yield machine
    if not given:
        shutil.rmtree(root)


def run(machine: Debian, words: str, *, code: int = 0) -> str:
    """Run the pipeline; print and return what it says at its end."""
    output = machine.run(f"python3.11 -m pipelines run {words}", code=code)
    print(f"\npipelines run {words}: exit code {code}", *output.splitlines()[-8:], sep="\n  ")
    return output


def versions(machine: Debian) -> set[str]:
    """Return the versions that TensorFlow Serving would find."""
    return {path.name for path in (machine.project / "exports/saved-model/demo").iterdir()}


@pytest.fixture(scope="module")
def blessed(debian: Debian) -> str:
    """Return what the first run says, whose model is blessed."""
    return run(debian, SHORT)


def test_blessed_model_is_pushed(debian: Debian, blessed: str) -> None:
    """All nine steps run; the model is the first version, and its run is a run like any other."""
    assert "Steps done: 9; from the cache: 0;" in blessed
    assert "no blessed model before it" in blessed
    assert "blessed; TensorFlow Serving loads it from exports/saved-model/demo/1" in blessed
    assert {"1"} == versions(debian)
    (path,) = re.findall(r"its run, with curves and samples: (\S+)", blessed)
    assert (debian.project / path / "learning-curve.png").is_file()


def test_pushed_model_passes_the_checks_of_an_export(debian: Debian, blessed: str) -> None:
    """The project's own tests of `export --to saved-model`, with the pushed model instead of the export."""
    (path,) = re.findall(r"its run, with curves and samples: (\S+)", blessed)
    text = (debian.project / SAVED_MODEL_CHECKS).read_text(encoding="utf-8")
    first = 'export(trained, "saved-model", folder=folder)'
    assert first in text
    text = text.replace(first, 'shutil.copytree("/project/exports/saved-model", folder)', 1)
    fixture = '@pytest.fixture(scope="module")\ndef trained():\n    return Run(Path("/project/PATH"))\n'
    fixture = fixture.replace("PATH", path)
    pushed = debian.project / SAVED_MODEL_CHECKS.with_name("test_pushed.py")
    pushed.write_text(f"{text}\n\n{fixture}", encoding="utf-8")

    debian.run("uv pip install --quiet --target /pytest --python pipelines/.venv 'pytest>=9.1'")
    output = debian.run(
        f"PYTHONPATH=src:/pytest pipelines/.venv/bin/python -m pytest -q -p no:cacheprovider"
        f" {pushed.relative_to(debian.project)}"
    )
    print(output.splitlines()[-1])
    assert " passed" in output.splitlines()[-1]
    assert "skipped" not in output.splitlines()[-1]
    pushed.unlink()


@pytest.mark.usefixtures("blessed")
def test_nothing_changed(debian: Debian) -> None:
    """The second run compares the model with itself, the third does nothing; neither pushes it again."""
    second, third = run(debian, SHORT), run(debian, SHORT)

    assert "Trainer: from the cache" in second
    assert "+0.0000 compared with the last blessed model" in second
    assert "Steps done: 1; from the cache: 8;" in third
    assert {"1"} == versions(debian)


@pytest.mark.usefixtures("blessed")
def test_lost_export_is_pushed_again(debian: Debian) -> None:
    """The Pusher's result is in the cache, what it pushed is gone: it is there again, as is said."""
    shutil.rmtree(debian.project / "exports")

    output = run(debian, SHORT)

    assert "blessed; TensorFlow Serving loads it from exports/saved-model/demo/1" in output
    assert {"1"} == versions(debian)


@pytest.mark.usefixtures("blessed")
def test_refused_model_is_not_pushed(debian: Debian) -> None:
    """The exit code is 1 and the figures are named, also when the refusal is from the cache."""
    for _ in range(2):
        output = run(debian, "--set train.epochs=2 --floor 0.99", code=1)
        last = output.splitlines()[-1]

        assert re.match(r"not blessed, not pushed: accuracy is 0\.\d{4}; the floor is 0\.9900; ", last)
        assert re.search(r"accuracy is 0\.\d{4} below the last blessed model's", last)
    assert {"1"} == versions(debian)


@pytest.mark.usefixtures("blessed")
def test_anomalies_stop_it(debian: Debian) -> None:
    """A label that the reviewed schema does not know ends the run before anything is trained."""
    inferred = next((debian.project / "runs/pipeline/tfx/SchemaGen/schema").glob("*/schema.pbtxt"))
    known = inferred.read_text(encoding="utf-8")
    schema = debian.project / "pipelines/schema.pbtxt"
    schema.write_text(known.replace("type: INT", "type: INT int_domain { max: 8 }", 1), encoding="utf-8")

    output = run(debian, "--set train.epochs=4", code=1)

    assert "The samples are not what the schema says:" in output
    assert "test: label: " in output
    assert "Trainer ..." not in output
    schema.unlink()


def test_compiled_pipeline_is_read_by_kfp(debian: Debian) -> None:
    """The YAML is one that Kubeflow Pipelines' own loader takes, with all steps and the given image."""
    debian.run("python3.11 -m pipelines compile --image registry.example/demo:1")
    load = "from kfp import components; spec = components.load_component_from_file('pipelines/pipeline.yaml')"
    show = "print(*sorted(spec.pipeline_spec.components))"
    output = debian.run(f'pipelines/.venv/bin/python -c "{load}; {show}"')

    for step in ("Examples", "StatisticsGen", "SchemaGen", "Anomalies", "Trainer", "Evaluator", "Pusher"):
        assert step in output.split()
    assert "registry.example/demo:1" in (debian.project / "pipelines/pipeline.yaml").read_text("utf-8")
