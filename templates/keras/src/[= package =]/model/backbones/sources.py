"""Where Keras's pretrained weights are from: how a name begins, and the module that knows the rest."""

FORMS = {
    "timm/": "timm/<name>[.<tag>]",
    "keras/": "keras/<name>",
    "kerashub/": "kerashub/<preset>",
    "local:": "local:<folder>",
}
MODULES = {
    "timm/": ".from_timm",
    "keras/": ".from_applications",
    "kerashub/": ".from_kerashub",
    "local:": ".from_folder",
}
REQUIRED = {
    "timm/": ("keras_hub", "huggingface_hub", "safetensors"),
    "keras/": (),
    "kerashub/": ("keras_hub",),
    "local:": (),
}
OTHERS = {"torchvision/": "PyTorch", "hub:": "PyTorch"}
