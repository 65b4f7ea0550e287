"""The faults of the stand-in API server do what its module says."""

import http.client

import pytest

from programs.kube_api import MERGE_PATCH, workload, workload_path
from programs.process import wait_until


@pytest.fixture
def scale(stand_in):
    """The path of a Deployment's scale, at 2 replicas."""
    stand_in.api.create(workload("Deployment", "test", 2), "default")
    return workload_path("Deployment", "default", "test") + "/scale"


def patch(stand_in, scale, replicas=3):
    return stand_in.api.request("PATCH", scale, {"spec": {"replicas": replicas}}, MERGE_PATCH)


def replicas(stand_in):
    return stand_in.api.replicas("Deployment", "default", "test")


def test_an_answer_with_the_real_servers_status(stand_in, scale):
    stand_in.fault(method="PATCH", path=scale, times=2, status=429, headers={"Retry-After": "7"})
    assert stand_in.api.request("GET", scale).status == 200
    for _ in range(2):
        answer = patch(stand_in, scale)
        assert (answer.status, answer.reason) == (429, "TooManyRequests")
        assert answer.headers["Retry-After"] == "7"
    assert replicas(stand_in) == 2
    assert patch(stand_in, scale).status == 200
    assert replicas(stand_in) == 3


@pytest.mark.parametrize("status, reason", [
    (401, "Unauthorized"), (403, "Forbidden"), (404, "NotFound"), (409, "Conflict"),
    (422, "Invalid"), (500, "InternalError"), (503, "ServiceUnavailable")])
def test_each_status_has_its_reason(stand_in, scale, status, reason):
    stand_in.fault(status=status)
    answer = stand_in.api.request("GET", scale)
    assert (answer.status, answer.reason, answer.json["code"]) == (status, reason, status)


def test_a_given_body(stand_in, scale):
    stand_in.fault(status=502, headers={"Content-Type": "text/html"}, body="<html>bad gateway")
    answer = stand_in.api.request("GET", scale)
    assert (answer.status, answer.body) == (502, b"<html>bad gateway")
    assert answer.headers.get_content_type() == "text/html"


def test_a_write_whose_answer_is_an_error(stand_in, scale):
    stand_in.fault(method="PATCH", status=504, processed=True)
    assert patch(stand_in, scale).reason == "Timeout"
    assert replicas(stand_in) == 3


def test_a_delay_answers_in_the_end(stand_in, scale):
    stand_in.fault(delay=0.1)
    assert patch(stand_in, scale).status == 200
    assert replicas(stand_in) == 3


def test_a_reset_in_mid_response(stand_in, scale):
    stand_in.fault(method="PATCH", reset=True)
    with pytest.raises((ConnectionResetError, http.client.IncompleteRead)):
        patch(stand_in, scale)
    assert replicas(stand_in) == 3


@pytest.mark.parametrize("processed", [False, True])
def test_no_answer(stand_in, scale, processed):
    stand_in.fault(method="PATCH", hang=True, processed=processed)
    connection = http.client.HTTPConnection("127.0.0.1", stand_in.port, timeout=0.5)
    connection.request("PATCH", scale, '{"spec": {"replicas": 3}}', {"Content-Type": MERGE_PATCH})
    with pytest.raises(TimeoutError):
        connection.getresponse()
    connection.close()
    wait_until(lambda: stand_in.requests("PATCH"), "it was asked")
    wait_until(lambda: replicas(stand_in) == (3 if processed else 2), "it is as it should be")


def test_faults_can_be_taken_back(stand_in, scale):
    stand_in.fault(status=500, times=0)
    assert [stand_in.api.request("GET", scale).status for _ in range(3)] == [500] * 3
    stand_in.clear_faults()
    assert stand_in.api.request("GET", scale).status == 200


def test_it_tells_what_was_asked(stand_in, scale):
    stand_in.forget_requests()
    patch(stand_in, scale)
    stand_in.fault(status=503)
    stand_in.api.request("GET", scale)
    seen = stand_in.requests()
    assert [(one["method"], one["path"], one["status"]) for one in seen] == [
        ("PATCH", scale, 200), ("GET", scale, 503)]
    assert seen[0]["connection"] != seen[1]["connection"]
    assert stand_in.requests("GET") == seen[1:]
