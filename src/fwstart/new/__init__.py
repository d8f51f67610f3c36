"""`fwstart new`."""
