"""What the tests share: the shipped model, stories told by it, a window's parts. Offscreen."""

from __future__ import annotations

import ctypes
import functools
import json
import os
import re
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

import numpy as np
import pytest
import torch
from hypothesis import settings
from PySide6.QtGui import QFont
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot
from shiboken6 import isValid

import explorer
from explorer.app import build
from explorer.engine.reader import LocalReader, open_model
from explorer.engine.trace import Trace
from explorer.resources import model_folder
from explorer.session import moves
from explorer.session.snapshot import DEMO_PROMPT, Snapshot
from explorer.session.story import grow, open_story
from explorer.ui.controller import Controller
from explorer.ui.style import LIGHT, Style
from explorer.ui.window import Window
from explorer.ui.worker import Worker

Story = Callable[..., Snapshot]

# How long an example takes says something about the machine and nothing about the program.
settings.register_profile("explorer", deadline=None)
settings.load_profile("explorer")


def child_environment(more: Mapping[str, str] | None = None) -> dict[str, str]:
    """The environment for a child process: the same explorer as here, no screen, one thread."""
    package = str(Path(explorer.__file__).parents[1])
    left_out = ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM", "PYTHONSAFEPATH")
    kept = {name: value for name, value in os.environ.items() if name not in left_out}
    return kept | {"PYTHONPATH": package, "OMP_NUM_THREADS": "1"} | dict(more or {})


@pytest.fixture
def child(tmp_path: Path) -> Callable[..., subprocess.CompletedProcess[str]]:
    """Run the program as a process of its own: `child("generate", "Hi", LC_ALL="C")`.

    It runs in an empty folder with the package that the tests import, without a display.
    """

    def run(*arguments: str, **environ: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "explorer", *arguments],
            cwd=tmp_path,
            env=child_environment(environ),
            capture_output=True,
            encoding="utf-8",
            timeout=120,
        )

    return run


@pytest.fixture
def environment() -> Callable[..., dict[str, str]]:
    """`child_environment`, for tests that start a process themselves."""
    return child_environment


@pytest.fixture
def powerless() -> Callable[[], None]:
    """For `preexec_fn`: root, too, may then read and write only what its files allow."""
    if sys.platform != "linux":
        pytest.skip("only Linux takes single rights away")
    libc = ctypes.CDLL(None)
    drop_bound, override, read_search = 24, 1, 2

    def drop() -> None:
        for right in (override, read_search):
            libc.prctl(drop_bound, right, 0, 0, 0)

    return drop


@pytest.fixture(scope="session")
def reader() -> LocalReader:
    """The shipped model; tests only read with it."""
    torch.set_num_threads(1)
    return open_model(model_folder())


@pytest.fixture(scope="session")
def story(reader: LocalReader) -> Story:
    """Tell a story: `story(5, prompt=..., temperature=...)` is a Snapshot after 5 steps.

    Snapshots are frozen, so the same story is told only once.
    """

    @functools.cache
    def tell(steps: int = 0, prompt: str = DEMO_PROMPT, temperature: float = 0.8) -> Snapshot:
        s = open_story(reader, Snapshot(), prompt)
        s = moves.heat(s, temperature)
        for _ in range(steps):
            s = grow(reader, s)
        return s

    return tell


@pytest.fixture
def worker(qapp: object) -> Iterator[Worker]:
    """A background thread that ends with the test."""
    worker = Worker()
    yield worker
    worker.close()


@pytest.fixture
def looks_of_the_application(qapp: QApplication) -> Iterator[None]:
    """Puts font and palette back: a style changes them for the whole process."""
    font, palette = QFont(qapp.font()), qapp.palette()
    yield
    qapp.setFont(font)
    qapp.setPalette(palette)


@pytest.fixture
def style(looks_of_the_application: None) -> Style:
    """The light theme at normal size."""
    return Style(LIGHT)


@pytest.fixture
def controller(worker: Worker, reader: LocalReader, qtbot: object) -> Controller:
    """A controller that has loaded the shipped model and read the demo prompt."""
    controller = Controller(Snapshot(), worker)
    controller.start(iter([reader]))
    qtbot.waitUntil(lambda: bool(controller.snapshot.timeline), timeout=5000)  # type: ignore[attr-defined]
    return controller


@pytest.fixture
def window(
    worker: Worker, reader: LocalReader, looks_of_the_application: None, qtbot: QtBot
) -> Iterator[Window]:
    """The window with all panels, the demo prompt read."""
    window = build(worker, "light")
    qtbot.addWidget(window)
    window.resize(1600, 900)
    window.show()
    window.arrange("explore")
    qtbot.waitExposed(window)
    window.controller.start(iter([reader]))
    qtbot.waitUntil(lambda: bool(window.controller.snapshot.timeline))
    controller = window.controller
    yield window
    # pytest-qt has closed it already, and deleted it where a fixture let events through since.
    if isValid(window):
        window.close()
    controller.reader.close()


class Call(BaseHTTPRequestHandler):
    """One request to the fake server, and what a test may do with it."""

    protocol_version = "HTTP/1.1"
    body = b""

    def setup(self) -> None:
        super().setup()
        self.server.lines += 1  # type: ignore[attr-defined]

    def do_GET(self) -> None:
        self.body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self.server.calls.append(self)  # type: ignore[attr-defined]
        route = self.server.routes.get(self.path)  # type: ignore[attr-defined]
        if route is None:
            self.answer(404, b"{}")
        else:
            route(self)

    def do_POST(self) -> None:
        self.do_GET()

    def answer(self, status: int, body: bytes, kind: str = "application/json", **more: str) -> None:
        """Answer with bytes."""
        self.start(status, **{"Content-Length": str(len(body)), "Content-Type": kind, **more})
        self.write(body)

    def json(self, value: object) -> None:
        """Answer with a value."""
        self.answer(200, json.dumps(value).encode())

    def start(self, status: int, **headers: str) -> None:
        """Send the head of an answer."""
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()

    def write(self, data: bytes) -> bool:
        """Send bytes as they are; False when nobody listens any more."""
        try:
            self.wfile.write(data)
        except OSError:
            return False
        return True

    def sleep(self, seconds: float) -> None:
        """Say nothing for a while, or until the test is over."""
        self.server.over.wait(seconds)  # type: ignore[attr-defined]

    def hang_up(self) -> None:
        """End the connection."""
        self.close_connection = True

    def log_message(self, *_: object) -> None:
        """Say nothing in the terminal."""


class FakeServer(ThreadingHTTPServer):
    """Answers on loopback with functions of a `Call` by path; remembers calls and connections."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Call)
        self.routes: dict[str, Callable[[Call], object]] = {}
        self.calls: list[Call] = []
        self.lines = 0
        self.over = threading.Event()

    @property
    def address(self) -> str:
        """Where it answers."""
        return f"http://127.0.0.1:{self.server_port}"

    def handle_error(self, *_: object) -> None:
        """A client that hangs up early is part of the tests."""


@pytest.fixture
def server() -> Iterator[FakeServer]:
    """A fake server in a thread: `server.routes["/health"] = lambda call: call.json({})`."""
    server = FakeServer()
    thread = threading.Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    yield server
    server.over.set()
    server.shutdown()
    thread.join()
    server.server_close()


class Completions:
    """The shipped model behind the fake server, in the shapes of three kinds of servers.

    most is the largest number of candidates that it names, 0: all of them.
    """

    def __init__(self, server: FakeServer, reader: LocalReader) -> None:
        self.server, self.reader = server, reader
        self.most, self.model = 0, "stories"

    def serve(self, kind: str, most: int = 0) -> FakeServer:
        """Answer from now on as a server of this kind."""
        self.most = most
        common = {"/v1/models": self._models(kind), "/tokenize": self._tokenize}
        self.server.routes = (
            common
            | {
                "llama.cpp": {"/props": self._props, "/completion": self._llama},
                "vllm": {"/v1/completions": self._vllm},
                "text": {"/v1/completions": self._text},
            }[kind]
        )
        if kind == "text":
            del self.server.routes["/tokenize"]
        return self.server

    def named(self, ids: list[int], count: int) -> list[tuple[int, float]]:
        """The most probable tokens after these, with their log-probabilities."""
        logits = self.reader.read(Trace(), ids).steps[-1].logits.astype(float)
        logprobs = logits - np.logaddexp.reduce(logits)
        order = np.argsort(-logprobs, kind="stable")[: min(count, self.most or len(logprobs))]
        return [(int(token), float(logprobs[token])) for token in order]

    def _models(self, kind: str) -> Callable[[Call], None]:
        facts = self.reader.facts
        meta = {"n_vocab": facts.vocabulary, "n_params": 9, "n_ctx_train": facts.context}
        more = {"llama.cpp": {"owned_by": "llamacpp", "meta": meta}, "text": {"owned_by": "me"},
                "vllm": {"owned_by": "vllm", "max_model_len": facts.context}}[kind]  # fmt: skip
        return lambda call: call.json({"data": [{"id": self.model, **more}]})

    def _props(self, call: Call) -> None:
        settings = {"n_ctx": self.reader.facts.context}
        end = {"bos_token": "<|endoftext|>", "eos_token": "<|endoftext|>"}
        name = {"model_alias": self.model, "model_path": f"/models/{self.model}.gguf"}
        call.json({"default_generation_settings": settings, "total_slots": 1, **name, **end})

    def _tokenize(self, call: Call) -> None:
        asked = json.loads(call.body)
        text = asked.get("content", asked.get("prompt"))
        call.json({"tokens": list(self.reader.encode(text).ids)})

    def _llama(self, call: Call) -> None:
        asked = json.loads(call.body)
        pieces, end = self.reader.facts.pieces, self.reader.facts.end_token
        top = [
            {"id": token, "token": "", "logprob": logprob,
             "bytes": [] if token == end else list(pieces[token])}
            for token, logprob in self.named(asked["prompt"], asked["n_probs"])
        ]  # fmt: skip
        answer = {"completion_probabilities": [{"top_logprobs": top}], "model": self.model}
        bias = dict(asked.get("logit_bias", []))
        chosen = max(bias, key=bias.get) if bias else top[0]["id"]
        if "\ufffd" in pieces[chosen].decode("utf-8", "replace"):
            # The real server keeps them back where its choice ends within a letter.
            del answer["completion_probabilities"]
        call.json(answer)

    def _vllm(self, call: Call) -> None:
        asked = json.loads(call.body)
        wished, most = asked["logprobs"], self.most or self.reader.facts.vocabulary
        if wished > most:
            said = f"Requested sample logprobs of {wished}, which is greater than max allowed: "
            said = f"{said}{most} (parameter=logprobs, value={wished})"
            call.answer(400, json.dumps({"error": {"message": said}}).encode())
            return
        found = self.named(asked["prompt"], wished)
        top = {f"token_id:{token}": logprob for token, logprob in found}
        call.json({"choices": [{"logprobs": {"top_logprobs": [top]}}], "model": self.model})

    def _text(self, call: Call) -> None:
        asked = json.loads(call.body)
        ids = list(self.reader.encode(asked["prompt"]).ids)
        words = [self.reader.tokenizer.decode([token]) for token in ids]
        found = self.named(ids, asked["logprobs"])
        top = {self.reader.tokenizer.decode([token]): value for token, value in found}
        logprobs = {"tokens": words, "top_logprobs": [top]}
        call.json({"choices": [{"logprobs": logprobs}], "model": self.model})


@pytest.fixture
def completions(server: FakeServer, reader: LocalReader) -> Completions:
    """A completion server with the shipped model: `completions.serve("vllm", 20).address`."""
    return Completions(server, reader)


@pytest.fixture(scope="session")
def family_folder(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Path]:
    """A small random checkpoint of a family, written by `transformers`; each is made only once."""
    base = tmp_path_factory.mktemp("families")

    def folder(name: str) -> Path:
        if not (base / name).exists():
            write_family(name, base / name)
        return base / name

    return folder


_BASE = {
    "vocab_size": 320, "hidden_size": 32, "max_position_embeddings": 96,
    "initializer_range": 0.3, "bos_token_id": 0, "eos_token_id": 1, "pad_token_id": 2,
}  # fmt: skip
_SMALL = {
    **_BASE, "intermediate_size": 48, "num_hidden_layers": 3, "num_attention_heads": 4,
}  # fmt: skip
_GROUPED = {**_SMALL, "num_key_value_heads": 2}
_GEMMA = {**_GROUPED, "head_dim": 12, "sliding_window": 8, "query_pre_attn_scalar": 10}
_ROPE = {"rope_theta": 500.0}
# By name: the model_type and the fields of its configuration.
FAMILY_CONFIGS: dict[str, tuple[str, dict[str, object]]] = {
    "gpt2": ("gpt2", {
        **_BASE, "n_embd": 32, "n_layer": 3, "n_head": 4, "n_positions": 96, "n_inner": 40,
    }),
    "gpt_neo": ("gpt_neo", {
        **_BASE, "num_layers": 4, "num_heads": 4, "window_size": 8,
        "attention_types": [[["global", "local"], 2]],
    }),
    "gpt_neox": ("gpt_neox", {**_SMALL, "rotary_pct": 0.5}),
    "gpt_neox in series": ("gpt_neox", {**_SMALL, "use_parallel_residual": False}),
    "llama": ("llama", _GROUPED),
    "llama 2": ("llama", {**_SMALL, "tie_word_embeddings": False}),
    "smollm": ("llama", {
        **_SMALL, "hidden_size": 36, "num_attention_heads": 6, "num_key_value_heads": 2,
        "tie_word_embeddings": True, "rope_parameters": {**_ROPE, "rope_type": "default"},
    }),
    # The narrowest heads that vLLM multiplies on a processor are 32 wide.
    "llama with wide heads": ("llama", {
        **_GROUPED, "head_dim": 64, "eos_token_id": None,
    }),
    "llama with biases": ("llama", {**_SMALL, "attention_bias": True, "mlp_bias": True}),
    "llama3 rotary": ("llama", {**_GROUPED, "tie_word_embeddings": True, "rope_parameters": {
        **_ROPE, "rope_type": "llama3", "factor": 8.0, "low_freq_factor": 1.0,
        "high_freq_factor": 4.0, "original_max_position_embeddings": 32,
    }}),
    "yarn rotary": ("llama", {**_GROUPED, "rope_parameters": {
        **_ROPE, "rope_type": "yarn", "factor": 4.0, "original_max_position_embeddings": 24,
    }}),
    "linear rotary": ("llama", {**_GROUPED, "rope_parameters": {
        **_ROPE, "rope_type": "linear", "factor": 4.0,
    }}),
    "dynamic rotary": ("llama", {**_GROUPED, "rope_parameters": {
        **_ROPE, "rope_type": "dynamic", "factor": 4.0,
    }}),
    "mistral": ("mistral", {**_GROUPED, "sliding_window": 8}),
    "mistral without a window": ("mistral", {**_GROUPED, "sliding_window": None}),
    "qwen2.5": ("qwen2", {
        **_GROUPED, "use_sliding_window": False, "sliding_window": 90, "max_window_layers": 1,
        "tie_word_embeddings": True,
    }),
    "qwen2": ("qwen2", {
        **_GROUPED, "use_sliding_window": True, "sliding_window": 8, "max_window_layers": 1,
    }),
    "qwen3": ("qwen3", {**_GROUPED, "head_dim": 12}),
    "gemma2": ("gemma2", {
        **_GEMMA, "attn_logit_softcapping": 2.0, "final_logit_softcapping": 3.0,
    }),
    "gemma3": ("gemma3_text", {
        **_GEMMA, "num_hidden_layers": 7, "rope_scaling": {"rope_type": "linear", "factor": 8.0},
    }),
    "phi3": ("phi3", {**_GROUPED, "sliding_window": 8}),
    "phi3 longrope": ("phi3", {
        **_GROUPED, "original_max_position_embeddings": 64, "rope_parameters": {
            **_ROPE, "rope_type": "longrope", "original_max_position_embeddings": 64,
            "factor": 1.5, "short_factor": [1.1, 1.2, 1.3, 1.4], "long_factor": [2.0] * 4,
        },
    }),
    # Rotary positions of a part of each head, stretched, and one embedding for both ends.
    "phi4 mini": ("phi3", {
        **_GROUPED, "hidden_size": 64, "tie_word_embeddings": True, "partial_rotary_factor": 0.75,
        "original_max_position_embeddings": 64, "rope_parameters": {
            **_ROPE, "rope_type": "longrope", "original_max_position_embeddings": 64,
            "partial_rotary_factor": 0.75, "factor": 1.5,
            "short_factor": [1.1, 1.2, 1.3, 1.4, 1.5, 1.6], "long_factor": [2.0] * 6,
        },
    }),
    "olmo2": ("olmo2", _GROUPED),
    "xglm": ("xglm", {
        "vocab_size": 320, "d_model": 32, "ffn_dim": 48, "num_layers": 3, "attention_heads": 4,
        "max_position_embeddings": 96, "init_std": 0.3, "bos_token_id": 0, "eos_token_id": 1,
        "pad_token_id": 1,
    }),
}  # fmt: skip


@pytest.fixture(scope="session")
def shards_of(family_folder: Callable[[str], Path]) -> Callable[[str], Path]:
    """The same checkpoint in several files with an index."""

    def folder(name: str) -> Path:
        import transformers

        whole = family_folder(name)
        split = whole.with_name(f"{name} in shards")
        if not split.exists():
            model = transformers.AutoModelForCausalLM.from_pretrained(whole, local_files_only=True)
            model.save_pretrained(split, max_shard_size="20KB")
            (split / "tokenizer.json").write_bytes((whole / "tokenizer.json").read_bytes())
        assert (split / "model.safetensors.index.json").exists()
        return split

    return folder


def write_family(name: str, folder: Path) -> None:
    """Write a checkpoint of random weights, norms and biases included, with a tokenizer."""
    import transformers

    kind, fields = FAMILY_CONFIGS[name]
    torch.manual_seed(5)
    transformers.utils.logging.set_verbosity_error()
    transformers.utils.logging.disable_progress_bar()
    config = transformers.AutoConfig.for_model(kind, **fields)
    model = transformers.AutoModelForCausalLM.from_config(config)
    with torch.no_grad():
        for weight in model.parameters():
            weight += 0.1 * torch.randn_like(weight)
    model.save_pretrained(folder)
    (folder / "tokenizer.json").write_text(small_tokenizer(), encoding="utf-8")


def small_tokenizer() -> str:
    """A byte-level tokenizer of 320 tokens, three of them control tokens."""
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers

    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=320,
        special_tokens=["<begin>", "<end>", "<pad>"],
        initial_alphabet=sorted(pre_tokenizers.ByteLevel.alphabet()),
        show_progress=False,
    )
    words = [f"{a}{b} {b}{a}" for a in ("th", "wh", "sl", "c") for b in ("ere", "at", "en", "ough")]
    tokenizer.train_from_iterator(words * 3, trainer)
    return str(tokenizer.to_str())


@pytest.fixture(scope="session")
def serve() -> Iterator[Callable[..., str]]:
    """Start `explorer serve`: `serve(folder, ..., NAME=value)` is its address. All end with us."""
    running: list[subprocess.Popen[str]] = []

    def start(*arguments: object, **environ: str) -> str:
        process = subprocess.Popen(
            [sys.executable, "-m", "explorer", "serve", "--port", "0", *map(str, arguments)],
            env=child_environment(environ),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            encoding="utf-8",
        )
        running.append(process)
        assert process.stdout is not None and process.stderr is not None
        said = re.search(r"http://\S+", process.stdout.readline())
        assert said, process.stderr.read()
        return said.group()

    yield start
    for process in running:
        process.terminate()
        process.communicate(timeout=20)


@pytest.fixture(scope="module")
def one_thread() -> Iterator[None]:
    """Let torch use one thread: two would wait for each other on a busy machine."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)
