"""The pipeline and its steps, as Kubeflow Pipelines knows them.

KFP copies the source of a step into the pipeline and runs it alone: a step imports what it needs itself.
"""

from collections.abc import Callable
from typing import Any

from kfp import dsl

NAME = "train-and-publish"


def check_data(settings: list[str], report: dsl.Output[dsl.Dataset]) -> str:
    """Check the samples; return a digest of samples, settings and code."""
    from pathlib import Path

    from pipelines import steps

    return steps.check_data(settings, Path(report.path))


def train(
    digest: str,
    settings: list[str],
    runs_folder: str,
    run: dsl.Output[dsl.Model],
) -> None:
    """Train, or continue the training that was stopped."""
    from pathlib import Path

    from pipelines import steps

    steps.train(digest, settings, Path(runs_folder), Path(run.path))


def evaluate(
    run: dsl.Input[dsl.Model],
    settings: list[str],
    evaluated: dsl.Output[dsl.Model],
    metrics: dsl.Output[dsl.Metrics],
) -> None:
    """Measure the run on the test split."""
    import json
    from pathlib import Path

    from pipelines import steps

    figures = steps.evaluate(Path(run.path), settings, Path(evaluated.path))
    for name, value in figures.items():
        metrics.log_metric(name, value)
    # KFP 2.17.3 has metrics without a file, and its local cache keeps no result of which a file is missing.
    Path(metrics.path).write_text(json.dumps(figures), encoding="utf-8")


def gate(
    evaluated: dsl.Input[dsl.Model],
    accuracy_floor: float,
    tolerance: float,
    in_use: str,
    verdict: dsl.Output[dsl.Artifact],
) -> None:
    """End the pipeline if the model is not good enough."""
    from pathlib import Path

    from pipelines import steps

    steps.gate(Path(evaluated.path), accuracy_floor, tolerance, Path(in_use), Path(verdict.path))


def export(
    evaluated: dsl.Input[dsl.Model],
    target: str,
    settings: list[str],
    exported: dsl.Output[dsl.Model],
) -> None:
    """Export the run, with manifest and model card."""
    from pathlib import Path

    from pipelines import steps

    exported.metadata.update(steps.export(Path(evaluated.path), target, settings, Path(exported.path)))


def push(exported: dsl.Input[dsl.Model], in_use: str) -> str:
    """Put the export in the place of the one in use."""
    from pathlib import Path

    from pipelines import steps

    done = steps.push(Path(exported.path), Path(in_use))
    print(done)
    return done


def make_pipeline(image: str, *, retries: int = 0) -> Any:
    """Return the pipeline, whose steps run in a container image on a cluster, and here without one.

    Training is begun again up to `retries` times, as on a cluster that stops it for others: it continues.

    Training, evaluation and export depend on their inputs alone: their results are kept and used again.
    What reads the data, or what is in use, is done each time.
    """

    def step(function: Callable[..., object]) -> Any:
        return dsl.component(function, base_image=image, install_kfp_package=False)

    def pipeline(
        settings: list[str] = [],  # noqa: B006 - KFP reads it, nobody changes it
        accuracy_floor: float = 0.95,
        tolerance: float = 0.0,
        target: str = "onnx",
        in_use: str = "exports/onnx",
        runs_folder: str = "runs/pipeline",
    ) -> str:
        checked = step(check_data)(settings=settings).set_caching_options(False)
        trained = step(train)(digest=checked.outputs["Output"], settings=settings, runs_folder=runs_folder)
        trained.set_retry(num_retries=retries)
        measured = step(evaluate)(run=trained.outputs["run"], settings=settings)
        evaluated = measured.outputs["evaluated"]
        passed = step(gate)(
            evaluated=evaluated, accuracy_floor=accuracy_floor, tolerance=tolerance, in_use=in_use
        ).set_caching_options(False)
        exported = step(export)(evaluated=evaluated, target=target, settings=settings).after(passed)
        pushed = step(push)(exported=exported.outputs["exported"], in_use=in_use).set_caching_options(False)
        return pushed.output  # type: ignore[no-any-return]

    return dsl.pipeline(name=NAME, description="Check data, train, evaluate, export, publish.")(pipeline)
