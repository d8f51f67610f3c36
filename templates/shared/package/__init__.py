"""Image classification: train, evaluate, predict. Start at `__main__.py`; settings: `config.toml`."""
