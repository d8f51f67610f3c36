"""Reads and checks settings."""
