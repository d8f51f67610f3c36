"""Is the network, and keeps it: sizes, checkpoints, the device."""
