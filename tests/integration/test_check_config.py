"""scalehook check-config, with the plugins that come along."""

import json
import pathlib
import subprocess

import pytest

from programs.scalehook import binary, plugins

BAD = pathlib.Path(__file__).parents[1] / "config" / "bad"


def check(*words):
    return subprocess.run([binary(), "check-config", *words], capture_output=True, text=True,
                          timeout=60, env={"HOME": "/nonexistent"})


@pytest.mark.parametrize("file", sorted(BAD.glob("*.yml")), ids=lambda file: file.stem)
def test_every_mistake_is_told_with_its_place(file):
    done = check(file)
    assert done.returncode == 1
    expected = file.with_suffix(".expected").read_text(encoding="utf-8")
    assert done.stderr == expected.replace(file.name + ":", f"{file}:")
    assert done.stdout == ""


def test_only_notifiers_that_tell_of_several_events_in_one_wait_for_more(tmp_path):
    file = tmp_path / "scalehook.yml"
    file.write_text("notifiers:\n- {name: log, plugin: log, group_wait: 30s}\n", encoding="utf-8")
    done = check(file)
    assert done.returncode == 1
    assert done.stderr == (
        f'{file}:2:40: /notifiers/0/group_wait: plugin "log" tells of one event at a time; '
        "leave it out\n")
    file.write_text("notifiers:\n- {name: log, plugin: log, group_wait: 0s}\n", encoding="utf-8")
    assert "group_wait" not in check(file).stderr


def test_settings_and_targets_are_held_against_the_plugins_schemas(tmp_path):
    file = tmp_path / "scalehook.yml"
    file.write_text("""\
scalers:
  - {name: d, plugin: k8s-deployment, settings: {kubeconfg: /etc/k, events: 3}}
  - {name: m, plugin: email}
  - {name: x, plugin: k8s-replicaset}
notifiers:
  - name: ops
    plugin: email
    settings: {smarthost: mail, from: a@example.org, password: secret}
rules:
  - name: r
    matchers: ['a="b"']
    target: {scaler: d, namespace: Not_A_Namespace, deployment: "${deployment}"}
    action: scale-out
""", encoding="utf-8")
    done = check(file)
    assert done.returncode == 1
    said = [line.removeprefix(f"{file}:") for line in done.stderr.splitlines()]
    expected = [
        ("2:", "kubeconfg", 'did you mean "kubeconfig"'),
        ("2:", "/scalers/0/settings/events", "boolean"),
        ("3:", "/scalers/1/plugin", "is no scaler"),
        ("4:", "/scalers/2/plugin", '"k8s-replicaset"', "k8s-statefulset"),
        ("8:", "/notifiers/0/settings", '"to"'),
        ("8:", "smarthost"),
        ("8:", "password"),
        ("12:", "/rules/0/target", '"name"'),
        ("12:", "/rules/0/target/namespace"),
        ("12:", "/rules/0/target/deployment"),
    ]
    for place, *words in expected:
        assert any(line.startswith(place) and all(word in line for word in words)
                   for line in said), (place, words, said)
    assert len(said) == len(expected), said


def test_an_unknown_setting_is_where_its_name_stands(tmp_path):
    file = tmp_path / "scalehook.yml"
    file.write_text("""\
scalers:
  - name: d
    plugin: k8s-deployment
    settings:
      kubeconfg:

        - a
rules:
  - {name: r, matchers: ['a="b"'], target: {scaler: d, name: x, deployment: y}, action: scale-out}
""", encoding="utf-8")
    said = [line.removeprefix(f"{file}:") for line in check(file).stderr.splitlines()]
    assert [line.partition(" ")[0] for line in said] == ["5:7:", "9:65:"], said


def test_what_is_right_is_summed_up(tmp_path):
    file = tmp_path / "scalehook.yml"
    file.write_text("rules: [{name: r, matchers: ['a=b'], target: {scaler: deployment, name: x}, "
                    "action: scale-in}]\n", encoding="utf-8")
    done = check("--syntax-only", file)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == f"{file}: 1 rule, 2 scalers, 1 notifier\n"


def test_several_files_are_all_checked(tmp_path):
    right = tmp_path / "right.yml"
    right.write_text("", encoding="utf-8")
    done = check("--syntax-only", BAD / "key-twice.yml", right, tmp_path / "missing.yml")
    assert done.returncode == 1
    assert "right.yml: 1 rule" in done.stdout
    assert "key-twice.yml:" in done.stderr and "missing.yml:1:1:" in done.stderr


def test_plugins_that_are_refused_are_told(tmp_path):
    folder = tmp_path / "plugins"
    folder.mkdir()
    (folder / "broken.so").write_text("not a plugin", encoding="utf-8")
    file = tmp_path / "scalehook.yml"
    file.write_text(f"plugins: {{directories: [{plugins()}, {folder}]}}\n", encoding="utf-8")
    done = check("--syntax-only", file)
    assert done.returncode == 0
    assert str(folder / "broken.so") in done.stderr


def test_a_plugin_that_is_not_found_is_told_with_where_it_was_looked_for(tmp_path):
    folder = tmp_path / "plugins"
    folder.mkdir()
    for name in ("broken", "empty"):
        (folder / f"{name}.so").write_text("not a plugin", encoding="utf-8")
    file = tmp_path / "scalehook.yml"
    file.write_text(f"plugins: {{directories: [{folder}]}}\n"
                    "notifiers: [{name: n, plugin: broken}, {name: m, plugin: other}]\n",
                    encoding="utf-8")
    *of_the_defaults, broken, other = check(file).stderr.splitlines()
    assert len(of_the_defaults) == 2
    for line, plugin in zip(of_the_defaults, ("deployment", "statefulset")):
        assert line.startswith(f'{file}:1:1: there is no plugin "k8s-{plugin}" in {folder}; found: none')
        assert line.endswith(f'"{plugin}", which is there if none is written, needs it')
    assert f'{folder}/broken.so: is not an ELF file' in broken and "empty.so" not in broken
    assert f'"other" in {folder}; found: none; {folder}/broken.so: ' in other and "empty.so" in other


def test_the_daemon_tells_each_mistake_in_a_line_of_its_own(tmp_path):
    file = BAD / "eight-mistakes.yml"
    done = subprocess.run([binary(), "serve", "--config.file", file, "--storage.path", tmp_path,
                           "--log.format", "json"], capture_output=True, text=True, timeout=60)
    assert done.returncode == 1
    told = [json.loads(line)["explanation"] for line in done.stderr.splitlines()]
    assert told == check(file).stderr.splitlines() and len(told) == 8


def test_a_password_file_that_is_not_there_is_told_before_the_first_mail(tmp_path):
    file = tmp_path / "scalehook.yml"
    password = tmp_path / "password"
    file.write_text(f"""\
scalers: [{{name: d, plugin: k8s-deployment, settings: {{kubeconfig: {tmp_path}/kubeconfig}}}}]
notifiers:
  - name: ops
    plugin: email
    settings: {{smarthost: "localhost:25", from: a@example.org, to: [b@example.org], username: a,
               password_file: {password}}}
rules: [{{name: r, matchers: ['a=b'], target: {{scaler: d, name: x}}, action: scale-in}}]
""", encoding="utf-8")
    (tmp_path / "kubeconfig").write_text("""\
clusters: [{name: c, cluster: {server: "http://127.0.0.1:1"}}]
contexts: [{name: c, context: {cluster: c}}]
current-context: c
""", encoding="utf-8")
    done = check(file)
    assert done.returncode == 0, done.stderr
    assert f"/password_file {password} cannot be read" in done.stderr
    password.write_text("secret\n", encoding="utf-8")
    done = check(file)
    assert (done.returncode, "/password_file " in done.stderr) == (0, False), done.stderr


def test_what_the_daemon_would_refuse_is_told(tmp_path):
    file = tmp_path / "scalehook.yml"
    file.write_text(f"""\
scalers:
  - {{name: deployment, plugin: k8s-deployment, settings: {{kubeconfig: {tmp_path}/missing}}}}
notifiers:
  - name: ops
    plugin: email
    settings: {{smarthost: "localhost:25", from: not an address, to: []}}
rules: [{{name: r, matchers: ['a=b'], target: {{scaler: deployment, name: x}}, action: scale-in}}]
""", encoding="utf-8")
    done = check(file)
    assert done.returncode == 1
    lines = done.stderr.splitlines()
    assert len(lines) == 2, lines
    assert lines[0].startswith(f"{file}:2:5: ") and f"{tmp_path}/missing" in lines[0]
    assert lines[1].startswith(f"{file}:4:5: ") and "from" in lines[1]
    assert check("--syntax-only", file).returncode == 0
