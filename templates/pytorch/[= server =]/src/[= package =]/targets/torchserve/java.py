"""The Java that TorchServe's front end runs on."""

import os
import re
import shutil
import subprocess
from pathlib import Path

from ...errors import ProjectError

LOWEST_JAVA = 17
_INSTALL = (
    f"Install a Java runtime of version {LOWEST_JAVA} or newer (Debian: apt-get install"
    " openjdk-17-jre-headless), or set JAVA_HOME to one."
    " The embedded server needs none: leave out --with torchserve."
)


def find_java() -> Path:
    """Return the `java` of JAVA_HOME, or else the one on the PATH.

    Raises:
        ProjectError: there is none, it does not run, or it is too old.
    """
    home = os.environ.get("JAVA_HOME")
    found = shutil.which("java", path=str(Path(home, "bin")) if home else None)
    if found is None:
        where = f"in JAVA_HOME ({home})" if home else "on the PATH"
        raise ProjectError(f"TorchServe needs Java, and there is none {where}.", fix=_INSTALL)
    version = _version(Path(found))
    if version < LOWEST_JAVA:
        raise ProjectError(
            f"TorchServe needs Java {LOWEST_JAVA} or newer, and {found} is {version}.", fix=_INSTALL
        )
    return Path(found)


def _version(java: Path) -> int:
    """Return the feature version: 17 of `openjdk version "17.0.15"`, 8 of `java version "1.8.0_292"`."""
    try:
        done = subprocess.run(  # noqa: S603
            [str(java), "-version"], capture_output=True, text=True, check=True, timeout=30
        )
        found = re.search(r'version "(?:1\.)?(\d+)', done.stderr + done.stdout)
        if found is None:
            raise ValueError("it does not say which version it is")
    except (OSError, ValueError, subprocess.SubprocessError) as error:
        raise ProjectError(f"{java} does not run ({error}).", fix=_INSTALL) from error
    return int(found[1])
