"""The server for others than this machine: the application of `serving/` behind limits, a token and a log."""
