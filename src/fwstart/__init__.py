"""PyTorch or Keras? Answer seven questions and get a deep-learning project that is ready to run."""

__version__ = "0.11.2"
