"""Classification: train, evaluate, predict. Start at `__main__.py`; settings: `config.toml`."""

import os

# Both libraries read these once, when they are first imported, and this file runs before that. What is set
# outside wins: TF_CPP_MIN_LOG_LEVEL=0 shows why TensorFlow sees no GPU.
os.environ.setdefault("KERAS_BACKEND", "tensorflow")
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
# ONNX Runtime 1.32 reports its use to its makers unless told otherwise before it is imported.
os.environ.setdefault("ORT_DISABLE_TELEMETRY", "1")
