"""Makes files for other runtimes, and compares each with the trained model."""
