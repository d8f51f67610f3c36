"""What is said of a decision, and with which figures."""

from pathlib import Path

from pipelines.gate import Missed, Verdict, verdict_lines


def verdict(*, missed: tuple[Missed, ...] = (), change: float | None = None, pushed: str = "") -> Verdict:
    """Return a decision about an accuracy of 0.9417."""
    return Verdict(
        is_blessed=not missed,
        accuracy=0.9417,
        change=change,
        missed=missed,
        model=Path("model"),
        run="runs/1",
        evaluation=Path("evaluation"),
        statistics=Path("statistics"),
        schema=Path("schema.pbtxt"),
        pushed=pushed,
    )


def test_model_below_the_floor() -> None:
    """The figure and the floor are named, and nothing is said to be pushed."""
    lines = verdict_lines(verdict(missed=(Missed(metric="accuracy", value=0.9417, lowest=0.98),)))

    assert "test accuracy 0.9417, no blessed model before it" == lines[0]
    assert "not blessed, not pushed: accuracy is 0.9417; the floor is 0.9800." == lines[-1]


def test_model_below_the_last_blessed_one() -> None:
    """The difference is named, and how large it may be."""
    missed = Missed(metric="accuracy", value=-0.025, lowest=-0.005, is_change=True)

    lines = verdict_lines(verdict(missed=(missed,), change=-0.025))

    assert "test accuracy 0.9417, -0.0250 compared with the last blessed model" == lines[0]
    assert lines[-1].endswith("accuracy is 0.0250 below the last blessed model's; it may be 0.0050 below.")


def test_blessed_model() -> None:
    """The last line says where TensorFlow Serving finds it."""
    lines = verdict_lines(verdict(pushed="exports/saved-model/demo/3"))

    assert "blessed; TensorFlow Serving loads it from exports/saved-model/demo/3" == lines[-1]
