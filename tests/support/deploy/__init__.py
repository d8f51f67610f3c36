"""Servers and pages of generated projects, started and mistreated."""
