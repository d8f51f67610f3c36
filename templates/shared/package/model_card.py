"""The model card of an export: what the model is, how good it is, what it must not be used for."""

from pathlib import Path

from .manifest import Manifest

FILE_NAME = "MODEL_CARD.md"


def write_model_card(folder: Path, manifest: Manifest) -> None:
    """Write `MODEL_CARD.md` into `folder`, filled in as far as the run can tell."""
    (folder / FILE_NAME).write_text(model_card(manifest), encoding="utf-8")


def model_card(manifest: Manifest) -> str:
    """Return the card as Markdown.

    Its sections are those of M. Mitchell et al., Model Cards for Model Reporting, 2019, as far as they apply.
    """
    raise NotImplementedError
