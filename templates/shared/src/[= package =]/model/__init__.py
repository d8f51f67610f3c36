"""Is the network, saves it, and chooses where it computes."""
