"""Generated projects that are installed, and the documents whose commands are run."""
