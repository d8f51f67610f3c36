"""A table (CSV) that names files and the class of each, and may say in which split and group each is.

file,label,split,patient
images/1.png,cat,train,p1

The settings say how its columns are called.
"""

import codecs
import csv
import io
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from functools import cached_property
from pathlib import Path

from ..config.settings import DataConfig
from ..errors import ProjectError
from ..files import files_below, is_there
from .codec import is_sample_file
from .layouts import joined
from .listing import Listed, open_listed, problem_of
from .splits import WORDS, Skipped, Source, split_called

SUFFIXES = (".csv", ".tsv")
DELIMITERS = ",;\t"  # a comma, or what spreadsheets write where the comma is the decimal point
ENCODINGS = {codecs.BOM_UTF16_LE: "utf-16", codecs.BOM_UTF16_BE: "utf-16"}  # or else UTF-8 or Windows'
Rows = Mapping[int, Mapping[str, str]]  # cells by column, by the number of the line


def open_table(config: DataConfig, *, bits: int | None = None) -> Source:
    """Return the images that the table `config.source` names, and which rows are not used.

    A row without a file or a label, one that repeats another, and one whose file is missing or cannot be
    read are skipped. `bits` are those of the input specification, if a run has it already.

    Raises:
        ProjectError: the table cannot be read, no such column or split, rows that contradict each other, a
            group in two splits or none, fewer than two classes, most files missing, or what `open_listed`
            raises.
    """
    listed, skipped = _listed(_read(config), config)
    if config.group_column:
        _check_groups(listed, config)
    parts = {each.part for each in listed}
    if config.split_column and not {"train"} < parts:
        raise ProjectError(
            f"{config.path}: the column {config.split_column} names {_joined(parts)};"
            " it must name train, and validation or test.",
            fix="To divide by seed, leave it out: --set data.split_column=",
        )
    if len(names := {each.class_name for each in listed}) < 2:
        raise ProjectError(
            f"{config.path}: the column {config.label_column} holds {_joined(names)};"
            " at least two classes are needed.",
            fix="Name the column of the classes: --set data.label_column=COLUMN",
        )
    unusable = [each for each in listed if each.problem]
    if 2 * len(unusable) > len(listed):
        raise ProjectError(
            f"{config.path}: {len(unusable)} of its {len(listed)} files cannot be used, for example"
            f" {unusable[0].file}: {unusable[0].problem}.",
            fix=f"What the column {config.file_column} holds must be relative to {config.path.parent}."
            " To use the other files alone, remove these rows.",
        )
    return open_listed(listed, skipped, config, bits)


def _read(config: DataConfig) -> Rows:
    try:
        content = config.path.read_bytes()
    except OSError as error:
        raise ProjectError(
            f"{config.path} cannot be read ({error.strerror}).",
            fix="Let yourself read it, and close the programs that have it open.",
        ) from error
    try:
        text = content.decode(ENCODINGS.get(content[:2], "utf-8-sig"))
    except UnicodeDecodeError:
        text = content.decode("cp1252", errors="replace")
    delimiter = max(DELIMITERS, key=text.partition("\n")[0].count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, skipinitialspace=True)
    try:
        rows = [(reader.line_num, [cell.strip() for cell in row]) for row in reader]
    except csv.Error as error:
        raise ProjectError(
            f"{config.path}, line {reader.line_num}: {error}.", fix="Save the table as CSV in UTF-8."
        ) from error
    (_, columns), *rows = rows or [(1, [])]
    _check_columns(columns, [row for _, row in rows if any(row)], config)
    return {line: dict(zip(columns, row, strict=False)) for line, row in rows if any(row)}


def _check_columns(columns: Sequence[str], rows: Sequence[Sequence[str]], config: DataConfig) -> None:
    """Make sure that the columns that the settings name are there."""
    chosen = {name: value for name, value in config if name.endswith("_column") and value}
    for name, column in chosen.items():
        if column in columns:
            continue
        if any(is_sample_file(Path(cell)) for cell in columns):
            example = ",".join(chosen.values())
            raise ProjectError(
                f"{config.path} begins with {joined(columns)}: the names of its columns are missing.",
                fix=f"Write them into a first line, for example {example}",
            )
        free = [each for each in columns if each and each not in chosen.values()]
        cells = dict(zip(columns, zip(*rows, strict=False), strict=False))
        there = joined(columns or ["nothing"])
        raise ProjectError(
            f'{config.path} has no column "{column}" ([data] {name}); it has {there}.',
            fix="Name the column that you mean, for example:"
            f" --set data.{name}={_meant(name, cells, free, config)}",
        )


def _meant(name: str, cells: Mapping[str, Sequence[str]], free: Sequence[str], config: DataConfig) -> str:
    """Return which of the `free` columns the setting `name` probably means: files exist, classes are few."""
    files = Files(config.path.parent)
    of_files = [each for each in free if each in cells and not files.find(cells[each][0])[1]]
    if name == "file_column":
        return (of_files or free or ["COLUMN"])[0]
    rest = [each for each in free if each not in of_files]
    return min(rest, key=lambda each: len(set(cells.get(each, ()))), default="COLUMN")


def _listed(rows: Rows, config: DataConfig) -> tuple[list[Listed], list[Skipped]]:
    """Return each file once, and the rows that are not used."""
    files, skipped = Files(config.path.parent), list[Skipped]()
    first: dict[Path, tuple[int, Listed]] = {}
    for line, row in rows.items():
        here = f"{config.path}, line {line}"
        name, label = row.get(config.file_column, ""), row.get(config.label_column, "")
        if not name or not label:
            skipped.append(Skipped(file=here, reason=f"no {'label' if name else 'file'}"))
            continue
        file, problem = files.find(name)
        part, group = _part(row, here, config), row.get(config.group_column)
        listed = Listed(file=file, class_name=label, part=part, group=group, problem=problem)
        line_before, before = first.setdefault(file, (line, listed))
        if before is listed:
            continue
        if before != listed:
            raise ProjectError(
                f"{here}: {name} is {_described(listed)}, but {_described(before)} in line {line_before}.",
                fix="A file has one class, one split and one group: remove or correct one of the lines.",
            )
        skipped.append(Skipped(file=here, reason=f"repeats line {line_before}"))
    return [listed for _, listed in first.values()], skipped


def _part(row: Mapping[str, str], here: str, config: DataConfig) -> str:
    if not config.split_column:
        return "all"
    word = row.get(config.split_column, "")
    if split := split_called(word):
        return split
    accepted = (f"{name} (or {', '.join(words[1:])})" for name, words in WORDS.items())
    raise ProjectError(
        f'{here}: {config.split_column} is "{word}"; it must be {", ".join(accepted)}.',
        fix="Correct or remove the line.",
    )


def _described(listed: Listed) -> str:
    marks = (listed.class_name, "" if listed.part == "all" else listed.part, listed.group)
    return " ".join(filter(None, marks))


def _check_groups(listed: Sequence[Listed], config: DataConfig) -> None:
    """Make sure that each sample has a group, and each group one split."""
    parts = defaultdict[str, set[str]](set)
    for each in listed:
        if not each.group:
            raise ProjectError(
                f"{config.path}: {each.file} has nothing in the column {config.group_column}.",
                fix="Fill it in: samples of a group are never divided between splits.",
            )
        parts[each.group].add(each.part)
    if divided := [group for group, names in parts.items() if len(names) > 1]:
        more = f", and {len(divided) - 1} more are divided" if len(divided) > 1 else ""
        raise ProjectError(
            f"{config.path}: in the column {config.group_column}, {divided[0]} is in"
            f" {_joined(parts[divided[0]])}{more}.",
            fix="A group must be in one split, or figures are too good. To divide by seed, leave out the"
            " column of splits: --set data.split_column=",
        )


class Files:
    """The files that a table may mean."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def find(self, name: str) -> tuple[Path, str]:
        """Return the file that a cell names, and why it cannot be used.

        Many tables leave out folders or the suffix: if nothing is there, the only file below the table's
        folder is taken whose path ends with what the cell says.
        """
        path = self.folder / name.replace("\\", "/")
        if is_there(path):
            return path, problem_of(path)
        wanted = path.parts[len(self.folder.parts) :]
        found = [
            file
            for file in self.by_name.get(path.name, ())
            if wanted in (file.parts[-len(wanted) :], file.with_suffix("").parts[-len(wanted) :])
        ]
        if len(found) > 1:
            return path, f"several files are called so: {found[0]}, {found[1]}"
        path = found[0] if found else path
        return path, problem_of(path)

    @cached_property
    def by_name(self) -> Mapping[str, Sequence[Path]]:
        """The files below the folder by their names, with and without suffix."""
        found = defaultdict[str, list[Path]](list)
        for file in files_below(self.folder):
            if is_sample_file(file):
                for name in {file.name, file.stem}:
                    found[name].append(file)
        return found


def _joined(names: Collection[str]) -> str:
    return joined(sorted(names)) if names else "nothing"
