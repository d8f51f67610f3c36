"""Reads samples: where they come from, how they are split, batches of them."""
