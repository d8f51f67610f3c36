"""Print how many predictions per second the servers of a generated project answer, and a bare reference.

Run with the project's own Python in the project's folder, after `train` and `export`; the package's name is
the argument. It needs wrk (Debian's package) and a quiet machine:
    uv run python <this file> myproject
The reference is FastAPI and ONNX Runtime on uvicorn and nothing else: no checks, no limits, no log, no
metrics. The plain server is that of every project; a project with the target `server` has the hardened one,
and both are measured. TorchServe takes part, batched and one by one, where the project has it (`export --to
torchserve`).
All servers run the same model on one image a request and take turns, so that what else the machine does hits
all of them; what counts are the ratios. CPU milliseconds a request are a second opinion, which the load of
others changes less.
"""

import argparse
import importlib
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from statistics import median
from typing import Any

import report

CONNECTIONS = (1, 16)
MILLISECONDS = {"us": 0.001, "ms": 1.0, "s": 1000.0, "m": 60_000.0}
REFERENCE = "FastAPI + ONNX Runtime"
AIM = 0.9  # of the reference's requests per second


@dataclass
class Measured:
    """One server, and its figures of every round by the number of connections."""

    name: str
    url: str
    process: subprocess.Popen[str]
    token: str | None = None
    rates: dict[int, list[float]] = field(default_factory=dict)
    p50: dict[int, list[float]] = field(default_factory=dict)
    p99: dict[int, list[float]] = field(default_factory=dict)
    cpu: dict[int, list[float]] = field(default_factory=dict)


def main(package: str, *, rounds: int, seconds: int, write: bool) -> None:
    """Start all servers, let them take turns, print a table, then one line of JSON."""
    image = importlib.import_module(f"{package}.data.load").read_digits().parts["all"].inputs[0].tolist()
    with tempfile.TemporaryDirectory() as name, ExitStack() as stack:
        folder = Path(name)
        servers = [stack.enter_context(running(*server, folder)) for server in commands(package)]
        for _ in range(rounds):
            for connections in CONNECTIONS:
                for server in servers:
                    measure(server, image, connections, seconds, folder)
    rows = figures(servers)
    print(text(rows))
    print(json.dumps(rows))
    if write:
        report.write_section("serving", text(rows))


def commands(package: str) -> Iterator[tuple[str, list[str], str]]:
    """Yield each server's name, its command, and the path of its predictions."""
    this = [sys.executable, __file__, package]
    predict = f"/v1/models/{package}:predict"
    yield REFERENCE, [*this, "--reference"], "/predict"
    yield "plain", [*this, "--plain"], predict
    if importlib.import_module(f"{package}.export.targets").is_there(".targets.hardened.serve"):
        yield "hardened", [sys.executable, "-m", package, "serve", "--port", "0"], predict
    if Path("exports/torchserve/manifest.json").exists():
        batching = vars(importlib.import_module(f"{package}.targets.torchserve.serve").Batching())
        batch, delay = str(batching["batch_size"]), str(batching["max_delay_ms"])
        yield f"TorchServe, batch {batch} / {delay} ms", [*this, "--torchserve", batch, delay], predict
        yield "TorchServe, batch 1", [*this, "--torchserve", "1", delay], predict


@contextmanager
def running(name: str, command: list[str], path: str, folder: Path) -> Iterator[Measured]:
    """Yield a server that has said where it is; its log goes where a real one's would: to a file."""
    environment = {key: value for key, value in os.environ.items() if key != "SERVE_TOKEN"}
    with (folder / f"{name.replace('/', ' ')}.log").open("w") as log:
        process = subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=log, text=True)
    try:
        url, token = None, None
        for line in process.stdout or ():
            if found := re.search(r"\(cat (.+)\)", line):
                token = Path(found[1]).read_text(encoding="utf-8").strip()
            if found := re.search(r"http://[0-9.:]+", line):
                url = url or found[0] + path
            if url and (token or not name.startswith("TorchServe")):
                break
        if url is None:
            raise SystemExit(f"{name} ended: {(folder / f'{name}.log').read_text()}")
        yield Measured(name, url, process, token)
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait()


def measure(server: Measured, image: Any, connections: int, seconds: int, folder: Path) -> None:
    """Add one round's figures."""
    headers = {"Content-Type": "application/json"}
    if server.token:
        headers["Authorization"] = f"Bearer {server.token}"
    lines = ['wrk.method = "POST"', f"wrk.body = [==[{json.dumps({'instances': [image]})}]==]"]
    lines += [f'wrk.headers["{name}"] = "{value}"' for name, value in headers.items()]
    script = folder / "post.lua"
    script.write_text("\n".join(lines), encoding="utf-8")
    before = cpu_seconds(server.process.pid)
    command = ["wrk", "-t1", f"-c{connections}", f"-d{seconds}s", "--latency", "--timeout", "30s"]
    command += ["-s", str(script), server.url]
    output = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    used = cpu_seconds(server.process.pid) - before
    if "Non-2xx" in output or "Socket errors" in output:
        raise SystemExit(f"{server.name} did not answer everything:\n{output}")
    requests = int(re.search(r"(\d+) requests in", output)[1])  # type: ignore[index]
    server.rates.setdefault(connections, []).append(
        float(re.search(r"Requests/sec:\s+(\S+)", output)[1])  # type: ignore[index]
    )
    for share, figures in (("50", server.p50), ("99", server.p99)):
        value, unit = re.search(rf"{share}%\s+([0-9.]+)(us|ms|s|m)\b", output).groups()  # type: ignore[union-attr]
        figures.setdefault(connections, []).append(float(value) * MILLISECONDS[unit])
    server.cpu.setdefault(connections, []).append(1000 * used / requests)


def cpu_seconds(pid: int) -> float:
    """Return the CPU time that a process and its living descendants have used."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        tasks = list(Path(f"/proc/{pid}/task").iterdir())
        children = {int(child) for task in tasks for child in (task / "children").read_text().split()}
    except OSError:  # it has just ended
        return 0
    own = (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
    return own + sum(cpu_seconds(child) for child in children)


def figures(servers: list[Measured]) -> list[dict[str, Any]]:
    """Return medians over the rounds; the ratio is the median of each round's."""
    reference = servers[0]
    return [
        {
            "server": server.name,
            "connections": connections,
            "rate": median(server.rates[connections]),
            "ratio": median(
                own / theirs
                for own, theirs in zip(server.rates[connections], reference.rates[connections], strict=True)
            ),
            "p50_ms": median(server.p50[connections]),
            "p99_ms": median(server.p99[connections]),
            "cpu_ms": median(server.cpu[connections]),
        }
        for connections in CONNECTIONS
        for server in servers
    ]


def text(rows: list[dict[str, Any]]) -> str:
    """Return the section of docs/benchmarks.md: every figure, and whether the aims were met."""
    header = ["server", "connections", "req/s", "ratio", "p50 ms", "p99 ms", "CPU ms a request"]
    cells = [
        [
            row["server"],
            str(row["connections"]),
            f"{row['rate']:,.0f}",
            f"{row['ratio']:.2f}",
            f"{row['p50_ms']:.2f}",
            f"{row['p99_ms']:.2f}",
            f"{row['cpu_ms']:.3f}",
        ]
        for row in rows
    ]
    method = (
        f"`python benchmarks/serving.py`, {time.strftime('%Y-%m-%d')}, {report.this_machine()}: one digit a"
        " request, every server in turn, load by wrk. The ratio is to the bare FastAPI and ONNX Runtime of"
        " the first line. TorchServe waits for other requests before it makes a batch: that costs a single"
        " connection what it gives to many."
    )
    return "\n\n".join(
        ["## Serving", report.paragraph(method), report.table(header, cells), "\n".join(verdicts(rows))]
    )


def verdicts(rows: list[dict[str, Any]]) -> Iterator[str]:
    """Yield each aim with what was measured."""
    for connections in CONNECTIONS:
        ratio = {row["server"]: row["ratio"] for row in rows if row["connections"] == connections}
        at = f"{connections} connection{'s' if connections > 1 else ''}"
        for name in ("plain", "hardened"):
            if name in ratio:
                outcome = "met" if ratio[name] >= AIM else "missed"
                own = f"{ratio[name]:.2f} of the reference, aim {AIM}: {outcome}."
                yield f"- {name.capitalize()} server, {at}: {own}"
        archived = {name: value for name, value in ratio.items() if name.startswith("TorchServe")}
        if archived:
            best = max(archived, key=lambda name: archived[name])
            outcome = "met" if ratio["hardened"] > archived[best] else "missed"
            yield f"- Hardened server ahead of TorchServe ({best}: {archived[best]:.2f}), {at}: {outcome}."
            chosen = next(iter(archived))
            share = archived[chosen] / archived[best]
            outcome = "met" if share >= AIM else "missed"
            yield f"- {chosen}, {at}: {share:.2f} of TorchServe's best setting here, aim {AIM}: {outcome}."


def serve_reference() -> None:
    """Serve the exported model with as little as possible, on any free port."""
    import numpy as np
    import onnxruntime
    import uvicorn
    from fastapi import FastAPI

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    session = onnxruntime.InferenceSession("exports/onnx/model.onnx", options)
    app = FastAPI()

    @app.post("/predict")
    async def predict(body: dict[str, Any]) -> dict[str, Any]:
        pixels = np.asarray(body["instances"], dtype=np.float32)
        (logits,) = session.run(["logits"], {"pixels": pixels})
        return {"predictions": logits.tolist()}

    with socket.create_server(("127.0.0.1", 0), backlog=2048) as listener:
        print(f"http://127.0.0.1:{listener.getsockname()[1]}", flush=True)
        server = uvicorn.Server(uvicorn.Config(app, access_log=False, log_level="warning"))
        server.run(sockets=[listener])


def serve_plain(package: str) -> int:
    """Serve the exported model as `serve` does in a project without the target `server`."""
    options = importlib.import_module(f"{package}.serving.serve").ServeOptions(port=0)
    code: int = importlib.import_module(f"{package}.serving.server").serve(Path("exports/onnx"), options)
    return code


def serve_torchserve(package: str, batch_size: int, delay_ms: int) -> int:
    """Serve the model archive as `serve --with torchserve` does, with another batch size."""
    module = importlib.import_module(f"{package}.targets.torchserve.serve")
    options = importlib.import_module(f"{package}.serving.serve").ServeOptions(port=0)
    module.Batching = partial(module.Batching, batch_size=batch_size, max_delay_ms=delay_ms)
    code: int = module.serve(Path("exports/torchserve"), options)
    return code


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("package")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=int, default=4)
    parser.add_argument("--write", action="store_true", help="write the section of docs/benchmarks.md")
    parser.add_argument(
        "--reference", action="store_true", help="be the reference (used by the script itself)"
    )
    parser.add_argument("--plain", action="store_true", help="be the plain server")
    parser.add_argument(
        "--torchserve", nargs=2, type=int, metavar=("BATCH", "DELAY_MS"), help="be TorchServe"
    )
    given = parser.parse_args()
    if given.reference:
        serve_reference()
    elif given.plain:
        sys.exit(serve_plain(given.package))
    elif given.torchserve:
        sys.exit(serve_torchserve(given.package, *given.torchserve))
    elif shutil.which("wrk") is None:
        sys.exit("wrk is not there: apt-get install wrk")
    else:
        main(given.package, rounds=given.rounds, seconds=given.seconds, write=given.write)
