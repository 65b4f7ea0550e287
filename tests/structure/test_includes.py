"""Dependencies point one way: reads every #include of ours and holds it against the arrows."""

import pathlib
import re

import pytest

TOP = pathlib.Path(__file__).resolve().parents[2]

# A folder may include what stands in later rows. Folders in one row never include each other.
ROWS = [
    ["main"],
    ["app"],
    ["api", "explain", "lint", "simulate"],
    ["http", "dispatch"],
    ["journal", "plugin"],
    ["config"],
    ["rules", "scaling", "upstream"],
    ["alert", "promql"],
]
ROW_OF = {folder: row for row, folders in enumerate(ROWS) for folder in folders}
# A leaf that includes nothing of ours, and that these do not include: they are pure.
LEAF = "telemetry"
PURE = {"alert", "promql", "rules", "scaling"}

# What these may include, though more stands in the rows below theirs.
ONLY = {"lint": {"config", "rules", "scaling", "alert", "promql"}}

SOURCES = ("*.cpp", "*.hpp", "*.c", "*.h")
# Beast and Asio are known in core/http, SQLite in core/journal, and so on, and nowhere else.
CONFINED = {
    r"boost/(beast|asio)": "core/http",
    r"sqlite3\.h": "core/journal",
    r"curl/": "core/upstream",
    r"prometheus/": "core/telemetry",
    r"yaml-cpp/": "core/config",
    r"boost/dll": "core/plugin",
    r"CLI/": "core/main.cpp",
    r"zlib\.h": "core/simulate",
}


def sources(folder):
    return sorted(path for pattern in SOURCES for path in (TOP / folder).rglob(pattern))


def includes(path):
    """The (line number, included file) of a source."""
    for number, line in enumerate(path.read_text().splitlines(), 1):
        found = re.match(r'\s*#\s*include\s*[<"]([^>"]+)[>"]', line)
        if found:
            yield number, found.group(1)


def folder_of(path):
    parts = path.relative_to(TOP / "core").parts
    return parts[0] if len(parts) > 1 else pathlib.Path(parts[0]).stem


def place(path, number):
    return f"{path.relative_to(TOP)}:{number}"


def allowed(source, included):
    if included == source:
        return True
    if source == LEAF:
        return False
    if included == LEAF:
        return source not in PURE
    if source in ONLY:
        return included in ONLY[source]
    return ROW_OF[included] > ROW_OF[source]


def test_core_includes_point_one_way():
    seen = 0
    wrong = []
    for path in sources("core"):
        source = folder_of(path)
        assert source == LEAF or source in ROW_OF, f"core/{source} has no place among the arrows"
        for number, included in includes(path):
            assert ".." not in included, f"{place(path, number)}: name files from the top"
            if not included.startswith("core/"):
                continue
            seen += 1
            if not allowed(source, included.split("/")[1]):
                wrong.append(f"{place(path, number)}: {source} may not include {included}")
    assert seen > 50, "the includes were not found"
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize("folder", ["sdk", "plugins"])
def test_sdk_and_plugins_know_nothing_of_core(folder):
    assert sources(folder)
    wrong = [
        place(path, number)
        for path in sources(folder)
        for number, included in includes(path)
        if included.startswith("core/") or "../core" in included
    ]
    assert not wrong, wrong


# What a plugin may include of the others.
SHARED = dict.fromkeys(["k8s_deployment", "k8s_statefulset", "k8s_scale"], "kubernetes")


def test_plugins_know_nothing_of_each_other():
    wrong = []
    for path in sources("plugins"):
        own = path.relative_to(TOP / "plugins").parts[0]
        for number, included in includes(path):
            assert ".." not in included, f"{place(path, number)}: name files from the top"
            if included.startswith("plugins/") and \
                    included.split("/")[1] not in (own, SHARED.get(own)):
                wrong.append(f"{place(path, number)}: {included}")
    assert not wrong, wrong


# The floors of plugins/kubernetes, from the top: each may include those below.
KUBERNETES = ["kubernetes", "transport", "access"]


def test_kubernetes_knows_its_floors():
    seen = set()
    wrong = []
    for path in sources("plugins/kubernetes"):
        own = KUBERNETES.index(path.parent.name)
        for number, included in includes(path):
            if included.startswith("plugins/kubernetes/"):
                seen.add((own, other := KUBERNETES.index(included.split("/")[-2])))
                if other < own:
                    wrong.append(f"{place(path, number)}: {included}")
    assert {(0, 1), (1, 2)} <= seen, "the includes were not found"
    assert not wrong, wrong


def test_sdk_headers_need_no_library():
    allowed_in_sdk = re.compile(r"^(scalehook/.*|std[a-z]+\.h|[a-z_]+|(sys/)?[a-z]+\.h)$")
    wrong = [
        f"{place(path, number)}: {included}"
        for path in sources("sdk/include")
        for number, included in includes(path)
        if not allowed_in_sdk.match(included)
    ]
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize("library, home", CONFINED.items())
def test_libraries_stay_where_they_belong(library, home):
    users = [
        place(path, number)
        for path in sources("core")
        for number, included in includes(path)
        if re.match(library, included)
    ]
    assert users, f"nobody includes {library}"
    wrong = [user for user in users if not user.startswith(home)]
    assert not wrong, wrong


def test_public_faces_show_no_web_library():
    for number, included in includes(TOP / "core/http/server.hpp"):
        assert not re.match(r"boost/(beast|asio)", included), number
