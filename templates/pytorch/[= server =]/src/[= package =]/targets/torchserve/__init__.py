"""TorchServe: the model as an archive, the handler that answers with it, and the server's settings."""
