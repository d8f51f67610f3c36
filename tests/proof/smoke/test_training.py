"""Training as users need it: their own images, kill -9, Ctrl-C, and full disks."""

from __future__ import annotations

import json
import random
import shutil
import signal
import time
from typing import TYPE_CHECKING

import pytest
from support import CHECKOUT
from support.smoke.project import Project, quoted
from support.smoke.training import checkpoint, digests, figures, options, training, wait_for_checkpoint

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.smoke

HELPERS = CHECKOUT / "tests" / "support" / "smoke"
# A training of some seconds that saves its state all the time, with everything on that could spoil exactness.
SETTINGS = {
    "train.epochs": "4",
    "train.batch_size": "16",
    "train.checkpoint_minutes": "0.001",
    "train.deterministic": "true",
    "train.ema_decay": "0.99",
    "train.label_smoothing": "0.1",
    "augment.horizontal_flip": "true",
    "augment.shift_fraction": "0.1",
    "augment.smallest_crop": "0.5",
    "augment.rotation_degrees": "10",
    "augment.brightness": "0.1",
    "augment.erasing_probability": "0.2",
    "augment.mixup_alpha": "0.2",
    "data.workers": "2",
}
ENDLESS = {"train.epochs": "2000", "train.early_stopping_patience": "2000"}


@pytest.fixture
def runs(tmp_path: Path) -> Path:
    """Return an empty folder for runs, outside the project."""
    return tmp_path / "runs"


@pytest.fixture(scope="session")
def images(both: dict[str, Project], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder of 300 images in three classes, with odd files among them."""
    folder = tmp_path_factory.mktemp("data") / "images"
    both["pytorch"].run(quoted(".venv/bin/python", HELPERS / "make_images.py", folder, "100"))
    (folder / "Kreis" / "notes.txt").write_text("no image")
    (folder / "Kreis" / "broken.png").write_bytes((folder / "Kreis" / "0000.png").read_bytes()[:100])
    (folder / "quadrat" / "empty.jpg").touch()
    (folder / "日本" / "nowhere.png").symlink_to("nothing.png")
    return folder


@pytest.mark.parametrize("tier", [("1000", "0"), ("0", "1"), ("0", "0")], ids=["memory", "disk", "streamed"])
def test_own_images_are_learned(generated: Project, runs: Path, images: Path, tier: tuple[str, str]) -> None:
    """A folder of mixed files is trained on, evaluated, predicted; what cannot be used is listed."""
    cache_megabytes, disk_cache_gigabytes = tier
    settings = options(
        {
            "data.source": str(images),
            "data.image_size": "16",
            "data.cache_megabytes": cache_megabytes,
            "data.disk_cache_gigabytes": disk_cache_gigabytes,
            "data.disk_cache_folder": str(runs.parent / "cache"),
            "train.epochs": "8",
            "train.warmup_epochs": "1",
            "runs_folder": str(runs),
        }
    )
    files = [images / name / "0001.jpg" for name in ("Kreis", "quadrat", "日本")]
    output, evaluated, predicted = generated.run_verbs(
        ["train", *settings], ["evaluate", *settings, "--json"], ["predict", *settings, "--json", *files]
    )

    (run,) = runs.iterdir()
    skipped = (run / "skipped.txt").read_text(encoding="utf-8")
    assert "4 files of the data are not used" in output
    assert all(name in skipped for name in ("notes.txt", "broken.png", "empty.jpg", "nowhere.png"))
    assert json.loads(evaluated)["accuracy"] >= 0.9
    assert ["Kreis", "quadrat", "日本"] == [answer["label"] for answer in json.loads(predicted)]


def test_killed_training_goes_on_to_the_same_bits(generated: Project, runs: Path, images: Path) -> None:
    """Killed three times at random steps, it ends with a whole run's figures and weights.

    The whole run has its samples in memory, the other one on the disk, and in files when it is resumed.
    Both read by workers and vary every sample.
    """
    chance = random.Random(generated.framework)  # noqa: S311 - moments, no secrets
    settings = SETTINGS | {"data.source": str(images), "data.image_size": "16", "train.epochs": "10"}
    whole = options(settings | {"runs_folder": str(runs / "whole")})
    generated.run(quoted(".venv/bin/" + generated.package, "train", *whole))
    cache = {"data.cache_megabytes": "0", "data.disk_cache_folder": str(runs.parent / "cache")}
    broken = options(settings | cache | {"runs_folder": str(runs / "broken")})
    streamed = [*broken, "--resume", "--set", "data.disk_cache_gigabytes=0"]
    for words in (broken, [*broken, "--resume"], streamed):
        process = training(generated, *words)
        try:
            run = wait_for_checkpoint(process, runs / "broken")
            before = checkpoint(run).stat().st_mtime_ns  # type: ignore[union-attr]
            deadline = time.monotonic() + 60
            while (state := checkpoint(run)) and state.stat().st_mtime_ns == before:
                assert time.monotonic() < deadline
                assert process.poll() is None, process.communicate()
                time.sleep(0.01)
            time.sleep(chance.uniform(0, 0.2))
        finally:
            process.kill()
            process.communicate()
        assert -signal.SIGKILL == process.returncode  # it had not ended by itself
    generated.run(quoted(".venv/bin/" + generated.package, "train", *streamed))

    (finished,) = (runs / "whole").iterdir()
    expected, found = (figures(path) for path in (finished, run))
    assert len(expected) == 10
    assert expected == found
    uninterrupted, resumed = digests(generated, finished, run)
    assert uninterrupted == resumed


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_signal_saves_a_state(generated: Project, runs: Path, number: signal.Signals) -> None:
    """Ctrl-C and SIGTERM end it with 130 and in words; the state that they saved goes on."""
    settings = options(ENDLESS | {"runs_folder": str(runs)})
    process = training(generated, *settings)
    try:
        run = wait_for_checkpoint(process, runs)
        before = checkpoint(run).stat().st_mtime_ns  # type: ignore[union-attr]
        process.send_signal(number)
        _, errors = process.communicate(timeout=60)
    finally:
        process.kill()

    after = checkpoint(run)
    assert 130 == process.returncode
    assert "Interrupted" in errors
    assert "Traceback" not in errors
    assert after
    assert after.stat().st_mtime_ns > before


def test_run_is_trained_by_one_process(generated: Project, runs: Path) -> None:
    """A second process that would go on with a run while it is trained is refused."""
    settings = options(ENDLESS | {"runs_folder": str(runs)})
    process = training(generated, *settings)
    try:
        wait_for_checkpoint(process, runs)
        command = quoted(".venv/bin/" + generated.package, "train", *settings, "--resume")
        output = generated.run(f"{command} 2>&1", exit_code=1)
    finally:
        process.terminate()
        process.communicate()

    assert "is being trained by another process" in output
    assert "Traceback" not in output


@pytest.fixture(scope="session")
def short_runs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder of each framework's run of two epochs."""
    return tmp_path_factory.mktemp("short-runs")


@pytest.fixture
def short_run(generated: Project, runs: Path, short_runs: Path) -> Path:
    """Return a copy of a run of two epochs."""
    trained = short_runs / generated.framework
    generated.run_once(quoted(".venv/bin/" + generated.package, "train", *short(trained)))
    shutil.copytree(trained, runs)
    (run,) = runs.iterdir()
    return run


def short(runs: Path, **settings: str) -> list[str]:
    """Return the options of a training of two epochs."""
    changed = {key.replace("__", "."): value for key, value in settings.items()}
    return options({"runs_folder": str(runs), "train.epochs": "2"} | changed)


def test_truncated_checkpoint_is_refused_by_name(generated: Project, runs: Path, short_run: Path) -> None:
    """A state that was cut off is named, and the one before it taken."""
    last = checkpoint(short_run)
    assert last
    last.write_bytes(last.read_bytes()[:-100])

    output = generated.run(quoted(".venv/bin/" + generated.package, "train", *short(runs), "--resume"))

    assert f"warning: {last} is not a readable checkpoint" in output


def test_changes_since_the_checkpoint_are_listed(
    generated: Project, runs: Path, short_run: Path, images: Path
) -> None:
    """Other settings, or other classes, are no training that could go on."""
    command = ".venv/bin/" + generated.package
    changed = generated.run(
        quoted(command, "train", *short(runs, seed="3"), "--resume") + " 2>&1", exit_code=1
    )
    classes = generated.run(
        quoted(command, "train", *short(runs, data__source=str(images)), "--resume") + " 2>&1", exit_code=1
    )

    assert f"{short_run} cannot be resumed" in changed
    assert "seed: 0 when it began, 3 now" in changed
    assert "learned 10 classes" in classes


def test_loss_that_is_no_number_is_named(generated: Project, runs: Path) -> None:
    """A learning rate without measure ends in an error that names epoch and batch."""
    command = quoted(".venv/bin/" + generated.package, "train", *short(runs, train__learning_rate="1e30"))

    output = generated.run(f"{command} 2>&1", exit_code=1)

    assert "The loss became" in output
    assert "epoch 1, batch" in output
    assert "Traceback" not in output


def test_full_disk_keeps_what_was_saved(generated: Project, tmp_path: Path) -> None:
    """On a disk with room for one state, training ends in one error, and what it saved can be evaluated."""
    disk = tmp_path / "disk"
    disk.mkdir()
    program = ".venv/bin/" + generated.package
    train = quoted(program, "train", *short(disk, train__epochs="30"))
    evaluate = quoted(program, "evaluate", *options({"runs_folder": str(disk)}), "--json")
    script = (
        f"mount -t tmpfs -o size=3M tmpfs {quoted(disk)}; "
        f"set +e; {train} 2>&1; echo exit code $?; "
        f"rm -f {quoted(disk)}/*/checkpoints/previous.*; {evaluate}"
    )

    output = generated.run(quoted("unshare", "--map-root-user", "--mount", "bash", "-c", script))

    assert "cannot be written (No space left on device). What was saved before is kept." in output
    assert "exit code 1" in output
    assert "Traceback" not in output
    assert '"accuracy"' in output


def test_extras_work_with_real_stores(generated: Project) -> None:
    """With TensorBoard, MLflow, Optuna and CycloneDX the project's tests of them run, and none is skipped."""
    generated.run("uv sync --extra mlflow --extra sbom --extra sweep --extra tensorboard", network=True)

    tests = ("tests/export/test_sbom.py", "tests/runs/test_tracking.py", "tests/training/test_sweep.py")
    output = generated.run(quoted(".venv/bin/pytest", "-q", *tests))

    assert "skipped" not in output
