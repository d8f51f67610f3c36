"""Names that a package or a folder cannot have, all in lower case."""

import keyword
import sys


def _names(text: str) -> frozenset[str]:
    return frozenset(text.split())


# Soft keywords (match, case, type, _) are not among them: `import match` is valid Python.
KEYWORDS = frozenset(word.lower() for word in keyword.kwlist)

# The same names on every Python that runs fwstart or the project: with what 3.12 and 3.13 removed and
# what 3.14 brought.
STANDARD_LIBRARY = frozenset(name.lower() for name in sys.stdlib_module_names) | _names(
    """
    aifc annotationlib asynchat asyncore audioop cgi cgitb chunk compression crypt distutils imghdr imp
    lib2to3 mailcap msilib nis nntplib ossaudiodev pipes smtpd sndhdr spwd sunau telnetlib uu xdrlib
    """
)

# The top-level modules in the environments of both generated projects, tools included (2026-11).
INSTALLED = _names(
    """
    absl annotated_doc annotated_types anyio ast_serialize astunparse certifi charset_normalizer clang
    click cloudpickle contourpy cycler dateutil fastapi filelock flatbuffers fonttools fsspec
    functorch gast google grpc h11 h5py httpcore httptools httpx idna iniconfig isympy jinja2 joblib
    keras kiwisolver kornia kornia_rs librt markdown_it markupsafe matplotlib mdurl ml_dtypes mpl_toolkits
    mpmath mypy mypy_extensions mypyc namex narwhals networkx numpy nvidia onnx onnx_ir onnxruntime onnxscript
    opentelemetry opt_einsum optree orjson packaging pasta pathspec pil pip pkg_resources pluggy
    prometheus_client py pydantic pydantic_core pygments pylab pyparsing pytest requests rich ruff scipy
    setuptools six sklearn starlette sympy tensorflow termcolor tf2onnx threadpoolctl torch torchgen
    tqdm triton typing_extensions typing_inspection tzdata urllib3 uvicorn uvloop websocket wheel wrapt
    """
)

# What deployment brings later, and distributions called otherwise than their modules: a name that is fine
# today must not break at the next update.
RELATED = _names(
    """
    ai_edge_litert alembic backports colorlog copier executorch flax fwstart hypothesis jax jaxlib kfp
    kfp_pipeline_spec kfp_server_api kubernetes litert_torch litertjs mako markdown mlflow
    model_archiver optuna pandas pillow pipelines protobuf psutil
    python scikit_learn sortedcontainers sqlalchemy tensorboard tensorflow_serving tensorflowjs tf_keras
    timm torchao torchaudio torchserve torchvision ts werkzeug workflow_archiver yaml
    """
)

# What its extras and its pipelines import, and what these bring: TFX in a separate environment, which also
# imports the project's package.
RELATED |= _names(
    """
    aiohttp apache_beam attr attrs boolean bson cachetools cryptography cyclonedx defusedxml dill docker
    fastavro fasteners httplib2 huggingface_hub ipython ipywidgets jsonpickle jsonschema kagglehub
    keras_hub keras_tuner keyring license_expression lxml ml_metadata nltk oauthlib objsize packageurl
    portpicker pyarrow pymongo pymysql pytz referencing regex rpds safetensors serializable tabulate
    tenacity tensorflow_data_validation tensorflow_estimator tensorflow_hub tensorflow_metadata
    tensorflow_model_analysis tensorflow_text tensorflow_transform tfx tfx_bsl tokenizers traitlets
    websockets zstandard
    """
)

# What every project has already: folders, and modules of its tests that others import by their names alone.
PROJECT_FOLDERS = frozenset({"conftest", "src", "test", "tests"}) | _names(
    """
    made_files pretrained_doubles running_server serving_doubles several_processes short_runs stand_in_json
    tf_serving_stand_in worlds
    """
)

# https://learn.microsoft.com/windows/win32/fileio/naming-a-file (2026-11); with any extension, too.
WINDOWS_DEVICES = frozenset(
    ["con", "prn", "aux", "nul", "conin$", "conout$"]
    + [f"{port}{digit}" for port in ("com", "lpt") for digit in "123456789\u00b9\u00b2\u00b3"]
)
WINDOWS_FORBIDDEN = '<>:"|?*\\/'
