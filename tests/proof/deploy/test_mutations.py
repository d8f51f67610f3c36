"""Tests of the tests: what is broken on purpose in a generated project is caught by its own tests."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest
from support.figures import tell
from support.smoke.projects import with_row
from support.smoke.rows import DEPLOYED

if TYPE_CHECKING:
    from collections.abc import Callable

    from support.deploy.prepared import Prepared

pytestmark = pytest.mark.deploy


@dataclass(frozen=True, kw_only=True)
class Mutation:
    """A break: in which module, which text by which other, and the test file that must fail.

    Where the text is the same in both frameworks, module and test are the same file: one framework shows it.
    """

    name: str
    module: str
    text: str | dict[str, str]  # the same in both frameworks, or by framework
    broken: str | dict[str, str]
    tests: str

    @property
    def frameworks(self) -> tuple[str, ...]:
        """In whose projects the break is made."""
        return ("pytorch",) if isinstance(self.text, str) else tuple(self.text)

    def of(self, framework: str) -> tuple[str, str]:
        """Return the text and what it becomes in a framework's project."""
        pair = [each if isinstance(each, str) else each[framework] for each in (self.text, self.broken)]
        return pair[0], pair[1]


MUTATIONS = (
    Mutation(
        name="a label is that of its neighbor",
        module="evaluation/predict.py",
        text="class_names[index]: float(probabilities[index])",
        broken="class_names[index - 1]: float(probabilities[index])",
        tests="evaluation/test_predict.py",
    ),
    Mutation(
        name="evaluation scales the pixels, training does not",
        module="model/network.py",
        text={
            "pytorch": "model(to_tensor(images[start : start + step], device))",
            "keras": "model.predict_on_batch(images[start : start + step])",
        },
        broken={
            "pytorch": "model(to_tensor(images[start : start + step], device) / 255)",
            "keras": "model.predict_on_batch(images[start : start + step] / 255)",
        },
        tests="model/test_network.py",
    ),
    Mutation(
        name="the last, smaller batch is not evaluated",
        module="data/batches.py",
        text="read_ahead(make, range(0, len(split), batch_size), ahead)",
        broken="read_ahead(make, range(0, len(split) - batch_size + 1, batch_size), ahead)",
        tests="evaluation/test_evaluate.py",
    ),
    Mutation(
        name="files are stretched, whatever training did",
        module="data/codec.py",
        text="bits=spec.bits, resize=spec.resize, interpolation=spec.interpolation\n",
        broken="bits=spec.bits\n",
        tests="evaluation/test_predict.py",
    ),
    Mutation(
        name="the exported model is not the trained one",
        module="export/export.py",
        text="        model=model,\n",
        broken="        model=untrained(model, record),\n",
        tests="export/test_export.py",
    ),
    Mutation(
        name="the server does not look at the token",
        module="targets/hardened/app.py",
        text="        if self._expected is None:\n            return\n",
        broken="        return\n",
        tests="targets/hardened/test_hardened_app.py",
    ),
)
UNTRAINED = """

def untrained(model, record):  # the break: a model of the same shape with its first weights
    from ..model.network import build_model, set_normalization
    import numpy as np

    fresh = build_model(
        record.config.model, input_spec=record.input_spec, num_classes=len(record.class_names)
    )
    set_normalization(fresh, np.full((2, *record.input_spec.shape), 100, np.uint8))
    return fresh.eval() if hasattr(fresh, "eval") else fresh
"""


@pytest.mark.parametrize(
    ("framework", "mutation"),
    [
        pytest.param(
            framework, mutation, marks=with_row(DEPLOYED[framework]), id=f"{framework}-{mutation.name}"
        )
        for mutation in MUTATIONS
        for framework in mutation.frameworks
    ],
)
def test_break_is_caught(deployed: Callable[[str], Prepared], framework: str, mutation: Mutation) -> None:
    """The project's own tests pass as it is (test_matrix.py), and fail with this one change."""
    project = deployed(framework).project
    module = project.path / "src" / project.package / mutation.module
    whole = module.read_text(encoding="utf-8")
    text, broken = mutation.of(framework)
    assert whole.count(text) == 1
    changed = whole.replace(text, broken) + (UNTRAINED if "untrained" in broken else "")
    module.write_text(changed, encoding="utf-8")
    try:
        output = project.run(f".venv/bin/pytest -q -x tests/{mutation.tests}", exit_code=1)
    finally:
        module.write_text(whole, encoding="utf-8")

    assert re.search(r"\b1 (failed|error)", output.splitlines()[-1])
    assert "SyntaxError" not in output
    tell(f"caught in {framework}, {mutation.name}: {output.splitlines()[-1]}")
