"""Where downloads are kept between exports, for every project of this user."""

import os
import sys
from pathlib import Path


def cache_folder() -> Path:
    """Return the folder, which may not be there yet: in the place that the system has for caches."""
    if sys.platform == "win32":
        parent = Path(os.environ.get("LOCALAPPDATA") or Path.home() / "AppData" / "Local")
    elif sys.platform == "darwin":
        parent = Path.home() / "Library" / "Caches"
    else:
        parent = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    return parent / "browser-export"
