"""Whether a window can be opened, asked before Qt would abort."""

from __future__ import annotations

import shutil
import socket
import struct
import subprocess
import sys
import threading

import pytest

from explorer.cli import display

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="only Linux can lack a display")


@pytest.fixture
def qt_without_a_library(tmp_path):
    """A copy of Qt's folders whose xcb plugin needs a library that no system has."""
    truly, folder = display.qt_folder(), tmp_path / "PySide6" / "Qt"
    plugins = folder / "plugins" / "platforms"
    plugins.mkdir(parents=True)
    (folder.parent / "__init__.py").touch()
    (folder / "lib").symlink_to(truly / "lib")
    data = (truly / "plugins" / "platforms" / "libqxcb.so").read_bytes()
    needed, nowhere = b"libQt6XcbQpa.so.6\0", b"libxcb-nowhere.so\0"
    assert needed in data and len(needed) == len(nowhere)
    (plugins / "libqxcb.so").write_bytes(data.replace(needed, nowhere))
    shutil.copy(truly / "plugins" / "platforms" / "libqoffscreen.so", plugins)
    return folder


@pytest.mark.parametrize(
    ("environ", "found"),
    [
        ({}, []),
        ({"DISPLAY": ":0"}, ["xcb"]),
        ({"WAYLAND_DISPLAY": "wayland-0", "DISPLAY": ":0"}, ["wayland", "xcb"]),
        ({"DISPLAY": ":0", "QT_QPA_PLATFORM": "offscreen"}, ["offscreen"]),
        ({"QT_QPA_PLATFORM": "wayland-egl;xcb:opt"}, ["wayland", "xcb"]),
        ({"DISPLAY": ":0", "QT_QPA_PLATFORM": ""}, ["xcb"]),
    ],
)
def test_the_plugins_are_those_that_qt_will_try(environ, found):
    assert display.platforms(environ) == found


def test_there_is_no_display_without_a_name_or_without_an_answer(tmp_path):
    assert not display.is_there({})
    assert not display.is_there({"DISPLAY": f"unix:{tmp_path}/nobody"})
    assert not display.is_there({"QT_QPA_PLATFORM": "xcb"})
    nobody = {"WAYLAND_DISPLAY": "wayland-7", "XDG_RUNTIME_DIR": str(tmp_path)}
    assert not display.is_there(nobody)


@pytest.mark.parametrize("name", ["offscreen", "minimal", "vnc:size=800x600"])
def test_a_platform_without_a_display_is_enough(name):
    assert display.is_there({"QT_QPA_PLATFORM": name})


def test_a_wayland_socket_is_a_display(tmp_path):
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(tmp_path / "wayland-7"))
        environ = {"WAYLAND_DISPLAY": "wayland-7", "XDG_RUNTIME_DIR": str(tmp_path)}
        assert display.is_there(environ)


def test_an_x_server_that_answers_is_a_display():
    setup = struct.pack("<IIIIHHBBBBBBBB4x", 0, 0, 0, 0, 0, 65535, 0, 0, 0, 0, 32, 32, 8, 255)
    answer = struct.pack("<BBHHH", 1, 0, 11, 0, len(setup) // 4) + setup

    def serve(server):
        connection, _ = server.accept()
        with connection:
            connection.recv(4096)
            connection.sendall(answer)
            connection.recv(4096)

    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(20)
        thread = threading.Thread(target=serve, args=(server,))
        thread.start()
        number = server.getsockname()[1] - 6000  # X display n listens on the port 6000 + n
        there = display.is_there({"DISPLAY": f"127.0.0.1:{number}"})
        thread.join(timeout=10)
    assert there


def test_a_missing_library_is_found_by_name(qt_without_a_library):
    missing = display.missing_library({"DISPLAY": ":0"}, qt_without_a_library)
    assert missing == "libxcb-nowhere.so"
    assert "libxcb-nowhere.so" in display.advice(missing)
    assert display.APT_LINE in display.advice(missing)


def test_one_plugin_that_loads_is_enough(qt_without_a_library):
    environ = {"QT_QPA_PLATFORM": "xcb;offscreen"}
    assert display.missing_library(environ, qt_without_a_library) == ""
    assert display.missing_library({}, qt_without_a_library) == ""


def test_a_missing_library_is_said_before_qt_aborts(qt_without_a_library, environment, tmp_path):
    folders = environment()["PYTHONPATH"]
    environ = environment({"PYTHONPATH": f"{qt_without_a_library.parents[1]}:{folders}"})
    done = subprocess.run(
        [sys.executable, "-m", "explorer"],
        cwd=tmp_path,
        env=environ | {"DISPLAY": ":0"},
        capture_output=True,
        encoding="utf-8",
        timeout=60,
    )
    assert done.returncode == 2
    assert done.stderr.count("\n") == 1 and display.APT_LINE in done.stderr
    assert "libxcb-nowhere.so" in done.stderr
