"""The article as data, and the rule that recommends a framework."""
