"""`scalehook explain` and the records behind it, asked of the daemon and of its storage folder."""

import json
import subprocess

import pytest

from programs.kube_api import workload
from programs.process import wait_until
from programs.scalehook import Scalehook, binary


AT_ONCE = "defaults: {cooldown: {out: 0s, in: 0s}, scale_in: {stabilization: 0s}}"


def alert(deployment, status="firing", action="scale-out", **labels):
    return {"status": status,
            "labels": {"alertname": "TooManyTasks", "trigger": "hpa", "action": action,
                       "namespace": "default", "deployment": deployment, **labels},
            "annotations": {"value": "45", "summary": "Tasks wait"},
            "startsAt": "2026-11-23T16:06:10.585Z",
            "endsAt": "2026-11-23T17:06:10.585Z" if status == "resolved" else "0001-01-01T00:00:00Z"}


class Told:
    """The daemon, and how many decisions it has been brought to."""

    def __init__(self, scalehook):
        self.scalehook, self.count = scalehook, 0

    def alert(self, *arguments, **labels):
        answer = self.scalehook.post("/hpa", {"version": "4",
                                              "alerts": [alert(*arguments, **labels)]})
        assert answer.status == 200
        self.count += 1
        wait_until(lambda: len(self.decisions()) >= self.count, f"{self.count} records")

    def decisions(self, query=""):
        answer = self.scalehook.get("/api/v1/decisions" + query)
        assert answer.status == 200, answer.text
        return answer.json()["decisions"]


@pytest.fixture
def told(stand_in, tmp_path):
    stand_in.api.create(workload("Deployment", "checkout", replicas=2), "default")
    stand_in.api.create(workload("Deployment", "off", replicas=0), "default")
    with Scalehook(tmp_path / "scalehook", AT_ONCE,
                   env={"KUBECONFIG": str(stand_in.kubeconfig)}) as scalehook:
        told = Told(scalehook)
        told.alert("checkout", severity="page")
        for _ in range(3):
            told.alert("checkout", severity="page")
        told.alert("off")
        told.alert("checkout", action="scaleout")
        told.alert("checkout", status="resolved", severity="page")
        yield told


def explain(*arguments, code=0):
    done = subprocess.run([binary(), "explain", *arguments], capture_output=True, text=True,
                          timeout=60, env={"TZ": "UTC", "NO_PROXY": "*"})
    assert done.returncode == code, done.stdout + done.stderr
    return done.stderr if code else done.stdout


def test_it_tells_the_story_of_a_workload_newest_first(told):
    story = explain("checkout", "--url", told.scalehook.url)
    assert story.startswith("deployment default/checkout: 2 replicas when last looked at. "
                            "6 decisions since ")
    places = [story.index(part) for part in
              ("scaled in from 3 to 2 replicas", "resolved on Mon 23 Nov 2026 at 17:06:10",
               "an alert came to no workload", '"scaleout"',
               "nothing was done; it keeps its 3 replicas", "3 times between",
               "scaled out from 2 to 3 replicas")]
    assert places == sorted(places)
    assert 'Alert "TooManyTasks" was firing since Mon 23 Nov 2026, 16:06:10 with the value' in story
    assert "severity: page" in story
    assert "default/off" not in story


def test_the_daemon_and_its_folder_tell_the_same(told):
    scalehook = told.scalehook
    from_daemon = explain("--url", scalehook.url)
    assert explain("--storage.path", scalehook.storage) == from_daemon
    as_json = explain("--url", scalehook.url, "--format", "json")
    assert json.loads(as_json)["decisions"] == told.decisions()
    scalehook.stop()
    assert explain("--storage.path", scalehook.storage) == from_daemon
    assert explain("--storage.path", scalehook.storage, "--format", "json") == as_json
    said = explain("--url", scalehook.url, code=1)
    assert scalehook.address in said and "--url" in said


def test_after_a_crash_the_folder_is_read_all_the_same(told):
    told.scalehook.kill()
    assert "scaled out from 2 to 3" in explain("checkout", "--storage.path", told.scalehook.storage)


@pytest.mark.parametrize("name, said", [
    ("default/off", None), ("deployment/off", None), ("deployment default/off", None),
    ("default/", "may mean any of"), ("elsewhere", "nothing is known")])
def test_a_part_of_the_name_will_do(told, name, said):
    answer = explain(name, "--url", told.scalehook.url, code=1 if said else 0)
    if said:
        assert said in answer
        assert "deployment default/checkout" in answer and "deployment default/off" in answer
    else:
        assert answer.startswith("deployment default/off: 0 replicas")
        assert "switched it off" in answer


def test_a_workload_that_no_alert_could_reach_is_explained_too(told):
    told.alert("ghost", action="scaleout")
    story = explain("default/ghost", "--url", told.scalehook.url)
    assert story.startswith("default/ghost. 1 decision since ")
    assert "an alert came to no workload" in story and '"scaleout"' in story


def test_limits(told):
    url = told.scalehook.url
    assert "newest 2 decisions" in explain("checkout", "--limit", "2", "--url", url)
    later = explain("off", "--since", "2100-01-01T00:00:00Z", "--url", url)
    assert "since Fri 01 Jan 2100" in later
    assert "switched it off" in later, "the last one before is told"
    assert "--since" in explain("off", "--since", "soon", "--url", url, code=1)


def test_a_folder_without_a_journal_is_told(tmp_path):
    said = explain("--storage.path", tmp_path, code=1)
    assert str(tmp_path) in said and "no journal" in said


def test_decisions_over_the_web(told):
    get = told.scalehook.get
    targets = [target["target"] for target in get("/api/v1/targets").json()["targets"]]
    assert targets == ["deployment default/checkout", "deployment default/off"]
    off = told.decisions("?target=deployment+default%2Foff")
    assert [record["reason"] for record in off] == ["zero"]
    assert len(told.decisions("?limit=3")) == 3
    assert told.decisions("?since=2100-01-01T00:00:00Z") == []
    assert len(told.decisions("?since=1h")) == told.count
    strayed = told.decisions("?target=")
    assert [record["reason"] for record in strayed] == ["bad-action"]
    for query in ("?limit=0", "?limit=20000", "?since=yesterday", "?nonsense=1"):
        answer = get("/api/v1/decisions" + query)
        assert answer.status == 400
        assert answer.json()["error"]
