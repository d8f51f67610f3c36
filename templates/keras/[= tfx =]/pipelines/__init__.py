"""The TFX pipeline; README.md says how it is run."""
