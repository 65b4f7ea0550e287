"""What the documents say is so: their configurations, links, paths, command lines and metrics."""

import pathlib
import re
import subprocess

import pytest
import yaml

from programs.scalehook import binary, plugins, root

TOP = pathlib.Path(__file__).resolve().parents[2]
PAGES = [TOP / "README.md", *sorted((TOP / "docs").glob("*.md")), TOP / "sdk/template/README.md"]
TEXTS = {page: page.read_text(encoding="utf-8") for page in PAGES}
BLOCK = re.compile(r"^```(\w*)\n(.*?)^```", re.MULTILINE | re.DOTALL)


def blocks(language):
    """Each block of this language, as (page, number of its first line, text)."""
    return [(page, text[:block.start(2)].count("\n") + 1, block.group(2))
            for page, text in TEXTS.items() for block in BLOCK.finditer(text)
            if block.group(1) == language]


def prose(page):
    return BLOCK.sub("", TEXTS[page])


def run(*command):
    return subprocess.run([str(word) for word in command], capture_output=True, text=True,
                          timeout=60, env={"HOME": "/nonexistent", "PATH": "/usr/bin:/bin"})


def check_config(file, text):
    """With the plugins that come along, and the template's; what their settings name is not here."""
    folders = f"plugins: {{directories: [{plugins()}, {root()}/lib/scalehook/test-plugins]}}\n"
    file.write_text(text + folders, encoding="utf-8")
    return run(binary(), "check-config", "--syntax-only", file)


def program_for(text):
    """Which program reads this YAML, by its keys."""
    keys = yaml.safe_load(text)
    if "groups" in keys:
        return "prometheus"
    if "route" in keys:
        return "alertmanager"
    return "kubernetes" if "apiGroups" in keys.get("rules", [{}])[0] else "scalehook"


@pytest.mark.parametrize("page, line, text", blocks("yaml"),
                         ids=[f"{page.name}:{line}" for page, line, _ in blocks("yaml")])
def test_every_configuration_is_taken_by_the_program_it_is_for(tmp_path, page, line, text):
    file = tmp_path / f"{page.stem}-{line}.yml"
    file.write_text(text, encoding="utf-8")
    program = program_for(text)
    if program == "scalehook":
        done = check_config(file, text)
    elif program == "prometheus":
        done = run("promtool", "check", "rules", file)
    elif program == "alertmanager":
        done = run("amtool", "check-config", file)
    else:  # rules of a ClusterRole, whose lists are in part the reader's to fill
        assert all(rule.keys() <= {"apiGroups", "resources", "verbs", "resourceNames"}
                   for rule in yaml.safe_load(text)["rules"])
        return
    assert done.returncode == 0, done.stdout + done.stderr


def test_each_program_is_asked():
    assert {program_for(text) for _, _, text in blocks("yaml")} == {
        "scalehook", "prometheus", "alertmanager", "kubernetes"}


def test_the_configuration_that_is_installed_is_right_with_and_without_its_comments(tmp_path):
    text = (TOP / "packaging/config/scalehook.yml").read_text(encoding="utf-8")
    assert check_config(tmp_path / "as-it-is.yml", text).returncode == 0
    # The head is prose; after it a comment is a line to use.
    head, _, body = text.partition("\n\n")
    assert head and all(line.startswith("#") for line in head.splitlines())
    used = re.sub(r"^# ", "", body, flags=re.MULTILINE)
    assert len(yaml.safe_load(used)) > 3
    done = check_config(tmp_path / "used.yml", used)
    assert done.returncode == 0, done.stderr


def anchors(page):
    """Of its headings, as GitHub makes them."""
    headings = re.findall(r"^#+ (.*)$", prose(page), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_lead_somewhere(page):
    for target in re.findall(r"\]\(([^)\s]+)\)", prose(page)):
        if re.match(r"https?:", target):
            continue
        path, _, anchor = target.partition("#")
        file = (page.parent / path).resolve() if path else page
        assert file.is_file(), target
        assert not anchor or anchor in anchors(file), target


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_files_that_are_named_are_there(page):
    top = "|".join(sorted(path.name for path in TOP.iterdir() if path.is_dir()))
    for path in re.findall(rf"(?<![\w/.-])(?:{top})/[\w./-]*", TEXTS[page]):
        if not path.startswith("build/"):
            assert (TOP / path.rstrip(".")).exists(), path


def command_lines():
    """The lines of the pages that call scalehook, with those that continue them."""
    joined = {page: re.sub(r"\\\n\s*", "", text) for page, text in TEXTS.items()}
    return [(page, line) for page, text in joined.items()
            for line in re.findall(r"(?:^ {4}|`)(scalehook [a-z][^`\n]*)", text, re.MULTILINE)]


def test_command_lines_are_taken():
    """As far as --help tells: the subcommand is there, and has the flags."""
    lines = command_lines()
    assert len(lines) > 5
    for page, line in lines:
        command = line.split()[1]
        told = run(binary(), command, "--help")
        assert re.search(rf"^Usage: \S* {command} ", told.stdout, re.MULTILINE), (page.name, line)
        known = set(re.findall(r"--[\w.-]+", told.stdout))
        assert set(re.findall(r"(?<!\w)--[\w.-]+", line)) <= known, (page.name, line)


def test_flags_that_are_spoken_of_are_there():
    known = {"--prefix"}  # CMake's
    for command in ("serve", "check-config", "check-rules", "explain", "pause", "resume", "simulate"):
        known |= set(re.findall(r"--[\w.-]+", run(binary(), command, "--help").stdout))
    for page in PAGES:
        spoken_of = set(re.findall(r"`(--[\w.-]+)", prose(page)))
        assert spoken_of <= known, page.name


def test_metrics_that_are_spoken_of_are_in_the_readmes_table():
    """The table itself is held against the daemon's in test_daemon.py."""
    table = set(re.findall(r"^\| `(scalehook_[a-z_]+)", TEXTS[TOP / "README.md"], re.MULTILINE))
    for page in PAGES:
        spoken_of = set(re.findall(r"scalehook_[a-z_]+_(?:total|seconds|length|open|stuck)",
                                   TEXTS[page]))
        assert spoken_of <= table, page.name


@pytest.mark.parametrize("words, said", [
    (["serv"], "not expected: serv"),
    (["--config.file", "x.yml"], "not expected: "),
    ([], "A subcommand is required"),
    (["serve", "explain"], "not expected: explain"),
])
def test_a_wrong_command_line_is_told_what_is_wrong(words, said):
    done = run(binary(), *words)
    assert (done.returncode, done.stdout) == (2, "")
    assert said in done.stderr
