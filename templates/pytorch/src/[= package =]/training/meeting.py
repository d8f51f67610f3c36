"""How processes that one command starts on this machine find each other."""


def variables(size: int) -> list[dict[str, str]]:
    """Return the environment variables of each of `size` processes: they meet by a file, without a port."""
    return [{} for _ in range(size)]
