"""The template, its releases, and what projects record of them."""
