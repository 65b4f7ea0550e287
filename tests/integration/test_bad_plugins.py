"""Bad plugins in a running daemon: it goes on, and its message tells."""

import shutil

import pytest

from programs.kube_api import workload
from programs.process import wait_until
from programs.scalehook import Scalehook, plugins, root

BAD = root() / "tests" / "plugin" / "bad" / "bad"


def notification(**labels):
    return {"version": "4", "alerts": [{
        "status": "firing", "labels": {"alertname": "Busy", **labels}, "annotations": {},
        "startsAt": "2026-11-23T16:06:10.585Z", "endsAt": "0001-01-01T00:00:00Z"}]}


def config(folder, scaler="", rule=""):
    return f"""
plugins: {{directories: [{plugins()}, {folder}]}}
scalers:
  - {{name: deployment, plugin: k8s-deployment}}
{scaler}
rules:
{rule}
  - name: good
    matchers: ['for="good"']
    target: {{scaler: deployment, namespace: default, name: test}}
    action: scale-out
"""


@pytest.fixture
def folder(tmp_path):
    made = tmp_path / "plugins"
    made.mkdir(mode=0o755)
    return made


def scales(scalehook, stand_in):
    """The good plugin still does its work."""
    before = stand_in.api.replicas("Deployment", "default", "test")
    assert scalehook.post("/hpa", notification(**{"for": "good"})).status == 200
    wait_until(lambda: stand_in.api.replicas("Deployment", "default", "test") == before + 1,
               "the good target is scaled")


@pytest.mark.parametrize("plugin, said", [
    ("no-symbol", "scalehook_plugin_v1"),
    ("other-major", "interface"),
    ("throws-from-entry", "throws-from-entry.so"),
    ("wrong-magic", "wrong-magic.so"),
    ("text", "text.so"),
])
def test_a_file_that_is_no_fitting_plugin_is_refused_and_told(stand_in, folder, tmp_path, plugin,
                                                              said):
    stand_in.api.create(workload("Deployment", "test", replicas=2), "default")
    file = folder / f"{plugin}.so"
    if plugin == "text":
        file.write_text("not a plugin at all", encoding="utf-8")
    else:
        shutil.copy(BAD / file.name, file)
    with Scalehook(tmp_path / "scalehook", config(folder),
                   env={"KUBECONFIG": str(stand_in.kubeconfig)}) as scalehook:
        refused = [line for line in scalehook.log().splitlines() if "plugin refused" in line]
        assert len(refused) == 1
        assert str(file) in refused[0] and said in refused[0]
        scales(scalehook, stand_in)


@pytest.mark.parametrize("plugin, target, reason, said", [
    ("throws-from-calls", "", "failed", "vector::at"),
    ("garbage", ", answer: nothing", "failed", "replicas"),
    ("garbage", ", answer: negative", "failed", "-3"),
    ("garbage", ", answer: hold", "failed", "sideways"),
])
def test_a_plugin_that_misbehaves_costs_its_own_target_only(stand_in, folder, tmp_path, plugin,
                                                            target, reason, said):
    stand_in.api.create(workload("Deployment", "test", replicas=2), "default")
    shutil.copy(BAD / f"{plugin}.so", folder)
    text = config(folder, "  - {name: strange, plugin: bad}", f"""
  - name: bad
    matchers: ['for="bad"']
    target: {{scaler: strange{target}}}
    action: scale-out
""")
    with Scalehook(tmp_path / "scalehook", text,
                   env={"KUBECONFIG": str(stand_in.kubeconfig)}) as scalehook:
        for _ in range(3):
            assert scalehook.post("/hpa", notification(**{"for": "bad"})).status == 200
        wait_until(lambda: scalehook.metric("scalehook_decisions_total", reason=reason) >= 1,
                   "the bad target is decided")
        wait_until(lambda: said in scalehook.log(), "the log tells")
        scales(scalehook, stand_in)


def test_a_plugin_that_throws_from_its_constructor_stops_the_start_with_a_message(
        stand_in, folder, tmp_path):
    shutil.copy(BAD / "throws-from-create.so", folder)
    scalehook = Scalehook(tmp_path / "scalehook",
                          config(folder, "  - {name: strange, plugin: bad}"),
                          env={"KUBECONFIG": str(stand_in.kubeconfig)}, wait=False)
    assert wait_until(lambda: scalehook.process.returncode is not None, "it has ended")
    assert scalehook.process.returncode == 1
    assert "strange" in scalehook.log() and "scalehook.yml:5:" in scalehook.log()
