"""Remembers: run folders, what is in them, and what else records a run."""
