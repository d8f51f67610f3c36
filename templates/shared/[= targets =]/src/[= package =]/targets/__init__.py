"""Know one runtime each: its export and its server."""
