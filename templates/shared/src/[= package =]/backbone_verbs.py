"""What the verbs `fetch` and `backbones` do: the only ones that know of pretrained weights by themselves."""

import argparse
import contextlib
import sys
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from .config.settings import LARGEST
from .errors import UsageError, command, quoted
from .tables import print_result, table

if TYPE_CHECKING:
    from .model.backbones.fetched import Fetched
    from .runs.backbone import Backbone


def fetch(options: argparse.Namespace) -> int:
    """Download a backbone's weights, list what was downloaded, or remove some."""
    from .model.backbones.fetched import fetched_folder, list_fetched, remove_fetched
    from .model.backbones.find import fetch_backbone, license_warning

    if options.list or not options.name:
        if not options.list:
            raise UsageError("fetch needs a name.", fix=f"To list names, run: {command('backbones')}")
        rows = [_row(each) for each in list_fetched()]
        columns = ("name", "license", "megabytes", "sha256", "folder")
        return print_result(
            rows, table(columns, rows) if rows else [f"{fetched_folder()}: empty"], as_json=options.json
        )
    if options.remove:
        row = _row(remove_fetched(options.name))
        return print_result(row, [f"{row['name']}: {row['megabytes']:g} MB removed"], as_json=options.json)
    with contextlib.redirect_stdout(sys.stderr):  # where libraries tell how far a download is
        fetched = fetch_backbone(options.name)
    row = _row(fetched)
    if warning := license_warning(fetched.backbone.license):
        print(f"warning: {warning}", file=sys.stderr)
    lines = [f"{key}: {value}" for key, value in row.items()]
    words = quoted(["train", "--set", f"model.backbone={options.name}", *_data(fetched.backbone)])
    lines.append(f"To train with it, run: uv run {command(words)}")
    return print_result(row, lines, as_json=options.json)


def _data(backbone: "Backbone") -> list[str]:
    """Return the options that prepare samples as the weights were trained with them, if they are accepted."""
    size = max(backbone.size)
    options = ["--set", f"data.image_size={size}"] if size <= LARGEST else []
    if backbone.interpolation == "bicubic":  # which is not the default
        options += ["--set", "data.interpolation=bicubic"]
    return options


def _row(fetched: "Fetched") -> dict[str, Any]:
    backbone = fetched.backbone
    return {
        "name": backbone.name,
        "source": backbone.source,
        "license": backbone.license or None,
        "trained_with": "{}x{}".format(*backbone.size),
        "megabytes": backbone.megabytes,
        "sha256": backbone.sha256,
        "folder": str(fetched.folder),
    }


def backbones(options: argparse.Namespace) -> int:
    """List the pretrained weights that can be had."""
    from .model.backbones.find import list_backbones

    listed, notes = list_backbones(options.word)
    rows = [asdict(each) for each in listed]
    for note in notes:
        print(f"note: {note}", file=sys.stderr)
    columns = ("name", "parameters", "megabytes", "size", "license")
    lines = table(columns, rows) if rows else [f"no name contains {options.word}"]
    return print_result(rows, lines, as_json=options.json)
