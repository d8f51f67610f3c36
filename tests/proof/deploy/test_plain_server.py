"""The plain server answers as the trained model does, and refuses what it cannot answer."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from support.deploy.cases import CASES, Case
from support.deploy.servers import TOLERANCE
from support.figures import tell

if TYPE_CHECKING:
    from support.deploy.servers import RunningServer

pytestmark = pytest.mark.deploy


def test_answers_are_the_trained_models(plain_server: RunningServer) -> None:
    """Every sample gets the trained model's label and its logits, give or take another order of adding."""
    distance = plain_server.largest_distance()

    tell(f"parity: {plain_server.name}, largest logit difference {distance:.2g}")
    assert distance <= TOLERANCE


@pytest.mark.parametrize(
    "case", [case for case in CASES if 401 not in case.codes], ids=lambda case: case.name
)
def test_bad_request_is_refused_with_a_message(plain_server: RunningServer, case: Case) -> None:
    """It gets one of the codes defined for it and a message without a stack trace; the server goes on."""
    path = case.path.replace("{model}", plain_server.model)
    reply = plain_server.ask(case.method, path, case.body(plain_server.samples.images[0]), case.headers)

    assert reply.code in case.codes, reply
    assert len(reply.body) > 10, reply
    assert b"Traceback" not in reply.body, reply
    plain_server.assert_predicts()


def test_public_name_is_refused(plain_server: RunningServer) -> None:
    """A page on the web cannot reach it by a name of its own that leads to this machine."""
    reply = plain_server.ask("GET", "/", headers={"Host": "evil.example"})

    assert 400 == reply.code
