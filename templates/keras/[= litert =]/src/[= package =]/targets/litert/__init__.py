"""LiteRT, formerly TensorFlow Lite: the files that devices run, and browsers by LiteRT.js."""
