"""What a stranger's folder could do to the process, tried in processes of its own.

Each child opens a folder under an audit hook that writes down every file it opens, prints the
sentence that it got, the files outside the folder, and the most memory that it took.
"""

from __future__ import annotations

import json
import os
import pickle
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file, save_file

WEIGHTS, INDEX, CONFIG = "model.safetensors", "model.safetensors.index.json", "config.json"
LIMIT = 60
CHILD = """
import json, os, resource, sys
from pathlib import Path
import explorer.engine.reader as reader
folder, whole = map(Path, sys.argv[1:])
reader.open_model(whole)  # whatever is imported at the first use is imported now
opened = []
def watch(event, arguments):
    if event == "open" and isinstance(arguments[0], (str, bytes)):
        opened.append(str(arguments[0]))
    if event in ("exec", "compile", "import", "subprocess.Popen", "os.system", "pickle.find_class"):
        opened.append(event)
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
sys.addaudithook(watch)
try:
    model = reader.open_model(folder)
    said = "opened"
except ValueError as error:
    said = str(error)
after = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
pickles = [name for name in opened if name.endswith((".bin", ".pt", ".pth", ".zip"))]
known = (str(folder), "/proc/", os.devnull)
outside = pickles + [name for name in opened if not any(one in name for one in known)]
print(json.dumps({"said": said, "outside": outside, "kilobytes": after - before}))
"""

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="the children watch themselves")


@pytest.fixture
def folder(family_folder: Callable[[str], Path], tmp_path: Path) -> Path:
    return Path(shutil.copytree(family_folder("llama"), tmp_path / "model"))


@pytest.fixture
def run(environment: Callable[..., dict[str, str]]) -> Callable[..., subprocess.CompletedProcess]:
    def child(code: str, *arguments: object) -> subprocess.CompletedProcess:
        return subprocess.run(
            [sys.executable, "-P", "-c", code, *map(str, arguments)],
            env=environment(),
            capture_output=True,
            encoding="utf-8",
            timeout=LIMIT,
        )

    return child


def answer(done: subprocess.CompletedProcess) -> dict[str, Any]:
    assert done.returncode == 0, done.stderr
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found


class Evil:
    """Makes a file when it is unpickled."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> tuple[Any, ...]:
        return Path.touch, (self.path,)


def outside_by_index(folder: Path) -> None:
    tensors = load_file(folder / WEIGHTS)
    (folder / WEIGHTS).unlink()
    save_file(tensors, folder.parent / "outside.safetensors")
    write = {"weight_map": dict.fromkeys(tensors, "../outside.safetensors")}
    (folder / INDEX).write_text(json.dumps(write))


def outside_by_link(folder: Path) -> None:
    (folder / WEIGHTS).rename(folder.parent / "outside.safetensors")
    (folder / WEIGHTS).symlink_to(folder.parent / "outside.safetensors")


def a_pickle(folder: Path) -> None:
    (folder / WEIGHTS).unlink()
    (folder / "pytorch_model.bin").write_bytes(pickle.dumps(Evil(folder.parent / "ran")))


def a_pickle_bomb(folder: Path) -> None:
    (folder / WEIGHTS).unlink()
    with zipfile.ZipFile(folder / "pytorch_model.bin", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("archive/data.pkl", pickle.dumps(Evil(folder.parent / "ran")))
        archive.writestr("archive/data/0", bytes(1 << 27))


def a_pickled_network(folder: Path) -> None:
    (folder / WEIGHTS).unlink()
    torch.save(torch.nn.Linear(2, 2), folder / "model.pt")


def a_tensor_of_one_number(folder: Path) -> None:
    (folder / WEIGHTS).unlink()
    torch.save({"w": torch.zeros(1).expand(1 << 30)}, folder / "pytorch_model.bin")


def code(folder: Path) -> None:
    (folder / "evil.py").write_text(f"open({str(folder.parent / 'ran')!r}, 'w')")
    fields = json.loads((folder / CONFIG).read_text())
    (folder / CONFIG).write_text(json.dumps(fields | {"auto_map": {"AutoModel": "evil.Model"}}))


def a_giant(folder: Path) -> None:
    fields = json.loads((folder / CONFIG).read_text())
    giant = {"num_hidden_layers": 512, "hidden_size": 65_536, "intermediate_size": 1 << 20}
    (folder / CONFIG).write_text(json.dumps(fields | giant | {"head_dim": 64}))


def a_sparse_file(folder: Path) -> None:
    entry = {"dtype": "F32", "shape": [2**38], "data_offsets": [0, 2**40]}
    header = json.dumps({"model.embed_tokens.weight": entry}).encode()
    with (folder / WEIGHTS).open("wb") as file:
        file.write(len(header).to_bytes(8, "little") + header)
        try:
            file.truncate(8 + len(header) + 2**40)
        except OSError:
            pytest.skip("this disk has no sparse files of 1 TiB")


def deep(folder: Path) -> None:
    (folder / "tokenizer.json").write_bytes(b'{"model":' * 1_000_000)


def doubling(folder: Path) -> None:
    content = json.loads((folder / "tokenizer.json").read_text())
    double = {"type": "Replace", "pattern": {"Regex": "."}, "content": "xx"}
    content["normalizer"] = {"type": "Sequence", "normalizers": [double] * 40}
    (folder / "tokenizer.json").write_text(json.dumps(content))


def an_endless_template(folder: Path) -> None:
    template = "{% for i in range(10 ** 9) %}{{ 'x' * 10 ** 9 }}{% endfor %}"
    (folder / "tokenizer_config.json").write_text(json.dumps({"chat_template": template}))
    (folder / "chat_template.jinja").write_text(template)


def panic(folder: Path) -> None:
    content = json.loads((folder / "tokenizer.json").read_text())
    content["normalizer"] = {"type": "Precompiled", "precompiled_charsmap": "AAAA"}
    (folder / "tokenizer.json").write_text(json.dumps(content))


ROWS: dict[str, tuple[Callable[[Path], object], str]] = {
    "an index that leads out": (outside_by_index, "not a plain name"),
    "a link that leads out": (outside_by_link, "leads out of the folder"),
    "a pickle": (a_pickle, "pickled"),
    "a pickle that swells": (a_pickle_bomb, "pickled"),
    "a whole network pickled": (a_pickled_network, "pickled"),
    "a pickled tensor of one number and four gigabytes": (a_tensor_of_one_number, "pickled"),
    "remote code": (code, "never run"),
    "a giant": (a_giant, "lacks"),
    "a sparse terabyte": (a_sparse_file, "lacks"),
    "a tokenizer a million levels deep": (deep, "not a usable tokenizer"),
    "a tokenizer that doubles every letter forty times": (doubling, "fills the memory"),
    "a chat template without end": (an_endless_template, "opened"),
    "a tokenizer that panics": (panic, "not a usable tokenizer"),
    "ten thousand other files": (
        lambda folder: [(folder / f"{i}.txt").touch() for i in range(10_000)], "opened"
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", ROWS)
def test_nothing_is_run_nothing_outside_is_read_and_little_memory_is_taken(
    folder: Path,
    family_folder: Callable[[str], Path],
    run: Callable[..., subprocess.CompletedProcess],
    name: str,
) -> None:
    spoil, reason = ROWS[name]
    spoil(folder)
    found = answer(run(CHILD, folder, family_folder("llama")))
    assert reason in found["said"]
    assert found["outside"] == []
    assert found["kilobytes"] < 64_000
    assert not (folder.parent / "ran").exists()


CUT = """
import os, sys
from pathlib import Path
from explorer.engine.reader import open_model
from explorer.engine.trace import Trace
folder = Path(sys.argv[1])
reader = open_model(folder, "as-stored")
trace = reader.read(Trace(), [5, 6, 7])
found = reader.inspect(trace, 2)
known = found["blocks.0.ln1"]
os.truncate(folder / "model.safetensors", 5000)
known.fill((3,))
for ask in (
    lambda: reader.read(trace, [8]),
    lambda: list(found.take_apart()),
    lambda: found["blocks.0.q"].fill((0, 0)),
    lambda: found.lens(),
):
    try:
        ask()
    except ValueError as error:
        print(error)
"""


def test_a_mapped_file_that_is_cut_is_a_sentence_and_not_the_end(
    folder: Path, run: Callable[..., subprocess.CompletedProcess]
) -> None:
    done = run(CUT, folder)
    assert done.returncode == 0, done.stderr
    assert done.stdout.count("was cut while it was open") == 4


CLOSED = """
import sys
from pathlib import Path
from explorer.engine.reader import open_model
folder = Path(sys.argv[1])
for name in sys.argv[2:]:
    mode = (folder / name).stat().st_mode
    (folder / name).chmod(0)
    try:
        open_model(folder)
    except ValueError as error:
        print(error)
    (folder / name).chmod(mode)
"""


def test_what_may_not_be_read_is_a_sentence(
    folder: Path, environment: Callable[..., dict[str, str]], powerless: Callable[[], None]
) -> None:
    names = (".", CONFIG, WEIGHTS, "tokenizer.json")
    done = subprocess.run(
        [sys.executable, "-c", CLOSED, str(folder), *names], env=environment(),
        capture_output=True, encoding="utf-8", timeout=LIMIT, preexec_fn=powerless,
    )  # fmt: skip
    assert done.stdout.count("cannot be read: Permission denied") == len(names), done.stderr


def cut(folder: Path) -> None:
    os.truncate(folder / WEIGHTS, 20_000)


@pytest.mark.parametrize("command", ["generate", "info"])
@pytest.mark.parametrize(
    ("spoil", "reason"), [(cut, "is cut off"), (panic, "not a usable tokenizer")]
)
def test_the_command_line_says_it_in_a_line_and_returns_2(
    folder: Path,
    child: Callable[..., subprocess.CompletedProcess[str]],
    command: str,
    spoil: Callable[[Path], object],
    reason: str,
) -> None:
    spoil(folder)
    where = ("there", "--model", str(folder)) if command == "generate" else (str(folder),)
    done = child(command, *where, RUST_BACKTRACE="1")
    assert done.returncode == 2
    assert done.stderr.startswith("explorer: ") and len(done.stderr.splitlines()) == 1
    assert reason in done.stderr
