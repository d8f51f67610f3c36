"""Pretrained backbones: where their weights come from, and how they are fetched and checked."""
