"""The model for phones and small devices."""
