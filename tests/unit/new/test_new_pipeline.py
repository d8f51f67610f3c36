"""The pipeline of a new project: proposed by an answer, given, or refused."""

import json
import shlex
from pathlib import Path

import pytest
from support.command_line import BEGINNER, Runner, here, run

__all__ = ["here", "run"]  # fixtures


@pytest.mark.parametrize(
    ("flags", "pipeline", "source"),
    [
        ([], "none", "default"),
        (["--pipeline", "kfp"], "kfp", "--pipeline"),
        (["--community", "tfx"], "tfx", "proposed by community"),
        (["--community", "tfx", "--pipeline", "none"], "none", "--pipeline"),
    ],
)
def test_community_proposes_a_pipeline(
    run: Runner, here: Path, flags: list[str], pipeline: str, source: str
) -> None:
    """Ready pipelines bring one, unless --pipeline says otherwise; that is said, with the way out."""
    for framework, called in (("pytorch", "Kubeflow Pipelines"), ("keras", "TFX")):
        outcome = run("new", f"with-{framework}", "--framework", framework, *flags)
        proposes = f"Pipeline: {called}, as --community tfx proposes (--pipeline none leaves it out);"

        assert (pipeline != "none") == (here / f"with-{framework}/pipelines/README.md").exists()
        assert (source == "proposed by community") == (proposes in " ".join(outcome.out.split()))
    settings = json.loads(run("new", "demo", *BEGINNER, *flags, "--dry-run", "--json").out)["settings"]
    (row,) = (each for each in settings if each["key"] == "pipeline")
    assert (pipeline, source) == (row["value"], row["source"])


@pytest.mark.parametrize("pipeline", ["tfx", "kfp"])
def test_draw_offers_what_is_accepted(run: Runner, pipeline: str) -> None:
    """No framework is offered that the given pipeline does not train with."""
    outcome = run("new", "demo", "--pipeline", pipeline, "--yes")
    commands = [line.strip() for line in outcome.err.splitlines() if line.startswith("  fwstart")]

    assert 2 == outcome.code
    assert {"tfx": 1, "kfp": 2}[pipeline] == len(commands)
    assert all(0 == run(*shlex.split(command)[1:], "--dry-run").code for command in commands)
