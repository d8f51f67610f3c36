"""What others may read of the settings: every run and export records them, and MLflow shows them."""

import re
from typing import TypeVar

from ..errors import ProjectError
from ..files import last_part
from .fields import Section
from .settings import DIGITS, Config, TrackConfig, in_toml

LOCAL = "local:"  # how the name of a backbone in a folder begins
NAMED = ("hub:", "keras/", "kerashub/", "timm/", "torchvision/")  # of other backbones
S = TypeVar("S", bound=Section)


def refuse_credentials(address: str, *, source: str) -> None:
    """Make sure that `[track] mlflow`, which `source` spells out, holds no password.

    Raises:
        ProjectError: it does; the fix names the environment variables that are read instead.
    """
    bare = without_credentials(address)
    if bare != address:
        raise ProjectError(
            f"{source}: [track] mlflow holds a user name or a password, which every run would record.",
            fix=f"Set it to {in_toml(bare)}, and the environment variables MLFLOW_TRACKING_USERNAME and"
            " MLFLOW_TRACKING_PASSWORD; for a database those of its driver, such as PGPASSWORD.",
        )


def without_credentials(address: str) -> str:
    """Return the address of a server or a database without passwords, and without a server's user name."""
    bare = re.sub(r"^(https?://)[^/?#]*@", r"\1", address, flags=re.IGNORECASE)
    bare = re.sub(r"^([^:/]+://[^@:/]*):[^/]*@", r"\1@", bare)
    return re.sub(r"(?<=[?&])(password|passwd|token)=[^&#]*&?", "", bare, flags=re.IGNORECASE)


def published(config: Config) -> Config:
    """Return the settings as an export tells them: of a path only its last part, and no server."""
    return _without_paths(config).model_copy(update={"track": TrackConfig()})


def _is_name(key: str, value: str) -> bool:
    """Whether a text with slashes is not a path: a backbone's name means the same everywhere."""
    return key == "backbone" and value.startswith(NAMED)


def _without_paths(section: S) -> S:
    """Return the settings with only the last part of each text: any of them may be a path of this machine."""
    changed: dict[str, object] = {}
    for key, value in section:
        if isinstance(value, Section):
            changed[key] = _without_paths(value)
        elif isinstance(value, str) and value not in {"", DIGITS} and not _is_name(key, value):
            prefix = LOCAL if key == "backbone" and value.startswith(LOCAL) else ""
            name = last_part(value.removeprefix(prefix))
            changed[key] = f"./{name}" if name == DIGITS else f"{prefix}{name}"  # a folder, not the digits
    return section.model_copy(update=changed)
