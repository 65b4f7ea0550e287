"""scalehook check-rules, beside promtool: what is no fault of the syntax and yet breaks scaling."""

import json
import pathlib
import re
import shlex
import subprocess

import pytest

from programs.scalehook import binary

TOP = pathlib.Path(__file__).parents[2]
LINT = TOP / "tests" / "lint"
# Valid ones; ones that Prometheus refuses; ones in the syntax of Prometheus 1.x.
VALID, INVALID, OLD = (sorted((LINT / folder).glob(f"*{end}")) for folder, end in
                       (("valid", ".yml"), ("invalid", ".yml"), ("prometheus-1", ".rules")))


def check(*words, cwd=LINT / "config"):
    return subprocess.run([binary(), "check-rules", *words], capture_output=True, text=True,
                          timeout=60, cwd=cwd, check=False)


def promtool(*words, cwd=None):
    return subprocess.run(["promtool", *words], capture_output=True, text=True, timeout=60,
                          cwd=cwd, check=False)


def arguments(file):
    """What a file of the tests says in its first line: "# --config.file policies.yml"."""
    first = file.read_text(encoding="utf-8").partition("\n")[0]
    return shlex.split(first[2:]) if first.startswith("# --") else []


def name(file):
    return f"{file.parent.name}/{file.stem}"


@pytest.mark.parametrize("file", VALID + INVALID + OLD, ids=name)
def test_findings_are_as_expected(file):
    done = check(*arguments(file), file)
    expected = file.with_suffix(".expected").read_text(encoding="utf-8")
    assert done.stdout.replace(f"{file}:", f"{file.name}:") == expected
    assert done.stderr == ""
    assert done.returncode == (1 if ": error: " in expected else 0)


@pytest.mark.parametrize("file", VALID, ids=name)
def test_prometheus_takes_what_the_tests_call_valid(file):
    done = promtool("check", "rules", file)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("file", INVALID + OLD, ids=name)
def test_prometheus_refuses_what_the_tests_call_invalid(file):
    assert promtool("check", "rules", file).returncode != 0


@pytest.mark.parametrize("file", VALID + INVALID + OLD, ids=name)
def test_json_says_the_same(file):
    text, done = check(*arguments(file), file), check(*arguments(file), "--format=json", file)
    assert done.returncode == text.returncode
    lines = []
    for finding in json.loads(done.stdout):
        assert list(finding) == ["file", "line", "column", "severity", "code", "message", "remedy"]
        first, *rest = finding["remedy"].splitlines()
        lines.append("{file}:{line}:{column}: {severity}: {message}. {first} [{code}]"
                     .format(first=first, **finding))
        lines += ["    " + line for line in rest]
    assert lines == text.stdout.splitlines()[:-1]


@pytest.mark.parametrize("file", [file for file in OLD if file.stem != "not-understood"], ids=name)
def test_prometheus_takes_the_translation_of_an_old_file(file, tmp_path):
    findings = json.loads(check("--format=json", file).stdout)
    old = [finding for finding in findings if finding["code"] == "prometheus-1-syntax"]
    assert len(old) == 1
    translated = tmp_path / "translated.yml"
    translated.write_text(old[0]["remedy"].partition("\n")[2], encoding="utf-8")
    done = promtool("check", "rules", translated)
    assert done.returncode == 0, done.stdout + done.stderr
    again = json.loads(check("--format=json", translated).stdout)
    assert [finding["code"] for finding in again] == \
        [finding["code"] for finding in findings if finding is not old[0]]


def test_the_rules_that_we_hand_out_are_clean(tmp_path):
    readme = (TOP / "README.md").read_text(encoding="utf-8")
    rules = [block for block in re.findall(r"```yaml\n(.*?)```", readme, re.DOTALL)
             if block.startswith("groups:")]
    assert rules
    for number, text in enumerate(rules):
        file = tmp_path / f"{number}.yml"
        file.write_text(text, encoding="utf-8")
        assert promtool("check", "rules", file).returncode == 0
        done = check("--strict", file)
        assert (done.returncode, done.stdout) == (
            0, "1 file, 1 alert (1 for scaling): 0 errors, 0 warnings\n")
    done = check("--strict", "--evaluation-interval", "1s", TOP / "packaging/quickstart/rules.yml")
    assert (done.returncode, done.stderr) == (0, ""), done.stdout


def test_exit_status(tmp_path):
    warning, error = LINT / "valid" / "short-for.yml", LINT / "valid" / "anchors.yml"
    assert check(warning).returncode == 0
    assert check("--strict", warning).returncode == 1
    assert check(error).returncode == check(warning, error).returncode == 1
    clean = check("--strict", LINT / "valid" / "ordinary.yml")
    assert (clean.returncode, clean.stderr) == (0, "")

    missing = check(tmp_path / "missing.yml", error, "--format=json")
    assert missing.returncode == 2
    assert f"{tmp_path}/missing.yml: the file cannot be read" in missing.stderr
    assert [finding["code"] for finding in json.loads(missing.stdout)] == ["value-label"]

    mistaken = check("--config.file", "mistaken.yml", error)
    assert (mistaken.returncode, mistaken.stdout) == (2, "")
    assert 'mistaken.yml:1:1: /rulez: unknown key "rulez"; did you mean "rules"?' in mistaken.stderr
    for words in ([], ["--format=xml", error], ["--evaluation-interval", "soon", error]):
        usage = check(*words)
        assert (usage.returncode, usage.stdout) == (2, ""), words
        assert usage.stderr


# Each holds where all series of x and y have the namespace `shop`, among other labels; and what the
# linter says of their results' label `namespace`.
EXPRESSIONS = [
    ("x", "unknown"),
    ("x > 30", "unknown"),
    ("30 < -x + 100", "unknown"),
    ("x{app!=''}", "unknown"),
    ("x{namespace!~'test'}", "unknown"),
    ("x{namespace='shop'}", "present"),
    ("x{namespace=~`shop|search`} offset 1s", "present"),
    ('{__name__="x", namespace!=""}', "present"),
    ("sum(x)", "gone"),
    ("sum(x) by (namespace) > 1", "present"),
    ("SUM BY (deployment, namespace) (x)", "present"),
    ("sum by (deployment) (x)", "gone"),
    ("sum without (instance) (x)", "unknown"),
    ("sum without (namespace) (x)", "gone"),
    ("sum by (namespace) (sum by (app) (x))", "gone"),
    ("topk(1, x)", "unknown"),
    ("topk by (app) (1, x{namespace='shop'})", "present"),
    ("quantile(0.9, x)", "gone"),
    ("count_values('namespace', x)", "present"),
    ("count_values without (namespace) ('v', x)", "gone"),
    ("rate(x{namespace='shop'}[10s])", "present"),
    ("max_over_time(sum(x)[10s:1s])", "gone"),
    ("quantile_over_time(0.9, x[10s])", "unknown"),
    ("clamp_max(sum(x), 3)", "gone"),
    ("label_replace(sum(x), 'namespace', 'shop', '', '')", "present"),
    ("label_join(sum(x), 'namespace', '', 'app')", "present"),
    ("absent(z)", "gone"),
    ("absent(z{namespace='shop'})", "present"),
    ("vector(1)", "gone"),
    ("vector(time())", "gone"),
    ("vector(scalar(x) ^ 2 * 3)", "gone"),
    ("hour() > -1", "gone"),
    ("x + y", "unknown"),
    ("x{namespace='shop'} + y", "present"),
    ("x / on (app) y", "gone"),
    ("x / on (app, namespace) y", "present"),
    ("x / ignoring (namespace) y", "gone"),
    ("x / ignoring (instance) y", "unknown"),
    ("sum by (app) (x) * on (app) group_right y{namespace='shop'}", "present"),
    ("sum by (app) (x) * on (app) group_left (namespace) y", "present"),
    ("sum by (app) (x) * on (app) group_left y", "gone"),
    ("x and on () y", "unknown"),
    ("sum(x) and on () y", "gone"),
    ("sum(x) unless on () z", "gone"),
    ("sum(z) or sum(y)", "gone"),
    ("sum by (namespace) (x) or y{namespace='shop'}", "present"),
    ("sum(z) or y", "unknown"),
    ("x > 3 and y < 100 or z", "unknown"),
    ("sum(x) > bool 1", "gone"),
    ("(x{namespace='shop'} @ end() # a comment\n - 1) % 7 > -1", "present"),
]


def test_what_is_said_of_labels_holds_in_prometheus(tmp_path):
    rules = tmp_path / "rules.yml"
    rules.write_text("groups:\n- name: a\n  rules:\n" + "".join(
        f"  - {{alert: A{number}, expr: {json.dumps(expression)}, "
        "labels: {trigger: hpa, action: scale-out, deployment: test}}\n"
        for number, (expression, _) in enumerate(EXPRESSIONS)), encoding="utf-8")
    series = 'namespace="shop", deployment="test", app="a", instance="i"'
    (tmp_path / "tests.yml").write_text(json.dumps({
        "rule_files": [str(rules)], "evaluation_interval": "1s",
        "tests": [{
            "interval": "1s",
            "input_series": [{"series": f"{metric}{{{series}}}", "values": "50+1x60"}
                             for metric in ("x", "y")],
            "promql_expr_test": [
                {"expr": f"group by (namespace) ({expression})", "eval_time": "30s",
                 "exp_samples": [{"labels": '{namespace="shop"}' if keeps else "{}", "value": 1}]}
                for expression, presence in EXPRESSIONS
                for keeps in [presence == "present"] if presence != "unknown"
                # It makes a namespace of a value.
                if "count_values('namespace'" not in expression
                # It empties the label.
                and "label_join" not in expression]}]}), encoding="utf-8")
    done = promtool("test", "rules", "tests.yml", cwd=tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr

    severities = {finding["line"] - 4: finding["severity"]
                  for finding in json.loads(check("--format=json", rules).stdout)
                  if finding["code"] == "target-label"}
    said = [(expression, {"error": "gone", "warning": "unknown", None: "present"}
             [severities.get(number)]) for number, (expression, _) in enumerate(EXPRESSIONS)]
    assert said == EXPRESSIONS
