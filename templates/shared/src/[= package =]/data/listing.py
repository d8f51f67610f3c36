"""Files as a folder or a table lists them, each with its class; opened, they are a source of samples."""

import unicodedata
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from PIL import Image

from ..config.settings import DataConfig
from ..errors import ProjectError
from ..files import is_file, is_folder
from .cache import open_samples
from .codec import InputSpec, bits_in_use, is_sample_file
from .images import ACCEPTED, SUFFIXES
from .layouts import how_to_convert
from .splits import Skipped, Source, Split

SHOWN = 5  # classes or reasons that an error names


@dataclass(frozen=True, kw_only=True)
class Listed:
    """A file that was found: its class, its part (`all` or a split), its group, and why it cannot be used."""

    file: Path
    class_name: str
    part: str = "all"
    group: str | None = None
    problem: str = ""


def problem_of(file: Path) -> str:
    """Return why a file need not even be opened; nothing if it may be an image."""
    try:
        file.stat()
    except (FileNotFoundError, NotADirectoryError, ValueError):
        return "a link that leads nowhere" if file.is_symlink() else "no such file"
    except OSError as error:  # no permission for a folder above it, a name that is too long
        return f"cannot be read ({error.strerror})"
    if not is_file(file) or not is_sample_file(file):
        return f"not called like an image ({', '.join(SUFFIXES)})"
    return ""


def open_listed(
    listed: Sequence[Listed], others: Sequence[Skipped], config: DataConfig, bits: int | None
) -> Source:
    """Return the samples in the files that can be read; the rest, and `others`, are skipped.

    `bits` are those of the input specification; None if they are to be found in the files.

    Raises:
        ProjectError: names of classes that look alike, or a class without a readable file in some part.
    """
    _check_names(listed, config)
    files = [each.file for each in listed if not each.problem]
    spec = InputSpec(
        shape=config.sample_shape,
        resize=config.resize,
        interpolation=config.interpolation,
        bits=bits or bits_in_use(files, workers=config.workers),
    )
    opened = open_samples(files, spec, config)
    listed = [replace(each, problem=each.problem or opened.damaged.get(each.file, "")) for each in listed]
    used = [each for each in listed if not each.problem]
    class_names = tuple(sorted({each.class_name for each in listed}))
    _check_complete(listed, config)
    labels = {name: label for label, name in enumerate(class_names)}
    samples = Split(
        inputs=opened.inputs,
        labels=np.array([labels[each.class_name] for each in used], dtype=np.int64),
        files=tuple(each.file for each in used),
        groups=tuple(each.group or "" for each in used) if any(each.group for each in used) else None,
    )
    parts = dict.fromkeys(each.part for each in used)
    chosen = {part: np.flatnonzero([each.part == part for each in used]) for part in parts}
    damaged = (Skipped(file=str(each.file), reason=each.problem) for each in listed if each.problem)
    return Source(
        parts={part: samples.taken(indices) for part, indices in chosen.items()},
        class_names=class_names,
        bits=spec.bits,
        storage=opened.storage,
        skipped=(*others, *damaged),
    )


def _check_names(listed: Sequence[Listed], config: DataConfig) -> None:
    """Make sure that files and pages can hold the names of the classes, and a person tells them apart."""
    alike = defaultdict[str, dict[str, Listed]](dict)  # an example of each name, by what a person sees
    for each in listed:
        alike[_as_seen(each.class_name)].setdefault(each.class_name, each)
    for names in alike.values():
        if len(names) > 1:
            first, second, *_ = (f"{name!a} ({each.file})" for name, each in sorted(names.items()))
            raise ProjectError(
                f"{config.source} has classes whose names look alike: {first} and {second}.",
                fix="They differ in case, in spaces or in how an accent is encoded. Give one class one name.",
            )
    for name in sorted({each.class_name for each in listed}):
        try:
            name.encode("utf-8")
        except UnicodeEncodeError as error:
            raise ProjectError(
                f"{config.source} has a class whose name is not UTF-8: {name!a}.", fix="Rename its folder."
            ) from error


def _as_seen(name: str) -> str:
    """Return a name without case, without spaces around it and invisible characters, accents composed.

    A single letter keeps its case: letters of both cases are the classes of handwriting.
    """
    seen = "".join(each for each in unicodedata.normalize("NFKC", name) if unicodedata.category(each) != "Cf")
    words = " ".join(seen.split())
    return words if len(words) == 1 else words.casefold()


def _check_complete(listed: Sequence[Listed], config: DataConfig) -> None:
    """Make sure that every class has a sample in every part."""
    counts = Counter((each.part, each.class_name) for each in listed if not each.problem)
    for part in dict.fromkeys(each.part for each in listed):
        for name in sorted({each.class_name for each in listed}):
            if counts[part, name]:
                continue
            there = [each for each in listed if (each.part, each.class_name) == (part, name)]
            where = "" if part == "all" else f" in the {part} split"
            raise ProjectError(
                f"{config.source}: the class {name} has no readable image{where}{_reasons(there) or '.'}",
                fix=_conversion(there, config) or "Add images, or remove the class everywhere.",
            )


def _reasons(listed: Sequence[Listed]) -> str:
    """Return how many files cannot be used for which reason, with an example of each, as lines."""
    counts = Counter(each.problem for each in listed)
    examples = {each.problem: each.file for each in reversed(listed)}
    reasons = (
        f"\n  {count} of its files: {problem}, for example {examples[problem]}"
        for problem, count in counts.most_common(SHOWN)
    )
    return f":{''.join(reasons)}." if listed else ""


def _conversion(listed: Sequence[Listed], config: DataConfig) -> str:
    """Return how to convert the files, if they have a format that Pillow reads and this project does not."""
    suffixes = Counter(each.file.suffix for each in listed if each.file.suffix.lower() not in SUFFIXES)
    for suffix, _ in suffixes.most_common(1):
        if suffix.lower() in Image.registered_extensions() and is_folder(config.path):
            return f"{ACCEPTED} {how_to_convert(config.path, suffix)}"
    return ACCEPTED if suffixes else ""
