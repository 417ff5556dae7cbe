"""The rules of the house, counted: who may import whom, how large things may grow, what is banned.

Every rule is proven to bite by a small tree that breaks it.
"""

from __future__ import annotations

import ast
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "explorer"
MODULE, FUNCTION, CLASS = 300, 40, 20
LATE_IMPORTS = ("app.py", "makers.py", "cli/")
BANNED_CALLS = {"eval", "exec", "blockSignals", "processEvents"}
BANNED_ATTRIBUTES = {"blockSignals", "processEvents", "QSignalBlocker", "allow_pickle"}
BANNED_MODULES = {
    "pickle", "dill", "cloudpickle", "joblib", "marshal", "shelve", "socket", "ssl", "http",
    "urllib", "requests", "httpx", "aiohttp", "ftplib", "smtplib", "xmlrpc", "telnetlib",
}  # fmt: skip
# Only the client of servers that a person has named may reach a network.
NETWORK = {"socket", "ssl", "http", "urllib"}
CLIENTS = ("engine/remote/",)
WALL_CLOCKS = {
    "time.time", "time.time_ns", "datetime.datetime", "PySide6.QtCore.QDateTime",
    "PySide6.QtCore.QTime",
}  # fmt: skip
# Servers name the moment at which to come again as a date.
DATED = ("engine/remote/http.py",)

Tree = dict[str, ast.Module]
Rule = Callable[[Tree, Path], Iterator[str]]
Function = ast.FunctionDef | ast.AsyncFunctionDef


def trees(package: Path) -> Tree:
    """Every module of a package by its path below it."""
    return {
        path.relative_to(package).as_posix(): ast.parse(path.read_text(encoding="utf-8"))
        for path in sorted(package.rglob("*.py"))
    }


def long_modules(tree: Tree, package: Path) -> Iterator[str]:
    for name in tree:
        lines = len((package / name).read_text(encoding="utf-8").splitlines())
        if lines > MODULE:
            yield f"{name}: {lines} lines"


def long_functions(tree: Tree, package: Path) -> Iterator[str]:
    """Functions are counted from `def` to their last line, without the docstring."""
    for name, module in tree.items():
        for node in ast.walk(module):
            if isinstance(node, Function):
                lines = node.end_lineno - node.lineno + 1
                first = node.body[0]
                if ast.get_docstring(node) is not None:
                    lines -= first.end_lineno - first.lineno + 1
                if lines > FUNCTION:
                    yield f"{name}: {node.name} has {lines} lines"


def large_classes(tree: Tree, package: Path) -> Iterator[str]:
    for name, module in tree.items():
        for node in ast.walk(module):
            if isinstance(node, ast.ClassDef):
                methods = sum(isinstance(part, Function) for part in node.body)
                if methods > CLASS:
                    yield f"{name}: {node.name} has {methods} methods"


def late_imports(tree: Tree, package: Path) -> Iterator[str]:
    """First-party imports inside functions hide knots; only the wiring may have them."""
    for name, module in tree.items():
        if name.startswith(LATE_IMPORTS):
            continue
        for function in ast.walk(module):
            if isinstance(function, Function):
                for node in ast.walk(function):
                    if any(target.split(".")[0] == "explorer" for target in imported(node)):
                        yield f"{name}: {function.name} imports in line {node.lineno}"


def cycles(tree: Tree, package: Path) -> Iterator[str]:
    """Modules that reach themselves over imports that run when they are imported."""
    graph = {dotted(name): set(needs(module, tree)) for name, module in tree.items()}
    for start in graph:
        seen: set[str] = set()
        ahead = list(graph[start])
        while ahead:
            here = ahead.pop()
            if here not in seen:
                seen.add(here)
                ahead.extend(graph.get(here, ()))
        if start in seen:
            yield f"{start} imports itself over others"


def banned(tree: Tree, package: Path) -> Iterator[str]:
    for name, module in tree.items():
        for node in ast.walk(module):
            word = banned_word(node)
            if word and not (name.startswith(CLIENTS) and word.split(".")[0] in NETWORK):
                yield f"{name}:{node.lineno}: {word}"


def banned_word(node: ast.AST) -> str:
    """What is forbidden about one node, empty when nothing is."""
    if isinstance(node, ast.Global):
        return "global"
    if isinstance(node, ast.Name) and node.id in BANNED_CALLS:
        return node.id
    if isinstance(node, ast.Attribute):
        owner = node.value.id if isinstance(node.value, ast.Name) else ""
        if node.attr in BANNED_ATTRIBUTES or (owner, node.attr) == ("torch", "load"):
            return node.attr
    if isinstance(node, ast.keyword) and node.arg == "allow_pickle":
        return "" if isinstance(node.value, ast.Constant) and not node.value.value else node.arg
    return next((to for to in imported(node) if to.split(".")[0] in BANNED_MODULES), "")


def wall_clocks(tree: Tree, package: Path) -> Iterator[str]:
    """The time of day jumps when a clock is set; what is measured or awaited must not."""
    for name, module in tree.items():
        for node in ast.walk(module):
            words = [ast.unparse(node)] if isinstance(node, ast.Attribute) else imported(node)
            for word in WALL_CLOCKS.intersection(words if name not in DATED else ()):
                yield f"{name}:{node.lineno}: {word}"


def imported(node: ast.AST) -> list[str]:
    """The modules that an import names, `from a import b` as a and as a.b."""
    if isinstance(node, ast.Import):
        return [alias.name for alias in node.names]
    if isinstance(node, ast.ImportFrom) and node.module:
        return [node.module, *(f"{node.module}.{alias.name}" for alias in node.names)]
    return []


def needs(module: ast.Module, tree: Tree) -> Iterator[str]:
    """The modules of the tree that a module imports when it is imported, types left out."""
    known = {dotted(name) for name in tree}
    ahead: list[ast.AST] = list(module.body)
    while ahead:
        node = ahead.pop()
        if isinstance(node, Function):
            continue
        if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test):
            continue
        ahead.extend(ast.iter_child_nodes(node))
        targets = [target for target in imported(node) if target in known]
        # `from package import module` needs the module; the package itself only for other names.
        if isinstance(node, ast.ImportFrom) and len(targets) == len(node.names) + 1:
            targets = targets[1:]
        yield from targets


def dotted(name: str) -> str:
    """explorer.ui.panels for ui/panels/__init__.py."""
    parts = ["explorer", *name.removesuffix(".py").split("/")]
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


RULES: tuple[Rule, ...] = (
    long_modules, long_functions, large_classes, late_imports, cycles, banned, wall_clocks,
)  # fmt: skip
CONSTANTS = "".join(f"X{index} = {index}\n" for index in range(MODULE + 1))
STATEMENTS = "def f():\n" + "    x = 1\n" * FUNCTION
METHODS = "class A:\n" + "".join(f"    def m{index}(self): ...\n" for index in range(CLASS + 1))
BAD = (
    (long_modules, {"lens/a.py": CONSTANTS}),
    (long_functions, {"lens/a.py": STATEMENTS}),
    (large_classes, {"ui/a.py": METHODS}),
    (late_imports, {"ui/a.py": "def f():\n    from explorer.lens import bars\n"}),
    (late_imports, {"engine/a.py": "class A:\n  def f(self):\n    import explorer.app\n"}),
    (cycles, {"a.py": "from explorer.b import x\n", "b.py": "import explorer.a\n"}),
    (cycles, {"u/a.py": "from explorer.u import b\n", "u/b.py": "from explorer.u.a import x\n"}),
    (cycles, {"u/__init__.py": "from explorer.u.a import x\n", "u/a.py": "import explorer.u\n"}),
    (banned, {"ui/a.py": "def f(box):\n    box.blockSignals(True)\n"}),
    (banned, {"ui/a.py": "from PySide6.QtCore import QSignalBlocker as b\nb.QSignalBlocker\n"}),
    (banned, {"app.py": "def f(app):\n    app.processEvents()\n"}),
    (banned, {"cli/a.py": "def f():\n    global x\n    x = 1\n"}),
    (banned, {"engine/a.py": "import pickle\n"}),
    (banned, {"engine/a.py": "def f(p):\n    return torch.load(p)\n"}),
    (banned, {"engine/a.py": "def f(p):\n    return np.load(p, allow_pickle=True)\n"}),
    (banned, {"engine/a.py": "x = eval('1')\n"}),
    (banned, {"ui/a.py": "exec('x = 1')\n"}),
    (banned, {"session/a.py": "def f():\n    from urllib.request import urlopen\n"}),
    (banned, {"session/a.py": "import socket\n"}),
    (banned, {"engine/remote/a.py": "import requests\n"}),
    (banned, {"engine/a.py": "import http.client\n"}),
    (wall_clocks, {"ui/a.py": "import time\ndue = time.time() + 1\n"}),
    (wall_clocks, {"ui/a.py": "from time import time\n"}),
    (wall_clocks, {"ui/a.py": "from datetime import datetime\n"}),
    (wall_clocks, {"ui/a.py": "from PySide6.QtCore import QTime\n"}),
)
GOOD = {
    "app.py": "def f():\n    from explorer.engine import b\n",
    "a.py": "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from explorer.c import x\n",
    "c.py": "import explorer.a\n",
    "engine/b.py": "def f(m, app):\n    import transformers\n    m.eval()\n    app.exec()\n",
    "engine/remote/c.py": "import http.client\nimport socket\nfrom urllib.parse import urlsplit\n",
    "engine/e.py": "import time\nfrom datetime import timedelta\nx = time.monotonic()\n",
    "lens/d.py": '"""d"""\ndef f():\n    """' + "long\n" * 50 + '"""\n' + "    x = 1\n" * 30,
}


def grown(folder: Path, modules: dict[str, str]) -> Path:
    """A package of these modules in a folder."""
    for name, text in modules.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, encoding="utf-8")
    return folder


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.__name__)
def test_the_package_keeps_the_rule(rule):
    assert list(rule(trees(PACKAGE), PACKAGE)) == []


@pytest.mark.parametrize(("rule", "modules"), BAD)
def test_the_rule_bites(rule, modules, tmp_path):
    package = grown(tmp_path, modules)
    assert list(rule(trees(package), package)) != []


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.__name__)
def test_the_rule_lets_good_code_pass(rule, tmp_path):
    package = grown(tmp_path, GOOD)
    assert list(rule(trees(package), package)) == []


def lint_imports(folder: Path) -> subprocess.CompletedProcess[str]:
    """The contracts of pyproject.toml for the package `explorer` in a folder."""
    code = "import sys; from importlinter.cli import lint_imports_command; lint_imports_command()"
    return subprocess.run(
        [sys.executable, "-P", "-c", code, "--no-cache", "--config", str(ROOT / "pyproject.toml")],
        cwd=folder,
        capture_output=True,
        encoding="utf-8",
        timeout=60,
    )


def test_the_rooms_import_only_what_they_may():
    done = lint_imports(ROOT)
    assert done.returncode == 0, done.stdout
    assert "0 broken" in done.stdout


@pytest.mark.parametrize(
    ("module", "line", "contract"),
    [
        ("physics/information.py", "import explorer.engine.trace", "Rooms import downwards"),
        ("engine/trace.py", "import explorer.session.moves", "Rooms import downwards"),
        ("session/moves.py", "import explorer.learning.data", "Rooms import downwards"),
        ("learning/data.py", "import explorer.session.moves", "Rooms import downwards"),
        ("session/moves.py", "import explorer.lens.narration", "Rooms import downwards"),
        ("lens/narration.py", "import explorer.ui.style", "Rooms import downwards"),
        ("ui/style.py", "import explorer.app", "Rooms import downwards"),
        ("app.py", "import explorer.cli.main", "Rooms import downwards"),
        ("lens/narration.py", "import pyqtgraph", "Qt only in ui and app"),
        ("engine/trace.py", "def f():\n    import PySide6.QtGui", "Qt only in ui and app"),
        ("cli/table.py", "import PySide6.QtCore", "The command line reaches Qt only through"),
        ("session/moves.py", "import torch", "never reach torch"),
        ("lens/narration.py", "import explorer.engine.model", "never reach torch"),
        ("ui/style.py", "def f():\n    import explorer.engine.reader", "never reach torch"),
        ("physics/information.py", "import msgspec", "Formulas know arrays"),
    ],
)
def test_the_contract_bites(module, line, contract, tmp_path):
    copy = tmp_path / "explorer"
    shutil.copytree(PACKAGE, copy, ignore=shutil.ignore_patterns("__pycache__", "_resources"))
    with (copy / module).open("a", encoding="utf-8") as file:
        file.write(f"\n{line}\n")
    done = lint_imports(tmp_path)
    broken = [row for row in done.stdout.splitlines() if row.endswith("BROKEN")]
    assert done.returncode == 1
    assert any(contract in row for row in broken), done.stdout
