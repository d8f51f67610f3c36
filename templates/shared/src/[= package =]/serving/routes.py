"""What can be asked besides predictions: what the model is, whether it works, and the page."""

from collections.abc import Awaitable, Callable
from importlib.resources import files
from pathlib import Path
from typing import Any

from fastapi import FastAPI, Request, Response
from fastapi.responses import JSONResponse
from prometheus_client import CONTENT_TYPE_LATEST

from ..data.codec import input_metadata
from ..export.manifest import Manifest
from .observation import Metrics
from .onnx_model import OnnxModel

VERSION = "1"  # the one version that is served, as in TensorFlow Serving's API
PAGE_HEADERS = {
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self';"
    " img-src 'self' blob: data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-cache",
}
MEDIA_TYPES = {".html": "text/html; charset=utf-8", ".js": "text/javascript", ".css": "text/css"}


def add_model_routes(app: FastAPI, manifest: Manifest) -> None:
    """Add what clients of TensorFlow Serving ask about a model."""
    path = f"/v1/models/{manifest.name}"
    status = {"error_code": "OK", "error_message": ""}
    tensors = {"inputs": manifest.inputs, "outputs": manifest.outputs}

    @app.get("/v1/models", summary="Which models are served")
    async def models() -> dict[str, Any]:
        return {"models": [manifest.name]}

    @app.get(path, summary="Whether the model is served, as TensorFlow Serving says it")
    async def model_status() -> dict[str, Any]:
        return {"model_version_status": [{"version": VERSION, "state": "AVAILABLE", "status": status}]}

    @app.get(f"{path}/metadata", summary="What goes in and out, and where the model comes from")
    async def metadata() -> dict[str, Any]:
        return {
            "name": manifest.name,
            "class_names": manifest.class_names,
            **input_metadata(manifest.input_spec),
            "signature": {side: [vars(tensor) for tensor in all_] for side, all_ in tensors.items()},
            "run": manifest.run,
            "created": manifest.created,
            "metrics": manifest.metrics,
        }


def add_state_routes(app: FastAPI, model: OnnxModel, metrics: Metrics) -> None:
    """Add what says whether the model works, and how much."""

    @app.get("/healthz", summary="Make a real prediction: 200 if it works, 503 if not")
    async def health() -> JSONResponse:
        try:
            model.check()
        except Exception:
            return JSONResponse({"error": "the model does not predict; see the server's log."}, 503)
        return JSONResponse({"status": "ok"})

    @app.get("/metrics", summary="Counts and durations for Prometheus")
    async def prometheus() -> Response:
        return Response(metrics.text(), media_type=CONTENT_TYPE_LATEST)


def add_pages(app: FastAPI) -> None:
    """Add the files of `page/`, read once: a path that is none of theirs leads nowhere."""
    for file in files(__package__).joinpath("page").iterdir():
        suffix = Path(file.name).suffix
        if suffix not in MEDIA_TYPES:
            continue
        path = {"index.html": "/", "docs.html": "/docs"}.get(file.name, f"/{file.name}")
        response = Response(file.read_bytes(), media_type=MEDIA_TYPES[suffix], headers=PAGE_HEADERS)
        app.add_route(path, _always(response), include_in_schema=False)


def _always(response: Response) -> Callable[[Request], Awaitable[Response]]:
    async def answer(_request: Request) -> Response:
        return response

    return answer
