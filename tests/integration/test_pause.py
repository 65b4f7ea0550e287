"""`scalehook pause` and `scalehook resume`, and the way over the web."""

import subprocess

import pytest

from programs.kube_api import workload
from programs.process import wait_until
from programs.scalehook import Scalehook, binary


@pytest.fixture
def start(stand_in, tmp_path):
    """Starts the daemon, over two workloads; again on the same folder."""
    for name in ("checkout", "cart"):
        stand_in.api.create(workload("Deployment", name, replicas=2), "default")
    return lambda: Scalehook(tmp_path / "scalehook", env={"KUBECONFIG": str(stand_in.kubeconfig)})


def fire(scalehook, name):
    answer = scalehook.post("/hpa", {"version": "4", "alerts": [{
        "status": "firing", "labels": {"alertname": "Busy", "trigger": "hpa", "action": "scale-out",
                                       "namespace": "default", "deployment": name},
        "annotations": {"value": "45"}, "startsAt": "2026-11-23T16:06:10Z",
        "endsAt": "0001-01-01T00:00:00Z"}]})
    assert answer.status == 200


def decided(scalehook, name, reason):
    query = f"/api/v1/decisions?target=deployment+default/{name}"
    wait_until(lambda: [record["reason"] for record in scalehook.get(query).json()["decisions"]][:1]
               == [reason], f"{name}: {reason}")


def run(scalehook, *arguments, code=0):
    done = subprocess.run([binary(), *arguments, "--url", scalehook.url], capture_output=True,
                          text=True, timeout=60, env={"TZ": "UTC", "NO_PROXY": "*"})
    assert done.returncode == code, done.stdout + done.stderr
    return done.stderr if code else done.stdout


def test_what_is_paused_waits_until_it_is_resumed(start):
    with start() as scalehook:
        said = run(scalehook, "pause", "--target", "deployment default/checkout", "--for", "2h",
                   "--comment", "sale")
        assert said.startswith("Paused deployment default/checkout until ")
        fire(scalehook, "checkout")
        fire(scalehook, "cart")
        decided(scalehook, "cart", "applied")
        decided(scalehook, "checkout", "paused")
        story = run(scalehook, "explain", "checkout")
        assert "Nothing was done because somebody has paused the scaling of it" in story
        assert "sale" in story
        assert run(scalehook, "resume", "--target", "checkout") == \
            "Resumed deployment default/checkout.\n"
        decided(scalehook, "checkout", "applied")
        assert scalehook.get("/api/v1/pauses").json() == {"pauses": []}


def test_a_pause_survives_a_restart(start):
    with start() as scalehook:
        assert run(scalehook, "pause", "--direction", "out") == \
            "Paused everything (scaling out) until it is resumed.\n"
        before = scalehook.get("/api/v1/pauses").json()["pauses"]
        assert [pause["direction"] for pause in before] == ["out"]
    with start() as scalehook:
        assert scalehook.get("/api/v1/pauses").json()["pauses"] == before
        fire(scalehook, "cart")
        decided(scalehook, "cart", "paused")
        assert run(scalehook, "resume") == "Resumed everything.\n"
        decided(scalehook, "cart", "applied")


def test_a_slip_pauses_nothing(start):
    with start() as scalehook:
        said = run(scalehook, "pause", "--target", "chekout", code=1)
        assert 'nothing is known of a workload "chekout"' in said
        assert "longer than 0" in run(scalehook, "pause", "--for", "0", code=1)
        said = run(scalehook, "pause", "--rule", "chekout", code=1)
        assert 'rule: there is no rule "chekout"; ' in said
        assert "there is no pause of rule" in run(scalehook, "resume", "--rule", "r", code=1)
        answer = scalehook.post("/api/v1/pause", {"targt": "x"})
        assert answer.status == 400 and "targt" in answer.text
        assert scalehook.get("/api/v1/pauses").json() == {"pauses": []}
