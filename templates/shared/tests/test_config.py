"""Settings are read, overridden and refused with words that say what to do."""

from pathlib import Path

import pytest

from [= package =].config import Config, check_config, load_config, moved_data
from [= package =].errors import ProjectError


def written(folder: Path, text: str) -> Path:
    """Return the path of a settings file with this text."""
    path = folder / "config.toml"
    path.write_text(text, encoding="utf-8")
    return path


def test_value_in_the_file_is_taken(tmp_path: Path) -> None:
    """A key in the file replaces its default; the others keep theirs."""
    config = load_config(written(tmp_path, "[train]\nepochs = 3\n"))

    assert (3, 64) == (config.train.epochs, config.train.batch_size)


def test_override_wins_over_the_file(tmp_path: Path) -> None:
    """`--set` has the last word, with the type of a TOML value."""
    path = written(tmp_path, "seed = 1\n[train]\nepochs = 3\n")

    config = load_config(path, ["train.epochs=5", "seed=2", "train.device=cpu"])

    assert (5, 2, "cpu") == (config.train.epochs, config.seed, config.train.device)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("[train]\nbatch_size = 0\n", "[train] batch_size is 0; it must be at least 1"),
        ("[train]\nbatch_size = 1.5\n", "batch_size is 1.5; it must be a whole number"),
        ("[train]\nbatchsize = 8\n", "Did you mean batch_size?"),
        ("[training]\nepochs = 8\n", "training is not a setting"),
        ("epochs = 8\n", "Did you mean train.epochs?"),
        ("train = 3\n", "train is 3; it must be a table"),
        (
            '[train]\ndeterministic = "False"\n',
            'deterministic is "False"; it must be true or false. For example false.',
        ),
        ('[train]\ndevice = "tpu"\n', "it must be one of 'auto', 'cpu' or 'gpu'"),
        ("[data]\ntest_fraction = 0.9\n", "must add up to less than 1"),
        ("[model]\ndropout = 1.0\n", "[model] dropout is 1.0; it must be less than 1"),
        ("[train\n", "is not valid TOML"),
        ("[sweep]\ntrials = 0\n", "[sweep] trials is 0; it must be at least 1"),
        ("[sweep.ranges]\ntrain.epochs = 3\n", "[sweep.ranges] train.epochs: 3 is neither a range nor"),
        ("[sweep.ranges]\ntrain.epochs = []\n", "[sweep.ranges] train.epochs: [] is neither a range nor"),
        ("[sweep.ranges]\ntrain.epoch = [3]\n", "Did you mean epochs?"),
        (
            "[sweep.ranges]\ntrain.epochs = [3, 0]\n",
            "train.epochs: [train] epochs is 0; it must be at least 1",
        ),
        ("[sweep.ranges]\ntrain.epochs = {low=2, high=1}\n", "low is 2 and high is 1"),
        (
            "[sweep.ranges]\nmodel.dropout = {low=0, high=0.5, log=true}\n",
            "with log it must be greater than 0",
        ),
        ("[sweep.ranges]\ndata.image_size = [32]\n", "for a setting of augment, model or train"),
    ],
)
def test_bad_file_is_refused(tmp_path: Path, text: str, words: str) -> None:
    """The error names the file, the key, what was received and what is accepted."""
    path = written(tmp_path, text)

    with pytest.raises(ProjectError) as caught:
        load_config(path)

    assert words in str(caught.value)
    assert str(caught.value).startswith(str(path))


def test_missing_file_is_refused(tmp_path: Path) -> None:
    """The error says where the command has to run."""
    with pytest.raises(ProjectError, match="Run this in the project's folder"):
        load_config(tmp_path / "config.toml")


@pytest.mark.parametrize("override", ["epochs", "=3", "train.epochs=-1", "seed.epochs=3"])
def test_bad_override_is_refused(tmp_path: Path, override: str) -> None:
    """An override that is no NAME=VALUE, or whose value is not acceptable, names `--set`."""
    with pytest.raises(ProjectError, match="--set"):
        load_config(written(tmp_path, "seed = 0\n"), [override])


def test_settings_are_frozen() -> None:
    """Nothing can change the settings once they were checked."""
    config = check_config({}, source="test")

    with pytest.raises(ValueError, match="frozen"):
        del config.seed


def test_run_is_used_as_it_was_trained() -> None:
    """Its images may lie elsewhere now; a setting that would be ignored is refused, unless it is the same."""
    trained = Config()
    moved = check_config({"seed": 3, "data": {"source": "elsewhere", "image_size": 32}}, source="test")

    data = moved_data(trained, moved, ["data.source=elsewhere", "train.epochs=30", "runs_folder=there"])

    assert ("elsewhere", 64) == (data.source, data.image_size)
    with pytest.raises(ProjectError, match="--set seed=3: the run was trained with 0"):
        moved_data(trained, moved, ["seed=3"])
