"""`fwstart update`."""
