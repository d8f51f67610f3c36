"""What the user has set, and where."""
