"""The network grows with the images."""

import pytest

from [= package =].config import ModelConfig
from [= package =].sizes import network_size


@pytest.mark.parametrize(
    ("pixels", "name"),
    [(8, "tiny"), (16, "small"), (32, "small"), (64, "medium"), (128, "large"), (256, "large")],
)
def test_size_follows_the_images(pixels: int, name: str) -> None:
    """`auto` takes the smallest network that is meant for images so large."""
    assert name == network_size(ModelConfig(), (pixels, pixels, 3)).name


def test_size_that_is_set_is_taken() -> None:
    """A size in the settings wins over the images'."""
    assert "large" == network_size(ModelConfig(size="large"), (8, 8, 1)).name
