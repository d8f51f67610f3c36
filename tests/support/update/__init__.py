"""Releases, machines and edits for the tests of updating."""
