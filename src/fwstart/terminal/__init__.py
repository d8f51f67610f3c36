"""The user's terminal."""
