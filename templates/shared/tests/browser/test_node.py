"""Node runs a page's modules, image by image, and says why when it cannot."""

import shutil
from pathlib import Path

import numpy as np
import pytest

from [= package =].browser.node import NodeRuntime, node_path
from [= package =].errors import ProjectError

needs_node = pytest.mark.skipif(shutil.which("node") is None, reason="there is no Node")
# Stands in for a runtime: its logits are the first pixel and the sum of all.
FAKE_RUNTIME = """
export async function load(path, base, shape) {
  const response = await fetch(new URL(path, base));
  const factor = Number(await response.text());
  console.log("printed by the runtime");
  return {
    predict: async (pixels) => {
      if (pixels[0] === 13) throw new RangeError("thirteen");
      return Float32Array.of(pixels[0], factor * pixels.reduce((sum, pixel) => sum + pixel, 0));
    },
  };
}
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return an export with a model that a fake runtime can load."""
    (tmp_path / "page").mkdir()
    (tmp_path / "page" / "runtimes.js").write_text(FAKE_RUNTIME)
    (tmp_path / "package.json").write_text('{"type": "module"}')
    (tmp_path / "model.fake").write_text("2")
    return tmp_path


@needs_node
def test_logits_are_those_of_the_runtime(folder: Path) -> None:
    """One image or many, in their order; what the runtime prints does not get between."""
    runtime = NodeRuntime(folder, "model.fake", (2, 2, 1))
    pixels = np.arange(12, dtype=np.uint8).reshape(3, 2, 2, 1)

    assert [[0, 12], [4, 44], [8, 76]] == runtime.compute_logits(pixels).tolist()
    assert [[4, 44]] == runtime.compute_logits(pixels[1:2]).tolist()


@needs_node
def test_model_that_is_not_there_is_an_error(folder: Path) -> None:
    """The message has the runtime's own reason."""
    with pytest.raises(ProjectError, match=r"Node could not run other\.fake \(.*ENOENT"):
        NodeRuntime(folder, "other.fake", (2, 2, 1))


@needs_node
def test_runtime_that_fails_later_is_an_error(folder: Path) -> None:
    """Nothing waits for an answer that does not come."""
    runtime = NodeRuntime(folder, "model.fake", (2, 2, 1))

    with pytest.raises(ProjectError, match="RangeError: thirteen"):
        runtime.compute_logits(np.full((2, 2, 2, 1), 13, dtype=np.uint8))


def test_missing_node_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    """The message names Node.js."""
    monkeypatch.setenv("PATH", "")

    with pytest.raises(ProjectError, match=r"Install Node\.js"):
        node_path()
