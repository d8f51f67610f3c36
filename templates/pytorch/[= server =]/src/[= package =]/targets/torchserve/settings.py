"""TorchServe's settings, secure by default: `config.properties` and `log4j2.xml`.

Source: TorchServe 0.12, docs/configuration.md and docs/token_authorization_api.md; checked 2026-11 against
a running server.
"""

import json
from dataclasses import dataclass
from pathlib import Path

LOCAL = "127.0.0.1"
STORE = "model-store"  # the folder of the archive in its export
MODEL_VERSION = "1.0"
MAX_REQUEST_BYTES = 16 * 2**20
MAX_RESPONSE_BYTES = 16 * 2**20
JOB_QUEUE_SIZE = 1000  # requests that wait for a worker; more are answered with 503
RESPONSE_SECONDS = 30  # after which a worker that does not answer is replaced
STARTUP_SECONDS = 120
TOKEN_MINUTES = 30 * 24 * 60  # how long a key is good; a server that runs longer must be restarted

# On digits with two cores (2026-11), requests a second with 1 and 16 connections: 449 and 3,283; with a batch
# size of 1: 940 and 1,004. A delay of 2 ms, or two workers, answered about a third fewer. A delay of 0 would
# make batches of two at most.
WORKERS = 1
BATCH_SIZE = 32
MAX_BATCH_DELAY_MS = 1


@dataclass(frozen=True, kw_only=True)
class Ports:
    """The ports of one TorchServe: it opens all of them, and no setting turns one off."""

    inference: int
    management: int
    metrics: int
    grpc_inference: int
    grpc_management: int


@dataclass(frozen=True, kw_only=True)
class Batching:
    """How requests share a pass through the model."""

    workers: int = WORKERS
    batch_size: int = BATCH_SIZE
    max_delay_ms: int = MAX_BATCH_DELAY_MS


def config_properties(*, host: str, ports: Ports, store: Path, name: str, batching: Batching) -> str:
    """Return a `config.properties` that serves the archive `name` of `store`, and lets nobody change that.

    Only the inference address may be another than this machine's own.
    """
    archive = f"{name}.mar"
    settings = {
        "inference_address": f"http://{_in_url(host)}:{ports.inference}",
        "management_address": f"http://{LOCAL}:{ports.management}",
        "metrics_address": f"http://{LOCAL}:{ports.metrics}",
        "grpc_inference_address": LOCAL,
        "grpc_inference_port": ports.grpc_inference,
        "grpc_management_address": LOCAL,
        "grpc_management_port": ports.grpc_management,
        "model_store": store,
        "load_models": archive,
        "models": json.dumps({name: {MODEL_VERSION: _model_settings(archive, batching)}}),
        "allowed_urls": f"file://{store}/.*",
        "enable_model_api": "false",
        "enable_envvars_config": "false",
        "install_py_dep_per_model": "false",
        "disable_token_authorization": "false",
        "token_expiration_min": TOKEN_MINUTES,
        "max_request_size": MAX_REQUEST_BYTES,
        "max_response_size": MAX_RESPONSE_BYTES,
        "limit_max_image_pixels": "true",
        "job_queue_size": JOB_QUEUE_SIZE,
        "default_response_timeout": RESPONSE_SECONDS,
        "default_startup_timeout": STARTUP_SECONDS,
        "default_workers_per_model": batching.workers,
        "metrics_mode": "prometheus",
        "disable_system_metrics": "true",
        "async_logging": "true",
    }
    return "".join(f"{key}={value}\n" for key, value in settings.items())


def _model_settings(archive: str, batching: Batching) -> dict[str, str | int]:
    return {
        "marName": archive,
        "minWorkers": batching.workers,
        "maxWorkers": batching.workers,
        "batchSize": batching.batch_size,
        "maxBatchDelay": batching.max_delay_ms,
        "responseTimeout": RESPONSE_SECONDS,
        "startupTimeout": STARTUP_SECONDS,
    }


def _in_url(host: str) -> str:
    return f"[{host}]" if ":" in host else host


def log_settings(folder: Path) -> str:
    """Return a `log4j2.xml` that keeps at most 20 MB in `folder`; TorchServe's own grows with the load."""
    return f"""<?xml version="1.0" encoding="UTF-8"?>
<Configuration status="error">
  <Appenders>
    <RollingFile name="log" fileName="{folder}/torchserve.log" filePattern="{folder}/torchserve.%i.log">
      <PatternLayout pattern="%d{{ISO8601}} %-5p %c{{1}} %m%n"/>
      <Policies><SizeBasedTriggeringPolicy size="10 MB"/></Policies>
      <DefaultRolloverStrategy max="1"/>
    </RollingFile>
  </Appenders>
  <Loggers>
    <Logger name="MODEL_METRICS" level="off"/>
    <Logger name="TS_METRICS" level="off"/>
    <Logger name="ACCESS_LOG" level="info"/>
    <Logger name="MODEL_LOG" level="warn"/>
    <Logger name="io.netty" level="error"/>
    <Logger name="org.pytorch.serve" level="info"/>
    <Logger name="org.pytorch.serve.wlm" level="warn"/>
    <Root level="warn"><AppenderRef ref="log"/></Root>
  </Loggers>
</Configuration>
"""
