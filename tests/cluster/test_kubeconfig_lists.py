"""What is read from $KUBECONFIG equals what kubectl reads from it."""

import base64
import json
import os
import random
import subprocess

import pytest
import yaml

from programs.scalehook import root

V1 = "client.authentication.k8s.io/v1"


@pytest.fixture
def shown(tmp_path, monkeypatch, knows_uids):
    """A function: the list's files (name to content), and the list -> nothing, once compared."""
    monkeypatch.chdir(tmp_path)
    for name in ("KUBERNETES_SERVICE_HOST", "KUBERNETES_SERVICE_PORT"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HOME", str(tmp_path / "home"))

    def show(files, names):
        for name, content in files.items():
            path = tmp_path / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(content if isinstance(content, str) else yaml.safe_dump(content))
        monkeypatch.setenv("KUBECONFIG", ":".join(names))
        return compare(tmp_path, names, knows_uids)
    return show


def kubectl_view():
    done = subprocess.run(["kubectl", "config", "view", "--flatten", "--raw", "-o", "json"],
                          capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def ours(context=None, by=()):
    """(the access, why there is none); `by` is a command to run it by"""
    done = subprocess.run([*by, root() / "bin" / "kubeconfig-show",
                           *(["--context", context] if context else [])],
                          capture_output=True, text=True, timeout=60)
    assert done.returncode in (0, 1), done.stderr
    return (json.loads(done.stdout), None) if done.returncode == 0 else (None, done.stderr)


@pytest.fixture(scope="module")
def knows_uids(tmp_path_factory):
    """Whether this kubectl knows `as-uid`, as those from 1.22 on do."""
    file = tmp_path_factory.mktemp("probe") / "config"
    file.write_text("users: [{name: u, user: {as: a, as-uid: '7'}}]\n")
    done = subprocess.run(["kubectl", f"--kubeconfig={file}", "config", "view", "--raw"],
                          capture_output=True, text=True, check=True, timeout=60)
    return "as-uid" in done.stdout


def by_name(view, key, member):
    return {each["name"]: each[member] or {} for each in view[key] or []}


def compare(folder, names, knows_uids):
    """Fails at the first context that is not as kubectl has it; answers how many were compared."""
    view = kubectl_view()
    clusters, users = by_name(view, "clusters", "cluster"), by_name(view, "users", "user")
    contexts = by_name(view, "contexts", "context")
    for name, context in contexts.items():
        found, fault = ours(name)
        if context.get("cluster") not in clusters:
            assert f'names the cluster "{context.get("cluster", "")}"' in fault
            continue
        if context.get("user", "") not in {"", *users}:
            assert f'names the user "{context["user"]}"' in fault
            continue
        assert found, fault
        user = dict(users.get(context.get("user"), {}))
        cluster = dict(clusters[context["cluster"]])
        origin = origin_of(folder, names, context["user"]) if user else folder
        expected = {"cluster": as_ours_cluster(cluster), "user": as_ours_user(user, origin, cluster),
                    "namespace": context.get("namespace", "default")}
        found.pop("warnings")
        if not knows_uids:
            found["user"].pop("as-uid", None)
        assert found == expected, name
    if view["current-context"] in contexts:
        assert ours() == ours(view["current-context"])
    return len(contexts)


def origin_of(folder, names, user):
    """The folder of the first file that has the user: kubectl shows some paths unresolved."""
    for name in names:
        path = folder / name
        content = next(yaml.safe_load_all(path.read_text()), None) if path.is_file() else None
        if user in [each["name"] for each in (content or {}).get("users", [])]:
            return path.parent
    raise AssertionError(f"no file has the user {user}")


def decoded(members):
    return {key: base64.b64decode(value).decode() if key.endswith("-data") else value
            for key, value in members.items()}


def as_ours_cluster(cluster):
    return {key: value for key, value in decoded(cluster).items()
            if key not in ("extensions", "disable-compression")}


def as_ours_user(user, folder, cluster):
    user = decoded(user)
    if "tokenFile" in user:
        user["tokenFile"] = os.path.normpath(folder / user["tokenFile"])
    exec_ = user.get("exec")
    # Neither kubectl runs it beside these.
    if exec_ and any(key in user for key in ("token", "tokenFile", "username",
                                             "client-certificate-data")):
        del user["exec"]
    elif exec_:
        exec_.pop("interactiveMode", None)
        for key in ("args", "env"):
            exec_[key] = exec_[key] or []
        for variable in exec_["env"]:
            variable.setdefault("value", "")
        if "/" in exec_["command"]:
            exec_["command"] = os.path.normpath(folder / exec_["command"])
        config = [each["extension"] for each in cluster.get("extensions") or []
                  if each["name"] == "client.authentication.k8s.io/exec"]
        if exec_["provideClusterInfo"] and config:
            exec_["config"] = config[0]
    return user


def context(name, cluster, user=None, namespace=None):
    members = {"cluster": cluster, "user": user, "namespace": namespace}
    return {"name": name, "context": {key: value for key, value in members.items() if value}}


FIRST = {
    "apiVersion": "v1", "kind": "Config", "current-context": "prod",
    "clusters": [{"name": "one", "cluster": {
        "server": "https://one:6443", "certificate-authority": "pki/ca.crt",
        "tls-server-name": "kubernetes", "proxy-url": "socks5://user:pass@proxy:1080",
        "extensions": [{"name": "other", "extension": {"a": 1}}, {
            "name": "client.authentication.k8s.io/exec",
            "extension": {"audience": "x", "deep": [1, 2.5, True, None, "1", "true"]}}]}}],
    "users": [{"name": "admin", "user": {"client-certificate": "../pki/c.crt",
                                         "client-key": "c.key"}},
              {"name": "cloud", "user": {"exec": {
                  "apiVersion": V1, "command": "./bin/helper", "args": ["get", "--token"],
                  "env": [{"name": "A", "value": "b"}, {"name": "C", "value": ""}],
                  "installHint": "ask\nops", "interactiveMode": "Never",
                  "provideClusterInfo": True}}}],
    "contexts": [context("prod", "one", "cloud", "shop"), context("admin", "one", "admin"),
                 context("lost", "none", "admin"), context("nobody", "one")],
}
SECOND = {
    "current-context": "admin",
    "clusters": [{"name": "one", "cluster": {"server": "https://never"}},
                 {"name": "two", "cluster": {"server": "https://two", "insecure-skip-tls-verify": True,
                                             "unknown": "key"}}],
    "users": [{"name": "cloud", "user": {"token": "never"}},
              {"name": "robot", "user": {"token": "t", "tokenFile": "token", "as": "bob",
                                         "as-uid": "7", "as-groups": ["a", "b"],
                                         "as-user-extra": {"scopes": ["v", "w"], "none": []}}},
              {"name": "login", "user": {"username": "u", "password": "p:ä", "exec": {
                  "apiVersion": V1, "command": "aws", "interactiveMode": "Never"}}},
              {"name": "both", "user": {"token": "t", "exec": {"apiVersion": V1, "command": "aws",
                                                               "interactiveMode": "IfAvailable"}}}],
    "contexts": [context("prod", "two", "robot"), context("second", "two", "robot"),
                 context("mixed", "two", "cloud"), context("both", "two", "both"),
                 context("login", "two", "login"),
                 context("gone", "two", "nobody")],
}
FILES = {"a/config": FIRST, "a/pki/ca.crt": "authority", "pki/c.crt": "certificate", "a/c.key": "key",
         "b/config": SECOND, "b/token": "from the file", "empty": "", "comment": "# nothing\n",
         "null": "null\n", "current": "current-context: second\n", "documents":
         "current-context: mixed\n---\ncurrent-context: second\n"}


@pytest.mark.parametrize("names, contexts", [
    (["a/config"], 4),
    (["a/config", "b/config"], 9),
    (["b/config", "a/config"], 9),
    (["", "missing", "empty", "a/config", "a/config", "comment", "b/config", "null"], 9),
    (["current", "a/config", "b/config"], 9),
    (["documents", "b/config"], 6),
])
def test_a_list_is_read_as_kubectl_reads_it(shown, names, contexts):
    assert shown(FILES, names) == contexts


def test_of_a_key_that_stands_twice_the_last_counts(shown):
    assert shown({"config": """
clusters: [{name: c, cluster: {server: "https://one", server: "https://two"}}]
users: [{name: u, user: {token: one, token: two}}]
contexts: [{name: never, context: {cluster: c}}]
contexts: [{name: c, context: {cluster: c, user: u}}]
"""}, ["config"]) == 1
    found, _ = ours("c")
    assert found["user"] == {"token": "two"} and len(found["warnings"]) == 3


@pytest.mark.parametrize("seed", range(8))
def test_generated_lists(shown, seed):
    chance = random.Random(seed)
    files = {f"{place}/{name}": f"{place} {name}" for place in ("x", "x/y", "z")
             for name in ("ca.crt", "c.crt", "c.key")}

    def some(**members):
        return {key.replace("_", "-"): value for key, value in members.items()
                if chance.random() < 0.5}

    def pem(key, file):
        data = base64.b64encode(f"data {chance.random()}".encode()).decode()
        return {f"{key}-data": data} if chance.random() < 0.5 else {key: file}

    def cluster():
        members = {"server": f"https://host-{chance.randrange(99)}:6443",
                   **some(tls_server_name="other", proxy_url="http://proxy:3128")}
        return {**members, **(pem("certificate-authority", "ca.crt") if chance.random() < 0.7 else
                              {"insecure-skip-tls-verify": True})}

    def user():
        kind = chance.choice(["token", "tokenFile", "certificate", "exec", "nothing"])
        members = some(as_uid="5", as_groups=["g"], as_user_extra={"k": ["v"]})
        members = {"as": f"user-{chance.randrange(9)}", **members} if members else {}
        if kind == "certificate":
            members.update(pem("client-certificate", "c.crt"), **pem("client-key", "./c.key"))
        elif kind == "exec":
            members["exec"] = {"apiVersion": V1, "interactiveMode": "Never",
                               "command": chance.choice(["aws", "../aws", "/bin/aws", "a/../b"]),
                               **some(args=["a"], provideClusterInfo=True, installHint="x")}
        elif kind != "nothing":
            members[kind] = chance.choice(["one", "../two", "/three"])
        return members

    for place in ("x", "x/y", "z"):
        def pick(prefix, count):
            return [f"{prefix}{number}" for number in chance.sample(range(5), count)]
        files[f"{place}/config"] = {
            **some(current_context=f"context{chance.randrange(5)}"),
            "clusters": [{"name": name, "cluster": cluster()} for name in pick("cluster", 3)],
            "users": [{"name": name, "user": user()} for name in pick("user", 3)],
            "contexts": [context(name, f"cluster{chance.randrange(5)}", f"user{chance.randrange(5)}",
                                 chance.choice([None, "shop"])) for name in pick("context", 4)]}
    names = [f"{place}/config" for place in chance.sample(["x", "x/y", "z"], 3)]
    names.insert(chance.randrange(4), "missing")
    assert shown(files, names) >= 4


@pytest.mark.parametrize("content, said", [
    ("kind: Pod\n", ':1:7: not a kubeconfig: `kind` is "Pod"'),
    ("apiVersion: v2\n", ":1:13: not a kubeconfig"),
    ("- a\n", ":1:1: not a kubeconfig"),
    ("clusters: {}\n", ":1:11: `clusters` must be a list"),
    ("users: [{name: u}, {name: u}]\n", ':1:20: the name "u" stands twice'),
    ("clusters: [\n", ":2:1: not YAML"),
    (None, "it is a directory"),
])
def test_what_kubectl_refuses_is_refused_with_its_place(tmp_path, monkeypatch, content, said):
    file = tmp_path / "config"
    file.mkdir() if content is None else file.write_text(content)
    monkeypatch.setenv("KUBECONFIG", f"{tmp_path / 'missing'}:{file}")
    done = subprocess.run(["kubectl", "config", "view"], capture_output=True, text=True, timeout=60)
    assert done.returncode != 0, "kubectl takes it"
    found, fault = ours()
    assert found is None and str(file) in fault and said in fault


def test_an_unreadable_file_of_a_list_is_refused_and_not_passed_over(tmp_path, monkeypatch):
    for name in ("a", "b"):
        (tmp_path / name).write_text(yaml.safe_dump(SECOND))
    (tmp_path / "a").chmod(0)
    monkeypatch.setenv("KUBECONFIG", f"{tmp_path / 'a'}:{tmp_path / 'b'}")
    # Root reads everything, unless it gives that up.
    by = ["setpriv", "--bounding-set=-dac_override,-dac_read_search"] if os.getuid() == 0 else []
    assert subprocess.run([*by, "kubectl", "config", "view"], capture_output=True,
                          timeout=60).returncode != 0, "kubectl takes it"
    found, fault = ours(by=by)
    assert found is None
    assert fault == (f"{tmp_path / 'a'}: cannot read the kubeconfig: Permission denied; name a file "
                     "that the daemon's user may read\n")
