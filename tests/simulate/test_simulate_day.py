"""scalehook simulate as a user runs it, on a day of minutes and on small traces."""

import csv
import gzip
import io
import json
import pathlib
import subprocess
import xml.etree.ElementTree

import pytest

from programs.scalehook import binary

HERE = pathlib.Path(__file__).parent
DAY = HERE / "day.csv"
SVG = "{http://www.w3.org/2000/svg}"


def simulate(*words):
    return subprocess.run([binary(), "simulate", *words], capture_output=True, text=True,
                          timeout=60, env={"HOME": "/nonexistent"})


def day(*words):
    done = simulate("--config.file", HERE / "day.yml", "--input", DAY, "--rules.file",
                    HERE / "rules.yml", "--alert", "TooManyTasks", *words)
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout


def first_change():
    """When the metric has been above 30 for the ten minutes of `for`, and 30 s of group_wait."""
    rows = list(csv.DictReader(DAY.open(encoding="utf-8")))
    above = [float(row["app_active_task_count"]) > 30 for row in rows]
    minute = next(minute for minute in range(10, len(rows)) if all(above[minute - 10:minute + 1]))
    return rows[minute]["time"].replace(":00Z", ":30.000Z")


def test_a_day_goes_up_and_comes_back():
    told = json.loads(day("--format", "json"))
    workload, = told["workloads"]
    assert workload["target"] == "deployment shop/checkout"
    assert workload["replicas"][0] == {"time": "2026-03-02T00:00:00.000Z", "replicas": 2}
    assert workload["replicas"][1] == {"time": first_change(), "replicas": 4}
    assert workload["replicas"][-1]["replicas"] == 2
    assert (workload["least"], workload["most"]) == (2, 4)
    # What was decided is what was written.
    changed = [(row["time"], row["to"]) for row in told["decisions"] if row["changed"]]
    assert changed == [(row["time"], row["replicas"]) for row in workload["replicas"][1:]]
    first = told["decisions"][0]
    assert (first["alert"], first["from"], first["to"], first["reason"], first["rule"]) == \
        ("firing", 2, 4, "applied", "checkout-queue")
    assert all(row["reason"] and row["explanation"] for row in told["decisions"])
    assert [alert["status"] for alert in told["notifications"][0]["alerts"]] == ["firing"]
    assert [alert["status"] for alert in told["notifications"][-1]["alerts"]] == ["resolved"]


def test_the_table_and_the_csv_tell_the_same():
    told = json.loads(day("--format", "json"))["decisions"]
    rows = list(csv.DictReader(io.StringIO(day("--format", "csv"))))
    assert [(row["time"], row["from"], row["to"], row["reason"], row["explanation"])
            for row in rows] == \
        [(row["time"], str(row["from"]), str(row["to"]), row["reason"], row["explanation"])
         for row in told]
    table = day()
    for row in told:
        if row["changed"]:
            time = row["time"][:19].replace("T", " ")
            assert any(line.startswith(time) and f"{row['from']} → {row['to']}" in line
                       for line in table.splitlines()), row
    assert "2 to 4 replicas" in table


def test_without_a_name_all_alerts_are_played():
    done = simulate("--config.file", HERE / "day.yml", "--input", DAY, "--rules.file",
                    HERE / "rules.yml", "--format", "json")
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    assert told["alerts"] == [
        {"name": "TooManyTasks", "measure": "app_active_task_count", "condition": "> 30"},
        {"name": "NoTasks", "measure": "app_active_task_count", "condition": "< 1"}]
    assert [series["alert"] for series in told["series"]] == ["TooManyTasks", "NoTasks"]
    # The second one has no labels that a rule asks for.
    assert told["decisions"] == json.loads(day("--format", "json"))["decisions"]
    assert told["decisions"][0]["alerts"] == ["TooManyTasks"]


def test_a_gzipped_input_is_the_same(tmp_path):
    file = tmp_path / "day.csv.gz"
    file.write_bytes(gzip.compress(DAY.read_bytes()))
    done = simulate("--config.file", HERE / "day.yml", "--input", file, "--rules.file",
                    HERE / "rules.yml", "--alert", "TooManyTasks")
    assert (done.returncode, done.stdout) == (0, day()), done.stderr


def test_the_same_input_gives_the_same_output(tmp_path):
    def drawn(name):
        file = tmp_path / name
        return day("--format", "json", "--plot", file), file.read_bytes()
    assert drawn("one.svg") == drawn("two.svg")


def test_the_plot_is_an_svg_that_needs_nothing_else(tmp_path):
    file = tmp_path / "day.svg"
    day("--plot", file)
    root = xml.etree.ElementTree.parse(file).getroot()
    assert root.tag == SVG + "svg"
    texts = [element.text for element in root.iter(SVG + "text")]
    for text in ("TooManyTasks > 30", "deployment shop/checkout", "firing", "12:00"):
        assert text in texts
    assert not [name for element in root.iter() for name in element.attrib if "href" in name]
    assert "url(" not in file.read_text(encoding="utf-8")
    # Two replicas, then steps: each change is a horizontal and a vertical line.
    steps = [path.get("d") for path in root.iter(SVG + "path") if "V" in path.get("d")]
    changes = json.loads(day("--format", "json"))["workloads"][0]["replicas"][1:]
    assert [path.count("V") for path in steps] == [len(changes)]


def test_texts_in_the_plot_are_escaped(tmp_path):
    file = tmp_path / "odd.svg"
    name = '<script>&"\x01'
    trace = tmp_path / "trace.json"
    trace.write_text(json.dumps({"data": {"resultType": "matrix", "result": [
        {"metric": {"name": name + str(index)}, "values": [[0, "1"], [60, "40"], [120, "40"]]}
        for index in range(2)]}}), encoding="utf-8")
    done = simulate("--input", trace, "--threshold", "> 30", "--plot", file)
    assert done.returncode == 0, done.stderr
    root = xml.etree.ElementTree.parse(file).getroot()
    assert any("<script>&" in (element.text or "") for element in root.iter(SVG + "text"))


def test_a_gap_resolves_and_feedback_lowers(tmp_path):
    trace = tmp_path / "trace.csv"
    minutes = [*range(0, 10), *range(30, 40)]
    trace.write_text("".join(f"{60 * minute},40\n" for minute in minutes), encoding="utf-8")
    labels = [f"--label={label}" for label in
              ("trigger=hpa", "action=scale-out", "namespace=shop", "deployment=checkout")]

    def held(*words):
        done = simulate("--input", trace, "--threshold", "> 30", "--format", "json", *labels,
                        *words)
        assert done.returncode == 0, done.stderr
        told = json.loads(done.stdout)
        return told["series"][0]["seconds_held"], [
            alert["status"] for notification in told["notifications"]
            for alert in notification["alerts"]]
    # The last sample before the gap holds for five minutes; the last one of all for none.
    assert held() == (14 * 60 + 9 * 60, ["firing", "resolved", "firing"])
    assert held("--feedback")[0] < held()[0]


@pytest.mark.parametrize("words, said", [
    ((), "--input or --load is required"),
    (("--input", DAY), "--rules.file or --threshold"),
    (("--input", "/nonexistent", "--threshold", "> 3"), "/nonexistent: the file cannot be read"),
    (("--input", DAY, "--threshold", "30"), '--threshold: "30" is no comparison with a number'),
    (("--input", DAY, "--threshold", "> 3", "--for", "5"), '--for: "5" has no unit'),
    (("--input", DAY, "--threshold", "> 3", "--group-interval", "0s"), "must be above 0"),
    (("--input", DAY, "--threshold", "> 3", "--evaluation-interval", "0s"), "must be above 0"),
    (("--input", DAY, "--threshold", "> 3", "--label", "x"), '--label: "x" is no label'),
    (("--input", DAY, "--threshold", "> 3", "--replicas", "0", "--feedback"), "--feedback: needs"),
    (("--input", DAY, "--threshold", "> 3", "--rules.file", HERE / "rules.yml"), "excludes"),
    (("--input", DAY, "--rules.file", HERE / "rules.yml", "--alert", "Lazy"),
     'there is no alerting rule "Lazy"; there are: TooManyTasks, NoTasks'),
    (("--input", DAY, "--input", DAY, "--threshold", "> 3"), "the same labels and no name"),
    (("--input", DAY, "--rules.file", DAY), "is no Prometheus rule file"),
    (("--input", HERE / "day.py", "--threshold", "> 3"), "day.py:3: must be a time and a value"),
    (("--input", DAY, "--threshold", "> 3", "--config.file", HERE / "rules.yml"),
     'rules.yml:1:1: /groups: unknown key "groups"'),
    (("--input", DAY, "--threshold", "> 3", "--plot", "/nonexistent/a.svg"),
     "/nonexistent/a.svg: cannot be written"),
])
def test_what_is_wrong_is_said(words, said):
    done = simulate(*words)
    assert done.returncode != 0
    assert said in done.stderr
