"""The packages with which a model was exported, for programs that look for known vulnerabilities."""

from collections.abc import Iterator
from importlib.metadata import Distribution, distributions
from pathlib import Path

from cyclonedx.contrib.license.factories import LicenseFactory
from cyclonedx.contrib.this.builders import this_component
from cyclonedx.model.bom import Bom
from cyclonedx.model.component import Component, ComponentType
from cyclonedx.model.tool import ToolRepository
from cyclonedx.output import make_outputter
from cyclonedx.schema import OutputFormat, SchemaVersion
from packageurl import PackageURL

from .manifest import Manifest
from .targets import PACKAGE

FILE_NAME = "sbom.cdx.json"
VERSION = SchemaVersion.V1_6
LONGEST_NAME = 64  # of a license; what is longer is its text


def write_sbom(folder: Path, manifest: Manifest) -> Path:
    """Write all packages of this environment, with versions and licenses, as CycloneDX into an export."""
    model = Component(
        type=ComponentType.MACHINE_LEARNING_MODEL,
        name=manifest.name,
        version=manifest.run,
        bom_ref=manifest.name,
    )
    bom = Bom(components=_packages())
    bom.metadata.component = model
    bom.metadata.tools = ToolRepository(components=[this_component()])
    bom.register_dependency(model, bom.components)
    path = folder / FILE_NAME
    make_outputter(bom, OutputFormat.JSON, VERSION).output_to_file(str(path), allow_overwrite=True, indent=2)
    return path


def _packages() -> Iterator[Component]:
    """Yield what is installed, each package once; this project is what the list belongs to."""
    found: dict[str, Distribution] = {}
    for distribution in distributions():  # the first of a name is the one that is imported
        if named := distribution.metadata["Name"]:
            found.setdefault(named.lower().replace("_", "-"), distribution)
    for name, distribution in sorted(found.items()):
        if name.replace("-", "_") != PACKAGE.lower():
            url = PackageURL("pypi", name=name, version=distribution.version)
            yield Component(
                type=ComponentType.LIBRARY,
                name=distribution.name,
                version=distribution.version,
                purl=url,
                bom_ref=url.to_string(),
                licenses=[LicenseFactory().make_from_string(text) for text in _license(distribution)],
            )


def _license(distribution: Distribution) -> list[str]:
    """Return what the package says of its license in a few words, if anything."""
    metadata = distribution.metadata.json
    named = str(metadata.get("license_expression") or metadata.get("license") or "")
    return [named] if named and len(named) <= LONGEST_NAME and "\n" not in named else []
