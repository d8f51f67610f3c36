"""Which versions TF Serving loads, and what they are called: written with TF Serving's own messages."""

from collections.abc import Sequence
from pathlib import Path, PurePath

from google.protobuf import text_format
from tensorflow_serving.config.model_server_config_pb2 import ModelServerConfig

FILE_NAME = "models.config"
CONTAINER_FOLDER = Path("/models")  # where a container sees the export


def find_versions(folder: Path) -> tuple[int, ...]:
    """Return the numbers of the versions of a model in `folder`, the newest first."""
    names = (path.parent.name for path in folder.glob("*/saved_model.pb"))
    return tuple(sorted((int(name) for name in names if name.isdecimal()), reverse=True))


def models_config(name: str, base_path: PurePath, versions: Sequence[int]) -> str:
    """Return the text of a `models.config`, for `versions`, the newest first, in `base_path`.

    The newest version and the one before it are served: the newest as `canary` and to all who name none,
    the other as `stable`. Where there is only one, it is both.
    """
    newest, *earlier = versions
    stable = earlier[0] if earlier else newest
    config = ModelServerConfig()
    model = config.model_config_list.config.add()
    model.name = name
    model.base_path = str(base_path)
    model.model_platform = "tensorflow"
    model.model_version_policy.specific.versions.extend(sorted({newest, stable}))
    model.version_labels["canary"] = newest
    model.version_labels["stable"] = stable
    text: str = text_format.MessageToString(config)
    return text
