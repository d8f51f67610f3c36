"""Machines as they could be found, for tests of what is made of them."""

from collections.abc import Mapping

from fwstart.doctor.diagnosis import Found, Machine

FULL = {
    "python": Found(versions=("3.12.3",)),
    "uv": Found(versions=("0.9.1",)),
    "git": Found(versions=("2.47.0",)),
    "cxx": Found(versions=("12.2.0",)),
    "java": Found(versions=("17.0.15",)),
    "docker": Found(versions=("28.2.2",)),
    "podman": Found(),
    "tensorflow_model_server": Found(),
    "node": Found(versions=("20.20.2",)),
    "npm": Found(versions=("11.0.0",)),
    "nvidia": Found(versions=("580.65.06",), detail="NVIDIA H200"),
    "glibc": Found(versions=("2.36",)),
}
DEBIAN = ("debian-12", "debian", "apt", "linux")


def machine(
    changed: Mapping[str, Found] | None = None,
    *,
    platform: str = "linux-x86_64",
    systems: tuple[str, ...] = DEBIAN,
    root: bool = False,
    free_gigabytes: float | None = 50.0,
    **found: Found,
) -> Machine:
    """Return a machine that has everything, but for what is given here."""
    return Machine(
        platform=platform,
        systems=systems,
        root=root,
        found={**FULL, **(changed or {}), **found},
        folder="/home/ada",
        free_gigabytes=free_gigabytes,
    )
