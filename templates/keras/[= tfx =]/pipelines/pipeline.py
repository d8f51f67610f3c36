"""The steps of the pipeline and what they hand on."""

import json
from dataclasses import dataclass
from pathlib import Path

import tensorflow_data_validation as tfdv
import tensorflow_model_analysis as tfma
from tensorflow_model_analysis.proto.config_pb2 import PerSliceMetricThreshold
from tfx import v1 as tfx

from .components import PushExport, stop_at_anomalies, write_examples
from .examples import CLASS, LABEL, STATISTICS
from .gate import ACCURACY
from .serving import SIGNATURE

SCHEMA = Path("pipelines/schema.pbtxt")  # reviewed and committed; without it, one is inferred each time
# In this process; Beam's own choice would fetch a runner from the network.
BEAM = ["--runner=FnApiRunner", "--direct_running_mode=in_memory"]


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """What a run of the pipeline is made of."""

    name: str
    config: str  # config.toml
    settings: tuple[str, ...]  # of the command line: "train.epochs=3"
    fingerprint: str  # of the samples
    code: str  # of the settings and sources that decide what is learned
    runs: str  # the folder of runs that are of these samples and this code
    floor: float  # of the test accuracy, 0 to 1
    tolerance: float  # by which it may be below that of the last blessed model
    root: str  # the folder of all artifacts
    exports: str  # the folder that TF Serving loads from
    schema: str = ""  # the SHA-256 of SCHEMA; empty where it is not there


def make_pipeline(wanted: Wanted) -> "tfx.dsl.Pipeline":
    """Return the pipeline: examples, statistics, schema, anomalies, training, evaluation, push."""
    source = {
        "config": wanted.config,
        "settings": json.dumps(wanted.settings),
        "fingerprint": wanted.fingerprint,
        "code": wanted.code,
    }
    examples = write_examples(**source).with_id("Examples")
    data = examples.outputs["examples"]
    statistics, schema, validator, gate = _checked_data(data, wanted)
    trainer = tfx.components.Trainer(
        run_fn="pipelines.trainer.run_fn",
        examples=data,
        schema=schema.outputs["schema"],
        train_args=tfx.proto.TrainArgs(splits=["train"]),
        eval_args=tfx.proto.EvalArgs(splits=["validation"]),
        custom_config=source | {"runs": wanted.runs},
    )
    trainer.add_upstream_node(gate)
    resolver, evaluator = _evaluated(data, trainer.outputs["model"], wanted)
    pusher = PushExport(
        model=trainer.outputs["model"],
        model_blessing=evaluator.outputs["blessing"],
        custom_config={"folder": wanted.exports},
    ).with_id("Pusher")
    return tfx.dsl.Pipeline(
        pipeline_name=wanted.name,
        pipeline_root=wanted.root,
        metadata_connection_config=metadata(wanted),
        components=[examples, statistics, schema, validator, gate, trainer, resolver, evaluator, pusher],
        enable_cache=True,
        beam_pipeline_args=BEAM,
    )


def metadata(wanted: Wanted) -> "tfx.orchestration.metadata.ConnectionConfigType":
    """Return where the history of all runs is."""
    return tfx.orchestration.metadata.sqlite_metadata_connection_config(f"{wanted.root}/metadata.sqlite")


def _checked_data(data: "tfx.dsl.Channel", wanted: Wanted) -> "tuple[tfx.dsl.BaseComponent, ...]":
    """Return the steps that hold the samples to a schema. There is no Transform: the model normalizes."""
    statistics = tfx.components.StatisticsGen(
        examples=data, stats_options=tfdv.StatsOptions(feature_allowlist=list(STATISTICS))
    )
    found = statistics.outputs["statistics"]
    if wanted.schema:
        # Named after its content: the cache of TFX knows a file by its path alone.
        step = f"Schema_{wanted.schema[:8]}"
        schema = tfx.components.ImportSchemaGen(schema_file=str(SCHEMA)).with_id(step)
    else:
        schema = tfx.components.SchemaGen(statistics=found, exclude_splits=["validation", "test"])
    validator = tfx.components.ExampleValidator(statistics=found, schema=schema.outputs["schema"])
    gate = stop_at_anomalies(anomalies=validator.outputs["anomalies"]).with_id("Anomalies")
    return statistics, schema, validator, gate


def _evaluated(
    data: "tfx.dsl.Channel", model: "tfx.dsl.Channel", wanted: Wanted
) -> "tuple[tfx.dsl.BaseComponent, ...]":
    artifacts = tfx.types.standard_artifacts
    resolver = tfx.dsl.Resolver(
        strategy_class=tfx.dsl.experimental.LatestBlessedModelStrategy,
        model=tfx.dsl.Channel(type=artifacts.Model),
        model_blessing=tfx.dsl.Channel(type=artifacts.ModelBlessing),
    ).with_id("LastBlessed")
    evaluator = tfx.components.Evaluator(
        examples=data,
        example_splits=["test"],
        model=model,
        baseline_model=resolver.outputs["model"],
        eval_config=_eval_config(wanted),
    )
    return resolver, evaluator


def _eval_config(wanted: Wanted) -> "tfma.EvalConfig":
    threshold = tfma.MetricThreshold(
        value_threshold=tfma.GenericValueThreshold(lower_bound={"value": wanted.floor}),
        change_threshold=tfma.GenericChangeThreshold(
            direction=tfma.MetricDirection.HIGHER_IS_BETTER, absolute={"value": -wanted.tolerance}
        ),
    )
    overall = tfma.SlicingSpec()  # a class may be rare: of each, the figures are only written down
    accuracy = tfma.MetricConfig(
        class_name="SparseCategoricalAccuracy",
        config=json.dumps({"name": ACCURACY}),
        per_slice_thresholds=[PerSliceMetricThreshold(slicing_specs=[overall], threshold=threshold)],
    )
    model = {"signature_name": SIGNATURE, "label_key": LABEL, "prediction_key": "probabilities"}
    return tfma.EvalConfig(
        model_specs=[tfma.ModelSpec(**model)],
        slicing_specs=[overall, tfma.SlicingSpec(feature_keys=[CLASS])],
        metrics_specs=[tfma.MetricsSpec(metrics=[accuracy, tfma.MetricConfig(class_name="ExampleCount")])],
    )
