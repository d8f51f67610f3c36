"""What tests have measured, printed when all is over: pytest keeps back what a passing test prints."""

figures: list[str] = []


def tell(*lines: str) -> None:
    """Note lines for the section "figures" of pytest's summary."""
    figures.extend(lines)
