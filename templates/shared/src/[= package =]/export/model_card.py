"""The model card of an export: what the model is, where it comes from, how good it is, what it is not for."""

from collections.abc import Iterator
from pathlib import Path

from ..config.settings import DIGITS
from ..data.codec import A_CLASSIFIER, RANGE, SAMPLE, SAMPLES
from .manifest import Manifest, Variant

FILE_NAME = "MODEL_CARD.md"


def write_model_card(folder: Path, manifest: Manifest) -> None:
    """Write `MODEL_CARD.md` into `folder`, filled in as far as the run can tell."""
    (folder / FILE_NAME).write_text(model_card(manifest), encoding="utf-8")


def model_card(manifest: Manifest) -> str:
    """Return the card as Markdown.

    Its sections are those of M. Mitchell et al., Model Cards for Model Reporting, 2019, where a run can
    tell; ethical considerations and intended use beyond the data are for whoever releases the model.
    """
    source = manifest.config["data"]["source"]
    sections = {
        f"# Model card: {manifest.name}, {manifest.target}": [
            f"{A_CLASSIFIER.capitalize()}: {manifest.input_spec}.",
            f"Classes: {', '.join(manifest.class_names)}.",
        ],
        "## Details": _details(manifest),
        "## Training data": [_data(source), *_counts(manifest)],
        "## Metrics": [*_metrics(manifest)],
        "## Artifacts": [
            "Each was run with test samples and compared with the trained model.",
            f"The latency is of one {SAMPLE} at a time, on the machine that exported it.",
            "",
            *variant_table(manifest.variants),
        ],
        "## Input and output": _signature(manifest),
        "## Limits": _limits(source),
    }
    return "\n\n".join("\n".join((title, "", *lines)) for title, lines in sections.items()) + "\n"


def variant_table(variants: tuple[Variant, ...]) -> Iterator[str]:
    """Yield a Markdown table of what was measured of each artifact."""
    yield "| variant | bytes | test accuracy | agreement | largest logit difference | p50 ms | p99 ms |"
    yield "|---|---|---|---|---|---|---|"
    for each in variants:
        yield (
            f"| {each.variant}, {each.runtime} | {each.num_bytes:,} | {each.test_accuracy:.4f}"
            f" | {each.agreement:.4f} | {each.logit_difference:.2g}"
            f" | {each.latency_p50_ms:.3f} | {each.latency_p99_ms:.3f} |"
        )


def _details(manifest: Manifest) -> list[str]:
    versions = ", ".join(f"{name} {version}" for name, version in manifest.versions.items())
    return [
        f"- Run `{manifest.run}`, exported {manifest.created} with {versions}.",
        f"- Commit: {manifest.git_commit or 'not in a git repository'}.",
        f"- Network: {manifest.num_parameters:,} parameters, seed {manifest.config['seed']}.",
        "- `manifest.json` has every setting, and the SHA-256 of every file.",
    ]


def _data(source: str) -> str:
    if source == DIGITS:
        return (
            "Handwritten digits that scikit-learn carries: the test set of E. Alpaydin and C. Kaynak, Optical"
            " Recognition of Handwritten Digits, UCI Machine Learning Repository, 1998, written by 13 people."
        )
    return f"The {SAMPLES} in `{source}`."


def _counts(manifest: Manifest) -> list[str]:
    counts = ", ".join(f"{count} {split}" for split, count in manifest.num_samples.items())
    return ["", f"Samples: {counts}."]


def _metrics(manifest: Manifest) -> Iterator[str]:
    for name, value in manifest.metrics.items():
        yield f"- {name.replace('_', ' ')}: {value:.4f}"
    if "test_accuracy" not in manifest.metrics:
        yield "- test accuracy: not evaluated when it was exported; below is what the artifacts reach."


def _signature(manifest: Manifest) -> list[str]:
    name, (low, high) = manifest.input_spec.name, RANGE
    tensors = [("in", each) for each in manifest.inputs] + [("out", each) for each in manifest.outputs]
    return [
        *(f"- {side}: `{each.name}` {each.dtype} {list(each.shape)}" for side, each in tensors),
        f"- {name.capitalize()} are raw, from {low} to {high}: scaling is part of the model.",
        "- Probabilities are the softmax of the logits.",
    ]


def _limits(source: str) -> list[str]:
    subject = (
        "one bright digit on black, centered" if source == DIGITS else f"{SAMPLES} like those of the data"
    )
    return [
        f"- It knows {subject}, and answers with one of its classes whatever it is shown.",
        "- Its probabilities were not calibrated.",
        "- How good it is for groups of people or conditions that the data does not name was not measured.",
    ]
