"""The embedded server: an exported model behind HTTP. No training framework is imported here."""
