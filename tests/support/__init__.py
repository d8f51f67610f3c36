"""What the tests share."""

from pathlib import Path

CHECKOUT = Path(__file__).parents[2]
