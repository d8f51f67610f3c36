"""A backbone by its name in the settings: which source it is from, its files here, and how to fetch them."""

import importlib
import re
from difflib import get_close_matches
from typing import cast

from ...errors import ProjectError, command, command_to_install, require_extra
from .fetched import Fetched, find_fetched, write_fetched
from .source import Listed, Source
from .sources import FORMS, MODULES, OTHERS, REQUIRED

UNKNOWN = ("", "unknown", "other")
UNFREE = ("nc", "noncommercial", "research", "amlr", "seer")  # in the name of a license


def split_name(name: str) -> tuple[str, str]:
    """Return the source of a backbone, and its name there: "timm" and "resnet18".

    Raises:
        ProjectError: there is no such source, or it is one of the other framework.
    """
    for prefix in FORMS:
        if name.startswith(prefix) and name != prefix:
            return prefix, name.removeprefix(prefix)
    for prefix, framework in OTHERS.items():
        if name.startswith(prefix):
            raise _refused(f"{name} is a backbone for {framework}, which this project does not use.")
    raise _refused(f"{name} does not begin with a source of pretrained weights.")


def _refused(problem: str) -> ProjectError:
    forms = ", ".join(FORMS.values())
    return ProjectError(
        f"{problem} A name has one of the forms: {forms}.", fix=f"To list names, run: {command('backbones')}"
    )


def chosen_source(prefix: str) -> Source:
    """Return the module of a source.

    Raises:
        ProjectError: its library is not installed, or does not work with the framework that is.
    """
    for module in REQUIRED[prefix]:
        require_extra("pretrained", module=module, wanted_by=f"A backbone of {prefix}…")
    try:
        return cast("Source", importlib.import_module(MODULES[prefix], __package__))
    except (ImportError, RuntimeError) as error:  # a torchvision for another torch raises a RuntimeError
        reason = (str(error) or type(error).__name__).splitlines()[0]
        raise ProjectError(
            f"The library of {prefix}… cannot be loaded ({reason}): its version does not fit the others.",
            fix=f"Install them together: {command_to_install('pretrained')}.",
        ) from error


def find_backbone(name: str) -> Fetched:
    """Return the backbone that the settings name, without a network; its files are whole.

    Raises:
        ProjectError: the name is wrong, or the files are missing or damaged.
    """
    prefix, rest = split_name(name)
    if prefix == "local:":
        backbone, files = chosen_source(prefix).fetch(rest)
        return Fetched(backbone=backbone, files=files)
    chosen_source(prefix)
    try:
        return find_fetched(name)
    except ProjectError as error:
        check_name(prefix, rest)
        raise error from None


def check_name(prefix: str, rest: str) -> None:
    """Make sure that the source knows the name; where its names cannot be known, any is one.

    Raises:
        ProjectError: it does not; the fix has the nearest names.
    """
    known = chosen_source(prefix).names()
    if known and rest not in known:
        family = re.split(r"[\d._]", rest, maxsplit=1)[0]
        nearest = get_close_matches(rest, known, n=3, cutoff=0.6)
        did_you_mean = f"Did you mean {' or '.join(prefix + each for each in nearest)}? " if nearest else ""
        raise ProjectError(
            f"{prefix}{rest} is not known to {prefix.strip('/:')}.",
            fix=f"{did_you_mean}To list names, run: {command(f'backbones {family}')}",
        )


def fetch_backbone(name: str) -> Fetched:
    """Download the weights of a backbone, unless they are there, and remember them: this uses the network.

    Raises:
        ProjectError: the name is wrong, or the files cannot be had.
    """
    prefix, rest = split_name(name)
    if prefix != "local:":
        check_name(prefix, rest)
    backbone, files = chosen_source(prefix).fetch(rest)
    fetched = Fetched(backbone=backbone, files=files)
    if prefix != "local:":
        write_fetched(fetched)
    return fetched


def license_warning(license_name: str) -> str | None:
    """Return what somebody who wants to use weights under this license should know, None if nothing."""
    if license_name.lower() in UNKNOWN:
        return "the source names no license: ask before you use what you train from it"
    words = license_name.lower().replace("_", "-").split("-")
    if any(each in words for each in UNFREE) or "non-commercial" in license_name.lower():
        return f"the license {license_name} does not allow commercial use"
    return None


def list_backbones(word: str) -> tuple[list[Listed], list[str]]:
    """Return what the installed sources offer whose name contains `word`, and notes on the others."""
    listed: list[Listed] = []
    notes: list[str] = []
    for prefix in FORMS:
        try:
            listed += chosen_source(prefix).listed(word)
        except ProjectError as error:
            notes.append(f"{prefix}…: {error.problem} {error.fix}")
    return listed, notes
