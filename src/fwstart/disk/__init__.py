"""Where a project is created: whole or not at all."""
