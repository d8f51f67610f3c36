"""`fwstart options`."""
