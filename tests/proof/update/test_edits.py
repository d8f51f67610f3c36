"""No edit is ever lost silently: random edits of projects at every earlier release, updated to the newest."""

from __future__ import annotations

import shutil
import tempfile
from collections import Counter
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from support.small_releases import commit, git
from support.update.edits import Edit, edit_randomly, is_kept
from support.update.history import FRAMEWORKS, History

from fwstart.template import releases
from fwstart.update import step as update

if TYPE_CHECKING:
    from collections.abc import Mapping

    from fwstart.template.releases import Release

pytestmark = pytest.mark.update

CASES = 50  # projects of a framework, over all earlier releases; each has about 14 edits
WORKERS = 2


@pytest.mark.parametrize("framework", FRAMEWORKS)
def test_edits_are_kept_or_marked(
    history: History, framework: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """Every edit is in the updated project, or its file is listed as a conflict or as one to be deleted."""
    earlier, newest = history.releases[:-1], history.releases[-1]
    template = history.project(framework, newest)
    starts = [history.project(framework, release) for release in earlier]
    cases = [(starts[seed % len(starts)], seed) for seed in range(CASES)]
    with ProcessPoolExecutor(WORKERS) as pool:
        work = partial(run_case, bundle=history.bundle, template=template)
        results = list(pool.map(work, cases, chunksize=5))

    lost = [line for result in results for line in result["lost"]]
    outcomes = Counter(outcome for result in results for outcome in result["outcomes"])
    with capsys.disabled():
        summary = ", ".join(f"{count} {outcome}" for outcome, count in sorted(outcomes.items()))
        print(f"\n{framework}: {len(results)} updates from {len(earlier)} earlier releases; edits: {summary}")
    assert [] == lost
    assert sum(outcomes.values()) > 12 * CASES
    assert outcomes["kept"] > 8 * CASES
    assert outcomes["marked"] > 0


def run_case(case: tuple[Path, int], bundle: Path, template: Path) -> dict[str, list[str]]:
    """Edit a copy of a project, update it, and say of each edit what became of it."""
    start, seed = case
    with tempfile.TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as patch:
        patch.setattr(releases, "BUNDLE", bundle)
        patch.setattr(update, "_generated", _generated_once)
        project = Path(folder) / "project"
        shutil.copytree(start, project, symlinks=True)
        edits = edit_randomly(project, seed)
        commit(project)
        with update.worked_out(update.plan_step(project)) as worked:
            worked.make()
        listed = {*worked.merged.conflicts, *worked.merged.doomed}
        unmerged = git(project, "-c", "core.quotePath=false", "diff", "--name-only", "--diff-filter=U")
        assert set(worked.merged.conflicts) == set(unmerged.splitlines())
        kept = {edit: is_kept(project, edit, template) for edit in edits}
        return {
            "outcomes": [_outcome(edit, kept[edit], listed) for edit in edits],
            "lost": [
                f"{start.name}, seed {seed}: {edit}"
                for edit in edits
                if _outcome(edit, kept[edit], listed) == "lost"
            ],
        }


def _outcome(edit: Edit, kept: bool, listed: set[str]) -> str:
    if edit.path in listed or edit.text in listed:
        return "marked"
    if edit.kind == "rename file" and Path(edit.text).name in {Path(path).name for path in listed}:
        return "marked"  # where git moved it, together with the folder's other files
    return "kept" if kept else "lost"


_generate = update._generated  # noqa: SLF001
_cache: dict[tuple[Release | str, ...], Path] = {}


def _generated_once(folder: Path, release: Release, answers: Mapping[str, Any], source: str) -> Path:
    """Return what a release generates; made once a worker, as it does not depend on the edits."""
    key = (release, answers["framework"], *answers["deploy"])
    if key not in _cache:
        kept = Path(tempfile.mkdtemp(dir=Path.home()))  # the history's own, removed with it
        shutil.copytree(_generate(folder, release, answers, source), kept / "project", symlinks=True)
        _cache[key] = kept / "project"
    return _cache[key]
