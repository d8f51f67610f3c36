"""`fwstart add` and `fwstart remove`."""
