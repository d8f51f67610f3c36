"""The model in a browser: exported with its runtimes and a page, and served on this machine."""
