"""A package that is missing is one line that says what to install."""

import sys

import pytest

from [= package =].config import TrackConfig
from [= package =].errors import ProjectError
from [= package =].extras import require_extra
from [= package =].tracking import require_trackers


def test_installed_package_is_enough() -> None:
    """Nothing happens where the module can be imported."""
    require_extra("any", module="json", wanted_by="this test")


@pytest.mark.parametrize(
    ("config", "module", "extra"),
    [
        (TrackConfig(tensorboard=True), "tensorboard", "tensorboard"),
        (TrackConfig(mlflow="sqlite:///mlflow.db"), "mlflow", "mlflow"),
    ],
)
def test_missing_tracker_names_its_extra(
    monkeypatch: pytest.MonkeyPatch, config: TrackConfig, module: str, extra: str
) -> None:
    """The command for uv and the one for pip, before anything is trained."""
    monkeypatch.setitem(sys.modules, module, None)

    with pytest.raises(ProjectError) as caught:
        require_trackers(config)

    assert f"[track] {extra} needs {module}, which is not installed." == caught.value.problem
    assert f'uv sync --inexact --extra {extra}, or pip install -e ".[{extra}]"' in caught.value.fix
