"""The quickstart's loop, without its installing and building: out and back on real programs."""

import os
import pathlib
import subprocess

LOOP = pathlib.Path(__file__).parents[2] / "packaging" / "quickstart" / "loop.py"


def test_the_quickstart_shows_a_workload_scaled_out_and_back(tmp_path):
    done = subprocess.run(["/usr/bin/python3", LOOP, "--once"], capture_output=True, text=True,
                          timeout=300, env={**os.environ, "XDG_CACHE_HOME": str(tmp_path)})
    assert done.returncode == 0, done.stdout + done.stderr
    assert "<- scaled out" in done.stdout and "<- scaled in" in done.stdout
    assert "stand-in" in done.stdout, "an empty cache has no control plane"
    assert "Ctrl-C stops all of it." in done.stdout
