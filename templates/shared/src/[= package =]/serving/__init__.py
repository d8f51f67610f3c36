"""An exported model behind HTTP. No training framework is imported here."""
