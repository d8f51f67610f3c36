"""Write the config.toml of projects from the fields of its settings, whose words and defaults it repeats.

A test compares the file with what this would write.
"""

import importlib
import sys
import types
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

SHARED = Path(__file__).parents[1] / "templates" / "shared"
CONFIG = SHARED / "config.toml.jinja"
HEADER = """\
# copier: from "templates/partials/parts.jinja" import parts with context
# The settings of this project. Change them here, or for one run on the command line:
#   train --set train.epochs=3 --set seed=1
# `settings` lists them with their defaults, and says where each value comes from.
"""
# What stands at the top of a table of projects with pretrained backbones: names of their framework.
BACKBONES = """\
# copier: if backbones == "hub"
# Weights that were trained with images of 224 pixels. To use some, run `fetch NAME`, replace `backbone = ""`
# by one of these lines, and set image_size = 224 in [data]. `backbones` lists more; see docs/pretrained.md.
[= parts("config_backbones") -=]
# copier: endif
"""
AT_TOP = {"model": BACKBONES}
COMMENTS = {
    "track": "metrics.jsonl and metrics.csv are always written",
    "sweep": "`train --sweep` searches the lowest validation loss; needs the extra sweep",
    "train.learning_rate": "log: small values as often as large ones",
    "train.weight_decay": "low and high are included",
    "model.dropout": "units as above",
}


def main() -> None:
    """Write the file."""
    CONFIG.write_text(config_toml(), encoding="utf-8")


def config_toml() -> str:
    """Return the text of `config.toml`."""
    settings = module("config.settings")
    comments, lines = dict(COMMENTS), dict[str, list[tuple[str, str]]]()
    for name, field in settings.FIELDS.items():
        table, _, key = name.rpartition(".")
        if isinstance(field.default, dict):
            comments[name], lines[name] = settings.meaning(name), list(_ranges(field.default))
        else:
            row = f"{key} = {settings.in_toml(field.default)}", settings.meaning(name)
            lines.setdefault(table, []).append(row)
    return HEADER + "".join(_table(name, comments.get(name, ""), rows) for name, rows in lines.items())


def _ranges(tables: dict[str, dict[str, Any]]) -> Iterator[tuple[str, str]]:
    for table, keys in tables.items():
        for key, wanted in keys.items():
            log = str(wanted.log).lower()
            value = f"{{ low = {wanted.low}, high = {wanted.high}, log = {log} }}"
            yield f"{table}.{key} = {value}", COMMENTS[f"{table}.{key}"]


def _table(name: str, comment: str, rows: Sequence[tuple[str, str]]) -> str:
    width = max(len(setting) for setting, _ in rows)
    title = f"[{name}]{comment and f' # {comment}'}\n" if name else ""
    return f"\n{title}{AT_TOP.get(name, '')}" + "".join(
        f"{setting:<{width}} # {words}\n" for setting, words in rows
    )


def module(name: str) -> Any:
    """Return a module of the projects' package, which needs nothing but pydantic, from the templates."""
    package = types.ModuleType("project_package")
    package.__path__ = [str(SHARED / "src" / "[= package =]")]
    sys.modules.setdefault(package.__name__, package)
    before, sys.dont_write_bytecode = sys.dont_write_bytecode, True
    try:
        return importlib.import_module(f"{package.__name__}.{name}")
    finally:
        sys.dont_write_bytecode = before


if __name__ == "__main__":
    main()
