"""The device is the one that was asked for, or an error."""

import pytest

from [= package =].device import choose_device
from [= package =].errors import ProjectError


def test_cpu_is_always_there() -> None:
    """`cpu` is taken even where there is a GPU."""
    assert "cpu" in str(choose_device("cpu")).lower()


def test_auto_and_gpu_agree() -> None:
    """`auto` takes the GPU that `gpu` finds; where there is none, `gpu` is an error and `auto` the CPU."""
    automatic = str(choose_device("auto"))

    if "cpu" in automatic.lower():
        with pytest.raises(ProjectError, match="sees no GPU"):
            choose_device("gpu")
    else:
        assert automatic == str(choose_device("gpu"))
