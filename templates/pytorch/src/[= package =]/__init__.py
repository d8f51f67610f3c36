"""Classification: train, evaluate, predict. Start at `__main__.py`; settings: `config.toml`."""

import os

# ONNX Runtime 1.32 reports its use to its makers unless told otherwise before it is imported.
os.environ.setdefault("ORT_DISABLE_TELEMETRY", "1")
