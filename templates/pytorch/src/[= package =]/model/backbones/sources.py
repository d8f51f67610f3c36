"""Where PyTorch's pretrained weights are from: how a name begins, and the module that knows the rest."""

FORMS = {
    "timm/": "timm/<name>[.<tag>]",
    "torchvision/": "torchvision/<name>",
    "hub:": "hub:<owner>/<repository>@<commit>:<entry>",
    "local:": "local:<folder>",
}
MODULES = {
    "timm/": ".from_timm",
    "torchvision/": ".from_torchvision",
    "hub:": ".from_torchhub",
    "local:": ".from_folder",
}
REQUIRED = {
    "timm/": ("timm",),
    "torchvision/": ("torchvision",),
    "hub:": ("safetensors",),
    "local:": (),
}
OTHERS = {"keras/": "Keras", "kerashub/": "Keras"}
