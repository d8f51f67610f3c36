"""Puts the templates into wheels and sdists as plain files.

By itself hatchling follows a link to a folder, but takes each folder once and drops other copies silently.
"""

from __future__ import annotations

import shutil
import sys
import tempfile
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class PlainTemplates(BuildHookInterface[Any]):
    """Lays the plain templates out in a temporary folder and has the build include that."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Copy the templates, unless the build is for an editable installation: that uses the checkout's."""
        if version == "editable":
            return
        root = Path(self.root)
        sys.path.insert(0, str(root / "scripts"))
        from plain_templates import plain_files

        self.copy = Path(tempfile.mkdtemp(prefix="fwstart-templates-"))
        for name, source in plain_files(root).items():
            target = self.copy / name
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(source, target)
        folder = "fwstart/template/" if self.target_name == "wheel" else ""
        build_data["force_include"] |= {str(path): folder + path.name for path in self.copy.iterdir()}

    def finalize(self, version: str, build_data: dict[str, Any], artifact_path: str) -> None:  # noqa: ARG002
        """Remove the copy."""
        if version != "editable":
            shutil.rmtree(self.copy)
