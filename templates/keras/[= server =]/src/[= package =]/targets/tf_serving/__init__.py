"""What TensorFlow's own model server needs."""
