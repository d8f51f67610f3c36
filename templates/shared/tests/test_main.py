"""The verbs as a user types them: output, errors and exit codes."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from PIL import Image

from [= package =] import verbs
from [= package =].__main__ import main
from [= package =].runs import Run
from [= package =].splits import Splits
from [= package =].tables import training_lines


@pytest.fixture
def options(trained: Run, tmp_path: Path) -> list[str]:
    """Return the options with which a verb finds the trained run, wherever the tests run."""
    config = tmp_path / "config.toml"
    config.write_text(f"runs_folder = '{trained.path.parent}'\n", encoding="utf-8")
    return ["--config", str(config)]


def test_train_makes_a_run(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """`train` writes a run folder, says where it is and which epoch was the best."""
    (tmp_path / "config.toml").write_text(f"runs_folder = '{tmp_path}'\n", encoding="utf-8")

    code = main(["train", "--config", str(tmp_path / "config.toml"), "--set", "train.epochs=1"])

    (run,) = tmp_path.glob("*/run.json")
    assert 0 == code
    output = capsys.readouterr().out
    assert output.startswith(f"{run.parent}: ")
    assert "\n1 epoch in " in output
    assert "best was epoch 1 with validation accuracy" in output


def test_early_end_is_explained(trained: Run) -> None:
    """A training that ended before its last epoch says why; one that did not has nothing to explain."""
    epochs, config = trained.read_metrics(), trained.read_record().config.train
    early = config.model_copy(update={"epochs": len(epochs) + 1, "early_stopping_patience": 2})

    assert 1 == len(list(training_lines(epochs, config)))
    reason = "stopped early: no lower validation loss for 2 epochs (early_stopping_patience)"
    assert reason == next(training_lines(epochs, early))


def test_evaluate_prints_the_accuracy(options: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    """People get a table, programs the same figures as JSON."""
    assert 0 == main(["evaluate", *options])
    table = capsys.readouterr().out
    assert 0 == main(["evaluate", *options, "--json"])
    report = json.loads(capsys.readouterr().out)

    assert f"accuracy {report['accuracy']:.4f}" in table


def test_predict_answers_and_fails(
    trained: Run, options: list[str], splits: Splits, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """One good and one bad file: an answer on stdout, an error on stderr, exit code 1."""
    good = tmp_path / "good.png"
    Image.fromarray(splits.test.images[:1][0, :, :, 0]).save(good)

    code = main(["predict", *options, str(good), str(tmp_path / "missing.png")])

    output = capsys.readouterr()
    assert 1 == code
    assert output.out.startswith(str(good))
    assert f"{trained.path}: best of " in output.err
    assert "missing.png cannot be read (No such file or directory)" in output.err


def test_runs_lists_the_run(trained: Run, options: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    """`runs` shows a line a run: its epochs, its best one's figures, what was not set as by default."""
    assert 0 == main(["runs", *options])
    line = capsys.readouterr().out.splitlines()[1]

    assert line.startswith(f"{trained.path.name}  ")
    assert "  4/4  " in line
    assert line.endswith("train.warmup_epochs=1, train.device=cpu")


def test_run_with_a_damaged_record_is_listed(
    trained: Run, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """One damaged run hides no other: its epochs are shown, those that were planned are not known."""
    shutil.copytree(trained.path, tmp_path / trained.path.name)
    (tmp_path / trained.path.name / "run.json").write_text("{", encoding="utf-8")
    (tmp_path / "config.toml").write_text(f"runs_folder = '{tmp_path}'\n", encoding="utf-8")

    assert 0 == main(["runs", "--config", str(tmp_path / "config.toml")])
    assert "  4/-  " in capsys.readouterr().out


def test_setting_that_would_be_ignored_is_refused(
    options: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    """A run is used with the settings that it was trained with; to repeat them is no mistake."""
    assert 1 == main(["evaluate", *options, "--set", "model.size=large"])
    assert "model.size=large: " in capsys.readouterr().err
    assert 0 == main(["evaluate", *options, "--set", "model.size=auto"])


def test_ctrl_c_speaks_of_a_state_where_there_is_one(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Only a training can go on; the other verbs are just interrupted."""

    def interrupted(_options: object) -> int:
        raise KeyboardInterrupt

    monkeypatch.setattr(verbs, "runs", interrupted)
    assert 130 == main(["runs"])
    assert "Interrupted.\n" == capsys.readouterr().err
    monkeypatch.setattr(verbs, "train", interrupted)
    assert 130 == main(["train"])
    assert "`train --resume` goes on" in capsys.readouterr().err


def test_error_is_two_lines_and_exit_code_1(capsys: pytest.CaptureFixture[str]) -> None:
    """What was wrong, what to do, and no traceback."""
    assert 1 == main(["train", "--config", "missing.toml"])
    assert (
        "error: missing.toml cannot be read (No such file or directory).\n"
        "  Run this in the project's folder, or pass --config PATH.\n"
    ) == capsys.readouterr().err


def test_unknown_verb_is_wrong_usage() -> None:
    """Wrong usage ends with exit code 2."""
    with pytest.raises(SystemExit) as caught:
        main(["trian"])

    assert 2 == caught.value.code


def test_setting_typed_as_an_option_is_told_how(capsys: pytest.CaptureFixture[str]) -> None:
    """`--epochs 3`, which others have, leads to `--set`."""
    with pytest.raises(SystemExit) as caught:
        main(["train", "--epochs", "3"])

    assert 2 == caught.value.code
    assert "--epochs 3 is unknown; settings are changed by --set" in capsys.readouterr().err


def test_no_verb_is_shown_all_verbs(capsys: pytest.CaptureFixture[str]) -> None:
    """The name of the program alone is wrong usage as well, and shows what can be typed."""
    assert 2 == main([])
    assert "label image files by asking a server" in capsys.readouterr().err


def test_closed_pipe_is_no_traceback(options: list[str]) -> None:
    """`runs | head` ends quietly when `head` has seen enough."""
    command = [sys.executable, "-m", "[= package =]", "runs", *options]
    reader, writer = os.pipe()
    os.close(reader)

    result = subprocess.run(command, stdout=writer, stderr=subprocess.PIPE, check=False)  # noqa: S603
    os.close(writer)

    assert b"" == result.stderr


def test_help_does_not_load_the_framework() -> None:
    """`--help` answers at once: torch and tensorflow are not imported for it."""
    script = (
        "import sys, [= package =].__main__ as m\n"
        "try: m.main(['--help'])\n"
        "except SystemExit: pass\n"
        "sys.exit('torch' in sys.modules or 'tensorflow' in sys.modules)"
    )

    command = [sys.executable, "-c", script]
    assert 0 == subprocess.run(command, check=False, capture_output=True).returncode  # noqa: S603
