"""What TorchServe and a handler tell each other: the part of its context that is used here."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol


class Context(Protocol):
    """TorchServe's `ts.context.Context`, of version 0.12."""

    @property
    def system_properties(self) -> dict[str, Any]:
        """Among others `model_dir`, where the archive was unpacked, and `gpu_id`, None without a GPU."""
        ...

    def set_response_status(self, code: int = 200, phrase: str = "", idx: int = 0) -> None:
        """Set the HTTP status of the answer to the request `idx` of the batch."""
        ...

    def set_response_content_type(self, idx: int, value: str) -> None:
        """Set the content type of the answer to the request `idx` of the batch."""
        ...


@dataclass
class InProcess:
    """A context without a server: the exporter and the tests run the handler with it."""

    model_dir: Path
    status: dict[int, int] = field(default_factory=dict)  # of the requests that were refused

    @property
    def system_properties(self) -> dict[str, Any]:
        """Where the archive was unpacked; no GPU."""
        return {"model_dir": str(self.model_dir), "gpu_id": None}

    def set_response_status(self, code: int = 200, phrase: str = "", idx: int = 0) -> None:  # noqa: ARG002
        """Note the status of the request `idx`."""
        self.status[idx] = code

    def set_response_content_type(self, idx: int, value: str) -> None:
        """Ignore it: nobody reads headers here."""
