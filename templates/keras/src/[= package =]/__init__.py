"""Classification: train, evaluate, predict. Start at `__main__.py`; settings: `config.toml`."""

from . import importing as importing  # before anything imports TensorFlow
