"""Where three releases put each module and its tests, written by hand: there an edit is looked for."""

from __future__ import annotations

PACKAGE = """
balance data/classes
check_data data/check
augment data/augment
loading data/batches
digits data/digits
folder data/folder
images data/images
data data/load
splits data/splits
config config/settings
explain config/explain
runs runs/run
run_data runs/samples
resume runs/resume
plots runs/plots
tracking runs/tracking
mlflow_tracker runs/mlflow
tensorboard_tracker runs/tensorboard
model model/network
sizes model/sizes
checkpoint model/checkpoint
device model/device
softmax evaluation/softmax
evaluate evaluation/evaluate
metrics evaluation/metrics
labelling evaluation/labels
predict evaluation/predict
train training/train
trainer training/loop
optimizer training/optimizer
losses training/losses
progress training/progress
sweep training/sweep
search training/search
export export/export
artefact export/artifact
manifest export/manifest
model_card export/model_card
targets export/targets
onnx_export export/onnx
onnx_conversion export/onnx_conversion
quiet export/quiet
serve serving/serve
client serving/client
browser/browser_export targets/browser/export
browser/browser_model targets/browser/model
browser/browser_models targets/browser/models
browser/browser_server targets/browser/serve
browser/cache targets/browser/cache
browser/node targets/browser/node
browser/npm targets/browser/npm
browser/tensorflow_js_conversion targets/browser/tensorflow_js_conversion
browser/__init__ targets/browser/__init__
edge/calibration targets/edge/calibration
edge/conversion targets/edge/conversion
edge/edge_export targets/edge/export
edge/runtime targets/edge/runtime
edge/__init__ targets/edge/__init__
litert/__init__ targets/litert/__init__
litert/conversion targets/litert/conversion
"""
SERVER = {
    "pytorch": """
server/__init__ targets/torchserve/__init__
server/java targets/torchserve/java
server/ports targets/torchserve/ports
server/torchserve targets/torchserve/serve
server/torchserve_context targets/torchserve/context
server/torchserve_export targets/torchserve/export
server/torchserve_handler targets/torchserve/handler
server/torchserve_process targets/torchserve/process
server/torchserve_settings targets/torchserve/settings
""",
    "keras": """
server/__init__ targets/tf_serving/__init__
server/grpc_client targets/tf_serving/grpc_client
server/saved_model_export targets/tf_serving/export
server/serving_config targets/tf_serving/config
server/tf_serving targets/tf_serving/serve
server/tf_serving_command targets/tf_serving/command
server/warmup targets/tf_serving/warmup
""",
}
TESTS = """
test_balance data/test_classes
test_check_data data/test_check
test_augment data/test_augment
test_loading data/test_batches
test_folder data/test_folder
test_images data/test_images
test_data data/test_load
test_config config/test_settings
test_runs runs/test_run
test_run_data runs/test_samples
test_resume runs/test_resume
test_plots runs/test_plots
test_tracking runs/test_tracking
test_model model/test_network
test_sizes model/test_sizes
test_checkpoint model/test_checkpoint
test_device model/test_device
test_evaluate evaluation/test_evaluate
test_metrics evaluation/test_metrics
test_predict evaluation/test_predict
test_train training/test_train
test_trainer training/test_loop
test_losses training/test_losses
test_progress training/test_progress
test_sweep training/test_sweep
test_export export/test_export
test_model_card export/test_model_card
test_targets export/test_targets
test_quiet export/test_quiet
test_serve serving/test_serve
test_client serving/test_client
test_serving_app serving/test_app
test_serving_contract serving/test_contract
test_serving_hosts serving/test_hosts
test_serving_limits serving/test_limits
test_serving_supervision serving/test_supervision
"""
FOLDERS = {  # of tests, whose files kept their names
    "pytorch": {"server": "targets/torchserve", "edge": "targets/edge", "browser": "targets/browser"},
    "keras": {"server": "targets/tf_serving", "edge": "targets/edge", "browser": "targets/browser"},
}
HARDENED = """
src/demo/interrupts src/demo/processes
src/demo/export/quiet src/demo/targets/quiet
src/demo/serving/http_protocol src/demo/targets/hardened/http_protocol
src/demo/serving/limits src/demo/targets/hardened/limits
src/demo/serving/observation src/demo/targets/hardened/observation
src/demo/serving/supervision src/demo/targets/hardened/supervision
tests/export/test_quiet tests/targets/test_quiet
tests/serving/test_limits tests/targets/hardened/test_limits
tests/serving/test_supervision tests/targets/hardened/test_supervision
tests/short_trainings tests/short_runs
tests/telling_model tests/serving_doubles
"""


def moved(framework: str, path: str, move: tuple[int, int, int]) -> str:
    """Return where a release put a file of the project `demo`: its own path if it stayed or was joined."""
    if move == (0, 8, 0):
        return path.replace("tests/targets/browser/test_pillow.py", "tests/serving/test_pillow.py")
    if move == (0, 7, 0):
        return {f"{old}.py": f"{new}.py" for old, new in _pairs(HARDENED)}.get(path, path)
    pairs = {f"src/demo/{old}.py": f"src/demo/{new}.py" for old, new in _pairs(PACKAGE + SERVER[framework])}
    pairs |= {f"tests/{old}.py": f"tests/{new}.py" for old, new in _pairs(TESTS)}
    if path in pairs:
        return pairs[path]
    top, _, rest = path.partition("/")
    folder, _, name = rest.partition("/")
    if top == "tests" and name and folder in FOLDERS[framework]:
        return f"tests/{FOLDERS[framework][folder]}/{name}"
    return path


def _pairs(lines: str) -> list[tuple[str, str]]:
    return [(old, new) for old, new in (line.split() for line in lines.split("\n") if line)]
