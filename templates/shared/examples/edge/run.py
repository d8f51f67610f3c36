"""Label image files as a device would: by the exported model and its runtime, without a training framework.

    python examples/edge/run.py examples

Files are decoded by the package's own `images.py`, which needs Pillow and NumPy alone, so that the model sees
what it was trained on. Nothing else is installed here: `requirements.txt` is all.
"""

import argparse
import sys
from pathlib import Path

PROJECT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(PROJECT / "src"))

try:
    from runtime import load_model

    from [= package =].errors import EXIT_DONE, EXIT_FAILED, ProjectError
    from [= package =].labelling import Failure, label_files
    from [= package =].manifest import (
        Manifest,
        Variant,
        check_files,
        read_manifest,
    )
except ModuleNotFoundError as error:
    sys.exit(f"error: {error.name} is not installed.\n  examples/edge/README.md says how to install it.")


def main() -> int:
    """Print the label of every image as the verb `predict` does; return its exit code."""
    options = _options()
    try:
        manifest = read_manifest(options.export)
        check_files(options.export, manifest)
        path = options.export / _chosen(options.variant, manifest).path
        answers = label_files(
            options.files,
            load_model(path, manifest.image_shape),
            image_shape=manifest.image_shape,
            class_names=manifest.class_names,
        )
    except ProjectError as error:
        print(f"error: {error.problem}\n  {error.fix}", file=sys.stderr)
        return EXIT_FAILED
    for answer in answers:
        if isinstance(answer, Failure):
            print(f"error: {answer.error}", file=sys.stderr)
        else:
            print(f"{answer.file}  {answer.label}  {answer.probability:.4f}")
    return EXIT_FAILED if any(isinstance(answer, Failure) for answer in answers) else EXIT_DONE


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Label image files by the runtime of a device.")
    parser.add_argument("files", nargs="+", type=Path, help="image files, or folders of them")
    parser.add_argument(
        "--export", type=Path, default=PROJECT / "exports" / "edge", help="the export's folder"
    )
    parser.add_argument("--variant", help="float32, int8 and so on; default: the export's first")
    return parser.parse_args()


def _chosen(name: str | None, manifest: Manifest) -> Variant:
    variants = {variant.variant: variant for variant in manifest.variants}
    if name is None:
        return manifest.variants[0]
    if name not in variants:
        raise ProjectError(
            f"{name} is not a variant of this export; it must be one of {', '.join(variants)}.",
            fix="Choose one of them with --variant, or export again: the verb `export`.",
        )
    return variants[name]


if __name__ == "__main__":
    sys.exit(main())
