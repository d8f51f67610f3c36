"""How TensorFlow, Keras and ONNX Runtime are imported: with the right settings, and without remarks."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.machinery import ModuleSpec
from importlib.util import find_spec
from types import ModuleType
from typing import Any

# Both libraries read these once, when they are first imported, and this file runs before that. What is set
# outside wins: TF_CPP_MIN_LOG_LEVEL=0 shows why TensorFlow sees no GPU.
os.environ.setdefault("KERAS_BACKEND", "tensorflow")
LOG_LEVEL = os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
# ONNX Runtime 1.32 reports its use to its makers unless told otherwise before it is imported.
os.environ.setdefault("ORT_DISABLE_TELEMETRY", "1")

# Another process passes on what is written meanwhile: if this one is aborted, the reason is still shown.
_FILTER = r"""
import re, signal, sys
signal.signal(signal.SIGINT, signal.SIG_IGN)
known = set()
for line in sys.stdin.buffer:
    message = re.sub(rb"^([\d-]{10} [\d:.]+: ([IWEF])|([IWEF])\d{4} [\d:.]+ +\d+) ", rb"\2\3 ", line)
    is_remark = re.match(rb"I |WARNING: All log messages |To enable the following ", message)
    if message not in known and not is_remark:
        sys.stderr.buffer.write(line)
        sys.stderr.buffer.flush()
    known.add(message)
"""


class _QuietTensorFlow:
    """Finds TensorFlow for `import`, and keeps back the remarks that it prints while it is loaded.

    It prints them twice, whatever TF_CPP_MIN_LOG_LEVEL says: https://github.com/tensorflow/tensorflow/issues/100442
    (2.19 to 2.21, seen 2026-11). When that is closed, this can go.
    """

    def find_spec(self, name: str, _path: Any = None, _target: Any = None) -> ModuleSpec | None:
        """Return how to load the module `tensorflow`; others are found by those who come next."""
        if name != "tensorflow":
            return None
        sys.meta_path.remove(self)
        spec = find_spec(name)
        if spec and spec.loader:
            execute = spec.loader.exec_module

            def exec_module(module: ModuleType) -> None:
                with _filtered():
                    execute(module)

            spec.loader.exec_module = exec_module  # type: ignore[method-assign]
        return spec


@contextmanager
def _filtered() -> Iterator[None]:
    """Let only what is new, and no mere remark, of what native code prints reach stderr."""
    terminal = os.dup(2)
    command = [sys.executable, "-I", "-S", "-c", _FILTER]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stderr=terminal) as process:  # noqa: S603
        os.dup2(process.stdin.fileno(), 2)  # type: ignore[union-attr]
        try:
            yield
        finally:
            os.dup2(terminal, 2)
            os.close(terminal)


if LOG_LEVEL == "3" and sys.executable:
    sys.meta_path.insert(0, _QuietTensorFlow())
