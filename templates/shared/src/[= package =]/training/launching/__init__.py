"""Starts several processes on this machine, and is what each of them owes to what started it."""
