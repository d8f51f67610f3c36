"""Real photos and real pretrained weights without a download, for the proof of backbones."""
