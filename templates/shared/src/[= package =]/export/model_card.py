"""The model card of an export: what the model is, where it comes from, how good it is, and its limits.

Its sections are those of M. Mitchell et al., Model Cards for Model Reporting, 2019, that a run can fill in;
ethical considerations and intended use are for the person who releases the model.
"""

from pathlib import Path

from ..config.settings import DIGITS
from ..data.codec import A_CLASSIFIER, RANGE, SAMPLE, SAMPLES
from ..runs.backbone import Backbone
from .manifest import Manifest

FILE_NAME = "MODEL_CARD.md"
CARD = """\
# Model card: {manifest.name}, {manifest.target}

{a_classifier}: {manifest.input_spec}.
Classes: {classes}.

## Details

- Run `{manifest.run}`, exported {manifest.created} with {versions}.
- Commit: {commit}.
- Network: {manifest.num_parameters:,} parameters, seed {manifest.config[seed]}.{backbone}
- `manifest.json` has every setting, and the SHA-256 of every file.

## Training data

{data}

Samples: {counts}.

## Metrics

{metrics}

## Artifacts

Each was run with test samples and compared with the trained model.
The latency is of one {sample} at a time, on the machine that exported it.

| variant | bytes | test accuracy | agreement | largest logit difference | p50 ms | p99 ms |
|---|---|---|---|---|---|---|
{variants}

## Input and output

{tensors}
- {input_name} are raw, from {low} to {high}: scaling is part of the model.
- Probabilities are the softmax of the logits.

## Limits

- It knows {subject}, and answers with one of its classes whatever it is shown.
- Its probabilities were not calibrated.
- How good it is for groups of people or conditions that the data does not name was not measured.
"""
VARIANT = (
    "| {0.variant}, {0.runtime} | {0.num_bytes:,} | {0.test_accuracy:.4f} | {0.agreement:.4f}"
    " | {0.logit_difference:.2g} | {0.latency_p50_ms:.3f} | {0.latency_p99_ms:.3f} |"
)
NOT_EVALUATED = "- test accuracy: not evaluated when it was exported; below is what the artifacts reach."
DIGITS_ARE = (
    "Handwritten digits that scikit-learn carries: the test set of E. Alpaydin and C. Kaynak, Optical"
    " Recognition of Handwritten Digits, UCI Machine Learning Repository, 1998, written by 13 people."
)


def write_model_card(folder: Path, manifest: Manifest) -> None:
    """Write `MODEL_CARD.md` into `folder`, filled in as far as the run can tell."""
    (folder / FILE_NAME).write_text(model_card(manifest), encoding="utf-8")


def model_card(manifest: Manifest) -> str:
    """Return the card as Markdown."""
    source = manifest.config["data"]["source"]
    is_digits = source == DIGITS
    metrics = [f"- {name.replace('_', ' ')}: {value:.4f}" for name, value in manifest.metrics.items()]
    if "test_accuracy" not in manifest.metrics:
        metrics.append(NOT_EVALUATED)
    tensors = [
        f"- {side}: `{each.name}` {each.dtype} {list(each.shape)}"
        for side, all_ in (("in", manifest.inputs), ("out", manifest.outputs))
        for each in all_
    ]
    low, high = RANGE
    return CARD.format(
        manifest=manifest,
        a_classifier=A_CLASSIFIER.capitalize(),
        classes=", ".join(manifest.class_names),
        versions=", ".join(f"{name} {version}" for name, version in manifest.versions.items()),
        backbone=_backbone(manifest.backbone),
        commit=manifest.git_commit or "not in a git repository",
        data=DIGITS_ARE if is_digits else f"The {SAMPLES} in `{source}`.",
        counts=", ".join(f"{count} {split}" for split, count in manifest.num_samples.items()),
        metrics="\n".join(metrics),
        sample=SAMPLE,
        variants="\n".join(VARIANT.format(each) for each in manifest.variants),
        tensors="\n".join(tensors),
        input_name=manifest.input_spec.name.capitalize(),
        low=low,
        high=high,
        subject="one bright digit on black, centered" if is_digits else f"{SAMPLES} like those of the data",
    )


def _backbone(backbone: Backbone | None) -> str:
    if backbone is None:
        return ""
    return (
        f"\n- Pretrained weights: `{backbone.name}` from {backbone.source}, by {backbone.library},"
        f" {backbone.megabytes:g} MB; license: {backbone.license or 'the source names none'}."
        f"\n  SHA-256 `{backbone.sha256}`."
    )
