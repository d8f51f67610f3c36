"""What TensorFlow's own model server needs; the embedded server is in `serving`."""
