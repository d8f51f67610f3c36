"""What `/openapi.json` says of the prediction route; FastAPI describes the others itself."""

from typing import Any

from fastapi import FastAPI

from ..data.codec import instance_schema
from ..export.manifest import Manifest
from .contract import MAX_INSTANCES

_ERRORS = {
    "400": "The body is not what is accepted",
    "401": "A token is needed",
    "408": "The body arrived too slowly",
    "413": "The body is too large",
    "503": "Too much work is waiting; Retry-After says when to come again",
}


def describe(app: FastAPI, manifest: Manifest, path: str, *, asks_for_token: bool) -> None:
    """Add the prediction route to the application's description of itself."""
    schema_of_the_others = app.openapi

    def openapi() -> dict[str, Any]:
        if app.openapi_schema is None:
            schema = schema_of_the_others()
            operation = _operation(manifest)
            if asks_for_token:
                operation["security"] = [{"token": []}]
                token = {"type": "http", "scheme": "bearer"}
                schema.setdefault("components", {})["securitySchemes"] = {"token": token}
            schema["paths"] = {path: {"post": operation}} | schema["paths"]
            app.openapi_schema = schema
        return app.openapi_schema

    app.openapi = openapi  # type: ignore[method-assign] # FastAPI's documented way to extend it


def _operation(manifest: Manifest) -> dict[str, Any]:
    return {
        "summary": "Predict the classes of images",
        "operationId": "predict",
        "requestBody": {"required": True, "content": {"application/json": {"schema": _request(manifest)}}},
        "responses": {
            "200": _json("For each image its logits, probabilities and label", _answer(manifest)),
        }
        | {code: _json(text, _object({"error": {"type": "string"}})) for code, text in _ERRORS.items()},
    }


def _request(manifest: Manifest) -> dict[str, Any]:
    instances = {
        "type": "array",
        "items": instance_schema(manifest.input_spec),
        "minItems": 1,
        "maxItems": MAX_INSTANCES,
    }
    return _object({"instances": instances})


def _answer(manifest: Manifest) -> dict[str, Any]:
    numbers = {"type": "array", "items": {"type": "number"}}
    label = {"type": "string", "enum": list(manifest.class_names)}
    prediction = _object({"logits": numbers, "probabilities": numbers, "label": label})
    return _object({"predictions": {"type": "array", "items": prediction}})


def _object(properties: dict[str, Any]) -> dict[str, Any]:
    return {"type": "object", "required": list(properties), "properties": properties}


def _json(description: str, schema: dict[str, Any]) -> dict[str, Any]:
    return {"description": description, "content": {"application/json": {"schema": schema}}}
