"""Count the random edits that an update loses silently: copier's own update against `fwstart update`.

Run in the development environment, in the repository's root; a minute:
    PYTHONPATH=tests:scripts python benchmarks/lost_edits.py 60
"""

import os
import shutil
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from support.small_releases import commit, git
from support.update.edits import edit_randomly, is_kept
from support.update.history import make_history

from fwstart.template import releases
from fwstart.update import step as update


def with_copier(project: Path) -> set[str]:
    """Update with copier; return the files that it left in conflict."""
    import copier  # now, as it copies the environment that main() has set

    copier.run_update(project, overwrite=True, defaults=True, quiet=True, settings=copier.Settings())
    return set(
        git(project, "-c", "core.quotePath=false", "diff", "--name-only", "--diff-filter=U").splitlines()
    )


def with_fwstart(project: Path) -> set[str]:
    """Update with fwstart; return the files that it lists as conflicts or as ones that it deletes."""
    with update.worked_out(update.plan_step(project)) as worked:
        worked.make()
    return {*worked.merged.conflicts, *worked.merged.doomed}


def lost(
    start: Path, plain: Path, seed: int, bring_up_to_date: Callable[[Path], set[str]]
) -> tuple[int, int]:
    """Return how many edits one seed makes, and how many of them are neither kept nor listed."""
    with tempfile.TemporaryDirectory() as folder:
        project = Path(folder) / "project"
        shutil.copytree(start, project, symlinks=True)
        edits = edit_randomly(project, seed)
        commit(project)
        listed = bring_up_to_date(project)
        gone = [
            edit
            for edit in edits
            if not is_kept(project, edit, plain) and not {edit.path, edit.text} & listed
        ]
        return len(edits), len(gone)


def main(cases: int) -> None:
    """Print both counts for the same edits."""
    for name in ("AUTHOR_NAME", "AUTHOR_EMAIL", "COMMITTER_NAME", "COMMITTER_EMAIL"):
        os.environ[f"GIT_{name}"] = "nobody"
    with tempfile.TemporaryDirectory() as folder:
        history = make_history(Path(folder))
        releases.BUNDLE = history.bundle
        address = {"KEY_0": f"url.{history.bundle}.insteadOf", "VALUE_0": "fwstart::templates", "COUNT": "1"}
        os.environ.update({f"GIT_CONFIG_{name}": value for name, value in address.items()})
        os.environ["COPIER_CACHE_DIR"] = f"{folder}/cache"
        start, plain = (history.project("pytorch", history.releases[number]) for number in (0, -1))
        for update_with in (with_copier, with_fwstart):
            counts = [lost(start, plain, seed, update_with) for seed in range(cases)]
            edits, gone = (sum(column) for column in zip(*counts, strict=True))
            print(f"{update_with.__name__.removeprefix('with_')}: {gone} of {edits} edits lost")


if __name__ == "__main__":
    main(int(sys.argv[1]))
