"""What a run of the pipeline came to, read from its metadata: TFX itself ends the same way either way."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import tensorflow_model_analysis as tfma
from ml_metadata.metadata_store import MetadataStore
from tfx.utils import path_utils

from .gate import ACCURACY, Missed, Verdict
from .trainer import RUN_FILE

STEPS = ("Evaluator", "PushExport", "StatisticsGen", "ExampleValidator")


@dataclass(frozen=True, kw_only=True)
class Step:
    """The newest execution of a step: its artifacts by the name of the input or output."""

    inputs: dict[str, Any]
    outputs: dict[str, Any]


def newest_step(store: MetadataStore, name: str) -> Step:
    """Return the newest execution of the component that is called `name`."""
    executions = [each for each in store.get_executions() if each.type.rpartition(".")[2] == name]
    newest = max(executions, key=lambda each: each.id)
    found: dict[bool, dict[str, Any]] = {True: {}, False: {}}
    events = store.get_events_by_execution_ids([newest.id])
    artifacts = {each.id: each for each in store.get_artifacts_by_id([event.artifact_id for event in events])}
    for event in events:
        is_input = event.type == event.INPUT
        found[is_input][event.path.steps[0].key] = artifacts[event.artifact_id]
    return Step(inputs=found[True], outputs=found[False])


def read_verdict(store: MetadataStore) -> Verdict:
    """Return the decision of the newest run of the pipeline."""
    evaluator, pusher, statistics, validator = (newest_step(store, name) for name in STEPS)
    evaluation = evaluator.outputs["evaluation"].uri
    pushed = pusher.outputs["pushed_model"].custom_properties
    model = Path(pusher.inputs["model"].uri)  # of the Evaluator, it may be the last blessed one as well
    accuracy, change = _figures(evaluation)
    return Verdict(
        is_blessed=evaluator.outputs["blessing"].custom_properties["blessed"].int_value == 1,
        accuracy=accuracy,
        change=change,
        missed=_missed(evaluation),
        run=(model / RUN_FILE).read_text(encoding="utf-8"),
        model=Path(path_utils.serving_model_path(str(model))),
        evaluation=Path(evaluation),
        statistics=Path(statistics.outputs["statistics"].uri),
        schema=Path(validator.inputs["schema"].uri) / "schema.pbtxt",
        pushed=pushed["pushed_destination"].string_value if pushed["pushed"].int_value else "",
    )


def _figures(evaluation: str) -> tuple[float, float | None]:
    """Return the accuracy of all test samples and, if it was compared with a blessed model, the change."""
    metrics = tfma.load_eval_result(evaluation).get_metrics_for_slice()
    change = metrics.get(f"{ACCURACY}_diff")
    return float(metrics[ACCURACY]["doubleValue"]), float(change["doubleValue"]) if change else None


def _missed(evaluation: str) -> tuple[Missed, ...]:
    result = tfma.load_validation_result(evaluation)
    slices = result.metric_validations_per_slice
    return tuple(_as_missed(failure) for validated in slices for failure in validated.failures)


def _as_missed(failure: Any) -> Missed:
    is_change, threshold = failure.metric_key.is_diff, failure.metric_threshold
    return Missed(
        metric=failure.metric_key.name,
        value=failure.metric_value.double_value.value,
        lowest=threshold.change_threshold.absolute.value
        if is_change
        else threshold.value_threshold.lower_bound.value,
        is_change=is_change,
    )
