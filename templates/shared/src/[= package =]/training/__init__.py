"""Changes weights: one run, or many with other settings."""
