"""The SDK as a stranger gets it: installed below a prefix, found by find_package, and the template
built out of tree."""

import os
import pathlib
import shutil
import subprocess

import pytest

BUILD = pathlib.Path(os.environ["SCALEHOOK_ROOT"])
SDK = pathlib.Path(__file__).resolve().parents[3] / "sdk"


def run(*command, **options):
    done = subprocess.run([str(part) for part in command], capture_output=True, text=True,
                          **options)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def exported(library):
    lines = run("nm", "-D", "--defined-only", library).splitlines()
    return [line.split()[-1] for line in lines]


@pytest.fixture(scope="module")
def prefix(tmp_path_factory):
    folder = tmp_path_factory.mktemp("prefix")
    run("cmake", "--install", BUILD, "--component", "sdk", "--prefix", folder)
    return folder


def configure(prefix, source, build, *options):
    return run("cmake", "-S", source, "-B", build, f"-DCMAKE_PREFIX_PATH={prefix}",
               "-DCMAKE_BUILD_TYPE=Debug", *options)


def test_every_header_is_installed(prefix):
    def headers(folder):
        return sorted(path.relative_to(folder) for path in folder.rglob("*.h*"))
    assert headers(prefix / "include") == headers(SDK / "include")


@pytest.mark.parametrize("compiler", ["g++", "clang++"])
def test_the_template_builds_and_installs(prefix, tmp_path, compiler):
    source = tmp_path / "scalehook-file"
    shutil.copytree(prefix / "share" / "scalehook" / "template", source)
    build = tmp_path / "build"
    configure(prefix, source, build, f"-DCMAKE_CXX_COMPILER={compiler}")
    run("cmake", "--build", build)
    run("ctest", "--test-dir", build, "--output-on-failure")
    run("cmake", "--install", build, "--prefix", tmp_path / "root")
    library = tmp_path / "root" / "lib" / "scalehook" / "plugins" / "file.so"
    assert exported(library) == ["scalehook_plugin_v1"]


@pytest.mark.parametrize("compiler", ["g++", "clang++"])
def test_the_template_builds_with_address_sanitizer(prefix, tmp_path, compiler):
    configure(prefix, SDK / "template", tmp_path, f"-DCMAKE_CXX_COMPILER={compiler}",
              "-DCMAKE_CXX_FLAGS=-fsanitize=address")
    run("cmake", "--build", tmp_path)
    assert exported(tmp_path / "file.so") == ["scalehook_plugin_v1"]


def test_a_configuration_that_is_there_is_kept(tmp_path):
    def install():
        run("cmake", "--install", BUILD, "--component", "Unspecified", "--prefix", tmp_path)
    file = tmp_path / "etc" / "scalehook" / "scalehook.yml"
    install()
    assert file.read_text() == (SDK.parent / "packaging/config/scalehook.yml").read_text()
    file.write_text("# mine\n")
    install()
    assert file.read_text() == "# mine\n"


def project(folder, source, call, languages="CXX"):
    """A plugin project of one file; what its build says, and whether it went well."""
    extension = "c" if languages == "C" else "cpp"
    (folder / f"x.{extension}").write_text(source)
    (folder / "CMakeLists.txt").write_text(f"""
cmake_minimum_required(VERSION 3.23)
project(x LANGUAGES {languages})
find_package(scalehook REQUIRED)
{call}
""")


def test_a_plugin_in_c_needs_no_cpp_compiler(prefix, tmp_path):
    plain = pathlib.Path(__file__).resolve().parent / "plain.c"
    project(tmp_path, plain.read_text(), "scalehook_add_plugin(plain NAME plain SOURCES x.c)", "C")
    configure(prefix, tmp_path, tmp_path / "build", "-DCMAKE_C_STANDARD=11")
    run("cmake", "--build", tmp_path / "build")
    assert exported(tmp_path / "build" / "plain.so") == ["scalehook_plugin_v1"]


def test_an_undefined_symbol_is_refused_at_link(prefix, tmp_path):
    source = "extern int nowhere();\n" + (SDK / "template" / "file.cpp").read_text().replace(
        "scalehook::state found;", "scalehook::state found{.replicas = nowhere()};")
    project(tmp_path, source, "scalehook_add_plugin(x NAME file SOURCES x.cpp)")
    configure(prefix, tmp_path, tmp_path / "build")
    done = subprocess.run(["cmake", "--build", str(tmp_path / "build")], capture_output=True,
                          text=True)
    assert done.returncode != 0
    assert "nowhere" in done.stdout + done.stderr


@pytest.mark.parametrize("call, message", [
    ("scalehook_add_plugin(x NAME Upper SOURCES x.cpp)", "give NAME"),
    ("scalehook_add_plugin(x NAME x)", "and SOURCES"),
    ("scalehook_add_plugin(x NAME x FILES x.cpp SOURCES x.cpp)", "unknown: FILES"),
])
def test_a_wrong_call_is_refused(prefix, tmp_path, call, message):
    project(tmp_path, "", call)
    done = subprocess.run(["cmake", "-S", str(tmp_path), "-B", str(tmp_path / "build"),
                           f"-DCMAKE_PREFIX_PATH={prefix}"], capture_output=True, text=True)
    assert done.returncode != 0
    assert message in " ".join(done.stderr.split())
