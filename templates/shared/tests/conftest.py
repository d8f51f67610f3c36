"""What several tests need: the digits, short settings, and one short training."""

from pathlib import Path

import pytest

from [= package =].config import Config, DataConfig, check_config
from [= package =].data import load_splits
from [= package =].export import export
from [= package =].runs import Run
from [= package =].splits import Splits
from [= package =].train import train


@pytest.fixture(scope="session")
def splits() -> Splits:
    """Return the default splits of seed 0."""
    return load_splits(DataConfig(), seed=0)


@pytest.fixture
def short_config(tmp_path: Path) -> Config:
    """Return settings for a training of two epochs, which takes a second."""
    return _config(tmp_path / "runs", epochs=2)


@pytest.fixture(scope="session")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Run:
    """Return a run of four epochs: enough to be far better than chance."""
    return train(_config(tmp_path_factory.mktemp("runs"), epochs=4))


@pytest.fixture(scope="session")
def exported(trained: Run, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder of an ONNX export of the trained run; whoever changes it takes a copy."""
    folder = tmp_path_factory.mktemp("exports") / "onnx"
    export(trained, "onnx", folder=folder)
    return folder


def _config(runs_folder: Path, *, epochs: int) -> Config:
    settings = {"epochs": epochs, "warmup_epochs": 1, "device": "cpu"}
    return check_config({"runs_folder": str(runs_folder), "train": settings}, source="test")
