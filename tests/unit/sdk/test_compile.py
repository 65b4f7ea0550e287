"""The SDK's headers with every compiler and standard that they promise, and what the wrapper tells
an author whose class is not quite a plugin."""

import ctypes
import pathlib
import re
import subprocess

import pytest

HERE = pathlib.Path(__file__).resolve().parent
SDK = HERE.parents[2] / "sdk"
WARNINGS = ["-Wall", "-Wextra", "-Wpedantic", "-Wshadow", "-Wconversion", "-Wsign-conversion",
            "-Werror"]
LIBRARY = ["-fPIC", "-shared", "-Wl,-z,defs"]
ONE_SYMBOL = ["-fvisibility=hidden", f"-Wl,--version-script={SDK}/cmake/plugin.map"]


def run(*command):
    return subprocess.run([str(part) for part in command], capture_output=True, text=True)


def build(compiler, *arguments):
    done = run(compiler, f"-I{SDK}/include", *arguments)
    assert done.returncode == 0, done.stderr


def exported(library):
    lines = run("nm", "-D", "--defined-only", library).stdout.splitlines()
    return [line.split()[-1] for line in lines]


class Table(ctypes.Structure):
    """The beginning of scalehook_plugin."""
    _fields_ = [("magic", ctypes.c_uint32), ("struct_size", ctypes.c_uint32),
                ("api_version", ctypes.c_uint32), ("min_api_version", ctypes.c_uint32),
                ("name", ctypes.c_char_p), ("name_size", ctypes.c_size_t)]


def table(library):
    function = ctypes.CDLL(str(library)).scalehook_plugin_v1
    function.restype = ctypes.POINTER(Table)
    found = function().contents
    assert found.magic == 0x4B4F4853
    return found.name[:found.name_size].decode()


@pytest.mark.parametrize("compiler", ["gcc", "clang"])
@pytest.mark.parametrize("standard", ["c11", "c17"])
def test_c_header_in_c(tmp_path, compiler, standard):
    library = tmp_path / "plain.so"
    build(compiler, f"-std={standard}", *WARNINGS, *LIBRARY, *ONE_SYMBOL, "-Wstrict-prototypes",
          HERE / "plain.c", "-o", library)
    assert exported(library) == ["scalehook_plugin_v1"]
    assert table(library) == "plain"


@pytest.mark.parametrize("compiler", ["g++", "clang++"])
@pytest.mark.parametrize("standard", ["c++11", "c++14", "c++17", "c++20"])
def test_c_header_in_cpp(tmp_path, compiler, standard):
    library = tmp_path / "plain.so"
    build(compiler, f"-std={standard}", *WARNINGS, *LIBRARY, *ONE_SYMBOL,
          "-x", "c++", HERE / "plain.c", "-o", library)
    assert table(library) == "plain"


@pytest.mark.parametrize("compiler", ["g++", "clang++"])
@pytest.mark.parametrize("options", [["-O0"], ["-O2"], ["-O0", "-fno-rtti"]], ids=" ".join)
def test_wrapper(tmp_path, compiler, options):
    library = tmp_path / "file.so"
    build(compiler, "-std=c++20", *options, *WARNINGS, *LIBRARY, *ONE_SYMBOL,
          SDK / "template" / "file.cpp", "-o", library)
    assert exported(library) == ["scalehook_plugin_v1"]
    assert table(library) == "file"


@pytest.mark.parametrize("compiler", ["g++", "clang++"])
def test_wrapper_without_exceptions_and_rtti(tmp_path, compiler):
    library = tmp_path / "bare.so"
    build(compiler, "-std=c++20", "-fno-exceptions", "-fno-rtti", '-DNAME="bare"', *WARNINGS,
          *LIBRARY, *ONE_SYMBOL, HERE / "bare.cpp", "-o", library)
    assert table(library) == "bare"


@pytest.mark.parametrize("header", sorted(
    str(path.relative_to(SDK / "include")) for path in (SDK / "include").rglob("*.h*")))
@pytest.mark.parametrize("compiler", ["g++", "clang++"])
def test_each_header_stands_alone(compiler, header):
    done = subprocess.run(
        [compiler, "-std=c++20", "-fsyntax-only", *WARNINGS, f"-I{SDK}/include", "-x", "c++", "-"],
        input=f"#include <{header}>\n#include <{header}>\n", capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("compiler", ["g++", "clang++"])
def test_plugins_with_classes_of_one_name_keep_their_own_code(tmp_path, compiler):
    """Built as carelessly as can be: default visibility and no version script. What GCC marks
    unique is one in the whole process, and the second plugin would show the first one's table."""
    for name in ["first", "second"]:
        library = tmp_path / f"{name}.so"
        build(compiler, "-std=c++20", "-O0", f'-DNAME="{name}"', *LIBRARY, HERE / "bare.cpp",
              "-o", library)
        unique = [line for line in run("nm", "-D", library).stdout.splitlines()
                  if " u " in line and "scalehook" in line]
        assert unique == []
    assert table(tmp_path / "first.so") == "first"
    assert table(tmp_path / "second.so") == "second"


def test_the_class_of_the_page_compiles():
    page = (SDK.parent / "docs" / "plugins.md").read_text()
    block = re.search(r"```cpp\n(#include <scalehook/plugin.hpp>.*?)```", page, re.DOTALL).group(1)
    done = subprocess.run(["g++", "-std=c++20", "-fsyntax-only", *WARNINGS, f"-I{SDK}/include",
                           "-x", "c++", "-"], input=block, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("compiler", ["g++", "clang++"])
def test_an_older_standard_is_told(compiler):
    done = subprocess.run([compiler, "-std=c++17", "-fsyntax-only", f"-I{SDK}/include", "-x", "c++",
                           "-"], input="#include <scalehook/plugin.hpp>\n", capture_output=True,
                          text=True)
    assert "plugin.hpp is C++20" in next(line for line in done.stderr.splitlines() if "error" in line)


SCALER = """
  scalehook::outcome<scalehook::state> read(scalehook::call&, const scalehook::target&);
  scalehook::outcome<scalehook::done> write(scalehook::call&, const scalehook::target&,
                                            const scalehook::change&);
"""
NOTIFIER = "scalehook::outcome<scalehook::done> notify(scalehook::call&, std::string_view);"
INFO = 'static constexpr scalehook::info info{.name = "x", .version = "1"};'
MADE = "explicit x(scalehook::host);"


@pytest.mark.parametrize("compiler", ["g++", "clang++"])
@pytest.mark.parametrize("body, message", [
    (INFO + MADE, "a plugin has the public methods read and write"),
    (INFO + MADE + NOTIFIER + SCALER.replace("scalehook::state", "int"), "something else than"),
    (INFO + "x();" + NOTIFIER, "a plugin is made from a scalehook::host"),
    (INFO.replace('"x"', '"Big One"') + MADE + NOTIFIER, "info.name is to be [a-z0-9-]+"),
    (INFO.replace('"1"', '""') + MADE + NOTIFIER, "info.version is missing"),
], ids=["neither", "almost-scaler", "constructor", "name", "version"])
def test_a_class_that_is_no_plugin_is_told_why(compiler, body, message):
    source = f"#include <scalehook/plugin.hpp>\nclass x {{ public: {body} }};\nSCALEHOOK_PLUGIN(x)\n"
    done = subprocess.run(
        [compiler, "-std=c++20", "-fsyntax-only", f"-I{SDK}/include", "-x", "c++", "-"],
        input=source, capture_output=True, text=True)
    assert done.returncode != 0
    assert message in done.stderr
