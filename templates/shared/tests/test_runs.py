"""Runs are numbered, found, listed, and survive a process that was killed."""

import csv
import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from [= package =].config import Config
from [= package =].errors import ProjectError
from [= package =].runs import (
    EpochMetrics,
    Run,
    RunRecord,
    create_run,
    find_run,
    list_runs,
)
from [= package =].splits import Skipped, Split, Splits

ONE = Split(images=np.zeros((1, 8, 8, 1), np.uint8), labels=np.array([0]))
SPLITS = Splits(train=ONE, validation=ONE, test=ONE, class_names=("0", "1"))


def finished_run(runs_folder: Path, *, validation_loss: float, has_model: bool = True) -> Run:
    """Return a run with one epoch and, perhaps, an empty file in the model's place."""
    run = create_run(runs_folder)
    run.write_record(RunRecord.now(Config(), splits=SPLITS, num_parameters=1, packages=("numpy",)))
    run.append_metrics(epoch(validation_loss))
    if has_model:
        (run.checkpoints / "best.model").touch()
    return run


def epoch(validation_loss: float) -> EpochMetrics:
    """Return the metrics of a first epoch."""
    return EpochMetrics(
        epoch=1,
        train_loss=1.0,
        train_accuracy=0.5,
        validation_loss=validation_loss,
        validation_accuracy=0.5,
        learning_rate=0.1,
        samples_per_second=100.0,
        seconds=1.0,
    )


def test_runs_of_the_same_second_get_numbers(tmp_path: Path) -> None:
    """Eleven runs made at once have eleven folders, and are listed in the order they were made."""
    made = [finished_run(tmp_path, validation_loss=1.0).path for _ in range(11)]

    assert made == [run.path for run in list_runs(tmp_path)]


def test_latest_and_best_are_found(tmp_path: Path) -> None:
    """`latest` is the newest run, `best` the one with the lowest validation loss."""
    best = finished_run(tmp_path, validation_loss=0.1)
    latest = finished_run(tmp_path, validation_loss=0.2)

    assert (latest, best) == (find_run("latest", tmp_path), find_run("best", tmp_path))


def test_best_is_of_the_same_data_as_the_latest(tmp_path: Path) -> None:
    """A lower loss on other classes, or on other images, is not better."""
    others = finished_run(tmp_path, validation_loss=0.0)
    record = others.read_record()
    others.write_record(replace(record, class_names=("cat", "dog")))
    elsewhere = finished_run(tmp_path, validation_loss=0.0)
    source = record.config.data.model_copy(update={"source": "images"})
    elsewhere.write_record(replace(record, config=record.config.model_copy(update={"data": source})))
    best, _ = (finished_run(tmp_path, validation_loss=loss) for loss in (0.2, 0.3))

    assert best == find_run("best", tmp_path)


def test_run_without_a_model_is_passed_over(tmp_path: Path) -> None:
    """A training that was stopped before its first model is neither `latest` nor `best`."""
    whole = finished_run(tmp_path, validation_loss=0.5)
    broken = finished_run(tmp_path, validation_loss=0.1, has_model=False)

    assert (whole, whole) == (find_run("latest", tmp_path), find_run("best", tmp_path))
    with pytest.raises(ProjectError, match="has saved no model yet"):
        find_run(str(broken.path), tmp_path)


def test_run_is_found_by_its_path_or_its_name(tmp_path: Path) -> None:
    """A run is named by its whole path, or by its name as `runs` lists it."""
    run = finished_run(tmp_path, validation_loss=0.5)

    assert run == find_run(str(run.path), tmp_path)
    assert run == find_run(run.path.name, tmp_path)


@pytest.mark.parametrize("which", ["latest", "best", "elsewhere"])
def test_missing_run_is_an_error(tmp_path: Path, which: str) -> None:
    """Without any run the error says which verb helps."""
    with pytest.raises(ProjectError, match=r"the verb `train`|The verb `runs`"):
        find_run(which, tmp_path)


def test_figures_are_written_for_spreadsheets_too(tmp_path: Path) -> None:
    """`metrics.csv` has a heading and a row an epoch, with the figures of `metrics.jsonl`."""
    run = finished_run(tmp_path, validation_loss=0.5)
    with (run.path / "metrics.csv").open(newline="") as file:
        (row,) = csv.DictReader(file)

    assert {key: float(value) for key, value in row.items()} == vars(run.read_metrics()[0])


def test_later_epochs_are_forgotten(tmp_path: Path) -> None:
    """A training that goes on from epoch 1 drops what a killed process wrote of epoch 2."""
    run = finished_run(tmp_path, validation_loss=0.5)
    run.append_metrics(epoch(0.4))
    run.keep_metrics(1)

    assert [0.5] == [metrics.validation_loss for metrics in run.read_metrics()]


def test_skipped_files_are_listed(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Their number is printed, and the run folder says which and why; without any there is no file."""
    run = finished_run(tmp_path, validation_loss=0.5)
    run.write_skipped([])
    assert not (run.path / "skipped.txt").exists()

    run.write_skipped([Skipped(file="a.png", reason="it is not an image")])
    assert "a.png: it is not an image\n" == (run.path / "skipped.txt").read_text()
    assert "1 file of the data is not used" in capsys.readouterr().out


def test_run_is_trained_by_one_process(tmp_path: Path) -> None:
    """While one holds a run, another is refused; the lock of a process that was killed is gone with it."""
    run = finished_run(tmp_path, validation_loss=0.5)
    script = (
        "import os, sys, pathlib; from [= package =].runs import Run\n"
        "with Run(pathlib.Path(sys.argv[1])).locked(): print('held', flush=True); sys.stdin.read()"
    )
    command = [sys.executable, "-c", script, str(run.path)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as other:  # noqa: S603
        assert other.stdout
        other.stdout.readline()
        with pytest.raises(ProjectError, match="is being trained by another process"), run.locked():
            pass
        other.kill()
    with run.locked():
        pass


def test_half_written_last_line_is_passed_over(tmp_path: Path) -> None:
    """A process killed while it wrote costs the last epoch's line, not the run."""
    run = finished_run(tmp_path, validation_loss=0.5)
    with (run.path / "metrics.jsonl").open("a") as file:
        file.write('{"epoch": 2, "train_lo')

    assert [1] == [metrics.epoch for metrics in run.read_metrics()]


def test_record_is_read_back(tmp_path: Path) -> None:
    """`run.json` holds the settings with which the run was made."""
    record = finished_run(tmp_path, validation_loss=0.5).read_record()

    assert (Config(), ("0", "1"), (8, 8, 1)) == (record.config, record.class_names, record.image_shape)


def test_damaged_record_is_an_error(tmp_path: Path) -> None:
    """A record that is cut off, or lacks a key, names the file and the way out."""
    run = finished_run(tmp_path, validation_loss=0.5)
    record = run.path / "run.json"
    for text in (record.read_text()[:50], json.dumps({"config": {}})):
        record.write_text(text)

        with pytest.raises(ProjectError, match=r"run\.json cannot be read"):
            run.read_record()
