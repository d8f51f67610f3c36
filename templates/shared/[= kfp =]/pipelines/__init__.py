"""Kubeflow Pipelines: from the data to a published model."""
