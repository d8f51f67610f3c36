"""Measure how long fwstart takes to create a project, to advise and to help, compared with similar tools.

Run with any Python 3.11 or newer that has pip; some minutes, and the network:
    python benchmarks/generate.py [ROUNDS]
Installs fwstart and its peers into two environments in a temporary folder, makes templates of like size, and
runs the commands in turn, so that a busy moment affects all of them. Prints seconds of CPU (with children)
and on the wall, least and median, and the ratios against the aims; writes the same to docs/benchmarks.md.
"""

import argparse
import os
import shutil
import subprocess
import tempfile
import time
import venv
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from statistics import median

from report import paragraph, table, this_machine, write_section

ROOT = Path(__file__).parents[1]
PEERS = ("cookiecutter", "cookiecutter-data-science", "uv")
ROUNDS = 11
DESTINATION = "DESTINATION"  # in a command: a new folder for each run
TEMPLATE_NAME = "{{ cookiecutter.repo_name }}"
JINJA = ("{{", "{%", "{#")


@dataclass(frozen=True, kw_only=True)
class Sample:
    """What one run took, in seconds."""

    cpu: float
    wall: float


@dataclass(frozen=True, kw_only=True)
class Aim:
    """How little a command should take, as a share of another's CPU."""

    command: str
    against: str
    aim: float
    limit: float  # what still passes
    reason: str = ""  # why it is missed, where it is


AIMS = (
    Aim(
        command="fwstart new",
        against="copier copy",
        aim=0.6,
        limit=0.8,
        reason="both pay for `import copier`, and git makes the first commit",
    ),
    Aim(command="fwstart --help", against="cookiecutter --help", aim=0.4, limit=0.4),
    Aim(
        command="fwstart advise",
        against="cookiecutter --help",
        aim=0.4,
        limit=0.4,
        reason="Python's start and `import typer` are four fifths of it; runs end on either side of the aim",
    ),
)


def main(rounds: int) -> None:
    """Measure, print, and write the section of docs/benchmarks.md."""
    with tempfile.TemporaryDirectory(prefix="fwstart-benchmark-") as name:
        folder = Path(name)
        ours, theirs = folder / "ours", folder / "theirs"
        install(ours, [str(ROOT)])
        install(theirs, list(PEERS))
        commands = make_commands(folder, ours, theirs)
        samples = measure(commands, folder, rounds)
        versions = [version(ours, "copier"), *(version(theirs, peer) for peer in PEERS)]
        num_files = sum(1 for path in (folder / "project").rglob("*") if path.is_file())
    text = section(samples, versions, num_files, rounds)
    print(text)
    write_section("generate", text)


def install(environment: Path, packages: Sequence[str]) -> None:
    """Make an environment with these packages, compiled, so that no run pays for it."""
    venv.create(environment, with_pip=True)
    pip = [str(environment / "bin" / "pip"), "install", "-qq", "--compile", *packages]
    subprocess.run(pip, check=True, stdout=subprocess.DEVNULL)


def version(environment: Path, package: str) -> str:
    """Return a package's name and version in an environment."""
    script = f"from importlib.metadata import version; print('{package}', version('{package}'))"
    python = str(environment / "bin" / "python")
    return subprocess.run([python, "-c", script], check=True, capture_output=True, text=True).stdout.strip()


def make_commands(folder: Path, ours: Path, theirs: Path) -> Mapping[str, list[str]]:
    """Return the commands to measure, by name, after making what they need."""
    fwstart, copier = str(ours / "bin" / "fwstart"), str(ours / "bin" / "copier")
    cookiecutter, ccds, uv = (str(theirs / "bin" / name) for name in ("cookiecutter", "ccds", "uv"))
    (template,) = ours.glob("lib/python*/site-packages/fwstart/template")
    answers = ["--framework", "pytorch", "--author", "Ada", "--yes"]
    project = folder / "project"
    subprocess.run(
        [fwstart, "new", str(project), *answers, "--no-git"], check=True, stdout=subprocess.DEVNULL
    )
    like = make_template(project, folder / "like")
    unattended = ["--no-input", "--default-config", "--output-dir", DESTINATION]
    given = ["-d", "framework=pytorch", "-d", "project_name=demo", "-d", "author=Ada"]
    return {
        "fwstart new": [fwstart, "new", DESTINATION, *answers],
        "fwstart new --no-git": [fwstart, "new", DESTINATION, *answers, "--no-git"],
        "copier copy": [copier, "copy", "--defaults", "--quiet", *given, str(template), DESTINATION],
        "cookiecutter": [cookiecutter, str(like), *unattended],
        "ccds": [ccds, str(like), *unattended],
        "uv init": [uv, "init", "--quiet", DESTINATION],
        "fwstart --help": [fwstart, "--help"],
        "fwstart advise": [fwstart, "advise", "--background", "beginner", "--yes"],
        "fwstart doctor": [fwstart, "doctor"],
        "import copier": [str(ours / "bin" / "python"), "-c", "import copier"],
        "copier --help": [copier, "--help"],
        "cookiecutter --help": [cookiecutter, "--help"],
        "ccds --help": [ccds, "--help"],
        "uv --help": [uv, "--help"],
    }


def make_template(project: Path, folder: Path) -> Path:
    """Return a template that makes the same files, for both cookiecutters."""
    for source in (path for path in project.rglob("*") if path.is_file()):
        target = folder / TEMPLATE_NAME / source.relative_to(project)
        target.parent.mkdir(parents=True, exist_ok=True)
        text = source.read_bytes()
        if source.suffix != ".png":
            text = as_template(text.decode("utf-8"), project.name).encode("utf-8")
        target.write_bytes(text)
    for settings in ("cookiecutter.json", "ccds.json"):
        (folder / settings).write_text('{"repo_name": "demo", "author": "Ada"}\n', encoding="utf-8")
    return folder


def as_template(text: str, package: str) -> str:
    """Return a text with the package's name as an expression, unless its own braces would clash."""
    if any(mark in text for mark in JINJA):
        return f"{{% raw %}}{text}{{% endraw %}}"
    return text.replace(f"from {package}", "from {{ cookiecutter.repo_name }}")


def measure(commands: Mapping[str, list[str]], folder: Path, rounds: int) -> Mapping[str, list[Sample]]:
    """Return the samples of each command; every round runs all of them once, the first one does not count."""
    environment = quiet_environment(folder)
    samples: dict[str, list[Sample]] = {name: [] for name in commands}
    for number in range(rounds + 1):
        for name, command in commands.items():
            destination = folder / "made" / "demo"
            shutil.rmtree(destination.parent, ignore_errors=True)
            destination.parent.mkdir()
            words = [str(destination) if word == DESTINATION else word for word in command]
            sample = run(words, folder, environment)
            if number:
                samples[name].append(sample)
    return samples


def quiet_environment(folder: Path) -> dict[str, str]:
    """Return an environment with a separate home and an author for git."""
    home = folder / "home"
    home.mkdir()
    names = {f"GIT_{role}_NAME": "Ada" for role in ("AUTHOR", "COMMITTER")}
    addresses = {f"GIT_{role}_EMAIL": "ada@example.org" for role in ("AUTHOR", "COMMITTER")}
    kept = {name: value for name, value in os.environ.items() if name in {"PATH", "LANG", "TMPDIR"}}
    return {**kept, **names, **addresses, "HOME": str(home), "GIT_CONFIG_NOSYSTEM": "1"}


def run(command: list[str], folder: Path, environment: Mapping[str, str]) -> Sample:
    """Run one command and return what it and its children took.

    Raises:
        RuntimeError: it failed; its output is the message.
    """
    with (folder / "output").open("w+", encoding="utf-8") as output:
        started = time.perf_counter()
        process = subprocess.Popen(
            command,
            cwd=folder,
            env=dict(environment),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
        )
        _, status, usage = os.wait4(process.pid, 0)
        wall = time.perf_counter() - started
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode:
            output.seek(0)
            raise RuntimeError(f"{' '.join(command)}\n{output.read()}")
    return Sample(cpu=usage.ru_utime + usage.ru_stime, wall=wall)


def section(samples: Mapping[str, list[Sample]], versions: Sequence[str], num_files: int, rounds: int) -> str:
    """Return the section of docs/benchmarks.md: the ratios against the aims, then all that was measured."""
    measured = table(
        ["command", "CPU least", "CPU median", "wall least", "wall median"],
        [[f"`{name}`", *figures(of_one)] for name, of_one in samples.items()],
    )
    aims = table(
        ["CPU", "against", "aim", "ratio of least", "ratio of medians", ""],
        [aim_row(aim, samples) for aim in AIMS],
    )
    words = f"""`python benchmarks/generate.py`, {date.today()}, {this_machine()}: {rounds} rounds, each of
    which runs every command once; seconds of CPU with all children; a project of {num_files} files.
    `fwstart new` includes the repository and its first commit, which no other tool makes. Copier copies
    fwstart's own template from a folder, the cookiecutters one that makes the same files.
    {", ".join(versions)}."""
    return "\n\n".join(["## Creating a project", paragraph(words), aims, paragraph(parts(samples)), measured])


def parts(samples: Mapping[str, list[Sample]]) -> str:
    """Return what `fwstart new` is made of, as shares of copier's CPU, the least of each command."""
    least = {name: min(one.cpu for one in of_one) for name, of_one in samples.items()}
    imported, whole = least["import copier"], least["copier copy"]
    bare = least["fwstart new --no-git"]
    commit, rest = least["fwstart new"] - bare, bare - imported
    return f"""As shares of `copier copy`: `import copier`, which both need, {imported / whole:.2f}; the
    repository and its first commit {commit / whole:.2f}; the rest, mostly Jinja's work on every file and part
    of a path, {rest / whole:.2f}. Without git, `fwstart new` takes {bare / whole:.2f}."""


def figures(samples: Sequence[Sample]) -> list[str]:
    """Return least and median of CPU and wall, in seconds."""
    cpu, wall = [one.cpu for one in samples], [one.wall for one in samples]
    return [f"{number:.3f}" for number in (min(cpu), median(cpu), min(wall), median(wall))]


def aim_row(aim: Aim, samples: Mapping[str, list[Sample]]) -> list[str]:
    """Return an aim and what was measured; the least CPU decides, because other work disturbs it least."""
    mine, other = ([one.cpu for one in samples[name]] for name in (aim.command, aim.against))
    ratio = min(mine) / min(other)
    late = f"missed (passes at {aim.limit})" if ratio <= aim.limit else "missed"
    late = f"{late}: {aim.reason}" if aim.reason else late
    return [
        f"`{aim.command}`",
        f"`{aim.against}`",
        f"{aim.aim}",
        f"{ratio:.2f}",
        f"{median(mine) / median(other):.2f}",
        "met" if ratio <= aim.aim else late,
    ]


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("rounds", nargs="?", type=int, default=ROUNDS, help=f"default: {ROUNDS}")
    main(parser.parse_args().rounds)
