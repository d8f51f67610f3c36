"""Measures models and labels files with them."""
