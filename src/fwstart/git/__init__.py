"""Runs git."""
