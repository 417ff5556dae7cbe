"""The client against a server that behaves badly: every failure is one sentence, in time."""

from __future__ import annotations

import gzip
import logging
import socket
import ssl
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from explorer.engine.remote.address import parse_address
from explorer.engine.remote.failure import ServerError, StoppedError
from explorer.engine.remote.http import Client, Limits
from explorer.engine.remote.wire import Patience

QUICK = Limits(Patience(connect=1.0, silence=0.5, answer=1.0), body=1000, tries=3, pause=0.01)
KEY = "sk-very-secret"
# Made for these tests, valid for 127.0.0.1 and trusted by nobody.
CERTIFICATE = Path(__file__).with_name("certificate.pem")


@pytest.fixture
def client(server) -> Callable[..., Client]:
    made: list[Client] = []

    def make(key: str = "", limits: Limits = QUICK, **more: object) -> Client:
        made.append(Client(parse_address(server.address), key, limits, **more))
        return made[-1]

    yield make
    for one in made:
        one.close()


def test_an_answer_comes_back_decoded_over_one_line(server, client):
    server.routes["/x"] = lambda call: call.json({"you": call.body.decode(), "ü": [1.5, None]})
    one = client()
    for _ in range(3):
        assert one.post_json("/x", {"a": 1}) == {"you": '{"a":1}', "ü": [1.5, None]}
    assert server.lines == 1


def test_bytes_of_another_kind_go_and_come(server, client):
    server.routes["/x"] = lambda call: call.answer(200, call.body[::-1], "application/x-msgpack")
    answer = client().post("/x", b"\x00\xff\x01", "application/x-msgpack")
    assert answer.body == b"\x01\xff\x00"
    assert answer.headers["content-type"] == "application/x-msgpack"
    assert server.calls[0].headers["Content-Type"] == "application/x-msgpack"


def test_a_line_that_was_cut_in_a_pause_is_made_again(server, client):
    server.routes["/x"] = lambda call: (call.json([1]), call.hang_up())[0]
    one = client()
    assert [one.get_json("/x") for _ in range(3)] == [[1]] * 3


def test_the_key_travels_in_its_header_and_nowhere_else(server, client, caplog):
    server.routes["/x"] = lambda call: call.answer(401, f'{{"error": "bad {KEY}"}}'.encode())
    with caplog.at_level(logging.DEBUG), pytest.raises(ServerError, match="wants a key") as caught:
        client(KEY).get("/x")
    assert server.calls[0].headers["Authorization"] == f"Bearer {KEY}"
    assert KEY not in str(caught.value) + caplog.text + server.calls[0].path


def test_a_key_is_not_sent_in_clear_over_a_network():
    with pytest.raises(ServerError, match="key is not sent"):
        Client(parse_address("http://10.1.2.3:8080"), KEY)


@pytest.mark.parametrize("key", ["a\r\nHost: x", "schlüssel", "a\x00"])
def test_a_key_that_would_break_the_header_is_refused(key):
    with pytest.raises(ServerError, match="key holds characters"):
        Client(parse_address("http://127.0.0.1:1"), key)


@pytest.mark.parametrize(
    ("status", "body", "words"),
    [
        (400, b'{"error": {"message": "prompt missing", "code": 400}}', "says: prompt missing"),
        (401, b"", "wants a key"),
        (403, b"no", "does not allow this"),
        (404, b"<html>gone</html>", "has nothing there"),
        (413, b"", "too long"),
        (422, b'{"detail": [{"msg": "field required"}]}', "field required"),
        (500, b'{"error": {"message": "out of memory"}}', "failed.*out of memory"),
        (500, b"Internal Server Error", "says: Internal Server Error"),
        (500, b"\xff\xfe\x00" * 300, "failed"),
        (502, b"", "cannot reach the model"),
        (504, b"", "waited in vain"),
        (418, b"", "did not do what was asked"),
    ],
)
def test_a_refusal_is_told_with_the_words_of_the_server(server, client, status, body, words):
    server.routes["/x"] = lambda call: call.answer(status, body)
    with pytest.raises(ServerError, match=words) as caught:
        client().get("/x")
    assert caught.value.status == status
    assert len(str(caught.value)) < 600
    assert str(caught.value).isprintable()
    assert len(server.calls) == 1


@pytest.mark.parametrize("target", ["http://other.example/", "file:///etc/passwd", "/elsewhere"])
@pytest.mark.parametrize("status", [301, 302, 307, 308])
def test_nobody_is_followed_to_another_place(server, client, status, target):
    server.routes["/x"] = lambda call: call.answer(status, b"", Location=target)
    with pytest.raises(ServerError, match="Explorer does not follow"):
        client(KEY).post("/x", b"{}")
    assert len(server.calls) == 1


@pytest.mark.parametrize("status", [429, 503])
def test_a_busy_server_is_asked_again_after_a_pause(server, client, status):
    told: list[str] = []
    answers = [status, status, 200]
    server.routes["/x"] = lambda call: call.answer(answers.pop(0), b"[]", **{"Retry-After": "0.01"})
    assert client(tell=told.append).get_json("/x") == []
    assert len(server.calls) == 3
    assert len(told) == 2 and "Trying again" in told[0]


def test_a_server_that_stays_busy_is_left_in_the_end(server, client):
    server.routes["/x"] = lambda call: call.answer(503, b"")
    with pytest.raises(ServerError, match="is not ready"):
        client().get("/x")
    assert len(server.calls) == QUICK.tries


def test_a_server_that_loads_its_model_is_waited_for(server, client):
    answers = [503] * 8 + [200]
    body = b'{"error": {"message": "Loading model", "code": 503}}'
    server.routes["/x"] = lambda call: call.answer(answers.pop(0), body)
    limits = Limits(QUICK.patience, tries=2, pause=0.001, longest_pause=0.002)
    assert client(limits=limits).get("/x").status == 200


@pytest.mark.parametrize("wish", ["inf", "nan", "-5", "soon", "99999999", "Thu, 01 Jan 1970"])
def test_a_wish_for_a_senseless_pause_is_not_granted(server, client, wish):
    answers = [429, 200]
    server.routes["/x"] = lambda call: call.answer(answers.pop(0), b"[]", **{"Retry-After": wish})
    limits = Limits(QUICK.patience, pause=0.01, longest_pause=0.05)
    start = time.monotonic()
    assert client(limits=limits).get_json("/x") == []
    assert time.monotonic() - start < 2


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (b"<html><body>Sign in</body></html>", "not JSON: '<html>"),
        (b'{"a": [1, 2', "not JSON"),
        (b"", "not JSON"),
        (b"\xff\xfe{}", "not JSON"),
        (b"[" * 900, "not JSON"),
        (b"NaN", "not JSON"),
    ],
)
def test_what_is_no_json_is_refused(server, client, body, words):
    server.routes["/x"] = lambda call: call.answer(200, body)
    with pytest.raises(ServerError, match=words):
        client().get_json("/x")


def test_deep_json_is_refused_without_a_crash(server, client):
    server.routes["/x"] = lambda call: call.answer(200, b"[" * 500_000)
    with pytest.raises(ServerError, match="not JSON"):
        client(limits=Limits()).get_json("/x")


def test_a_large_body_is_refused_before_it_is_read(server, client):
    server.routes["/x"] = lambda call: call.answer(200, b"x" * 2000)
    with pytest.raises(ServerError, match="sends more than"):
        client().get("/x")


def test_an_endless_body_is_left(server, client):
    def endless(call):
        call.start(200, **{"Transfer-Encoding": "chunked"})
        while call.write(b"40\r\n" + b"x" * 64 + b"\r\n"):
            pass

    server.routes["/x"] = endless
    with pytest.raises(ServerError, match="sends more than"):
        client().get("/x")


def test_a_packed_body_is_not_unpacked(server, client):
    bomb = gzip.compress(b"0" * 10_000_000)
    server.routes["/x"] = lambda call: call.answer(200, bomb[:900], **{"Content-Encoding": "gzip"})
    with pytest.raises(ServerError, match="packed"):
        client().get("/x")
    assert server.calls[0].headers["Accept-Encoding"] == "identity"


def test_nobody_listening_is_said(client):
    with socket.socket() as plug:
        plug.bind(("127.0.0.1", 0))
        port = plug.getsockname()[1]
    with pytest.raises(ServerError, match="Nothing answers at http"):
        Client(parse_address(f"127.0.0.1:{port}")).get("/")


def test_a_name_that_nobody_has_is_said():
    with pytest.raises(ServerError, match="cannot be reached"):
        Client(parse_address("http://nobody.invalid")).get("/")


def test_silence_ends(server, client):
    server.routes["/x"] = lambda call: call.sleep(3)
    with pytest.raises(ServerError, match=r"said nothing within 0.5 seconds"):
        client().get("/x")


@pytest.mark.parametrize("part", ["head", "body"])
def test_a_drip_does_not_hold_longer_than_an_answer_may_take(server, client, part):
    def drip(call):
        if part == "body":
            call.start(200, **{"Content-Length": "900"})
        for byte in b"HTTP/1.1 200 OK\r\n" * 20:
            if not call.write(bytes([byte])):
                return
            call.sleep(0.05)

    server.routes["/x"] = drip
    with pytest.raises(ServerError, match="did not finish its answer within 1 seconds"):
        client().get("/x")


@pytest.mark.parametrize(
    "sent",
    [b"", b"HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\nhalf", b"SSH-2.0-OpenSSH_9\r\n\r\n",
     b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
     b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nab",
     b"HTTP/1.1 200 OK\r\n" + b"A: b\r\n" * 200 + b"\r\n",
     b"HTTP/1.1 200 OK\r\nA: " + b"b" * 100_000],
)  # fmt: skip
def test_a_broken_answer_is_a_sentence(server, client, sent):
    server.routes["/x"] = lambda call: (call.write(sent), call.hang_up())
    with pytest.raises(ServerError, match=r"ended the connection|does not speak HTTP"):
        client().get("/x")


def test_a_server_without_encryption_is_not_taken_for_one_with(server):
    address = parse_address(server.address.replace("http://", "https://"))
    with pytest.raises(ServerError, match="does not speak https properly"):
        Client(address, KEY, QUICK).get("/x")
    assert server.calls == []


@pytest.fixture
def secure(server) -> str:
    """The address of the fake server behind a certificate that only those who trust it trust."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(CERTIFICATE)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    return server.address.replace("http://", "https://")


def test_a_certificate_that_nobody_vouches_for_stops_everything(server, secure):
    server.routes["/x"] = lambda call: call.json(1)
    with pytest.raises(ServerError, match="could not prove who it is"):
        Client(parse_address(secure), KEY, QUICK).get("/x")
    assert server.calls == []


def test_a_certificate_of_another_machine_stops_everything(server, secure, monkeypatch):
    monkeypatch.setenv("SSL_CERT_FILE", str(CERTIFICATE))
    with pytest.raises(ServerError, match=r"could not prove who it is: .*localhost"):
        Client(parse_address(secure.replace("127.0.0.1", "localhost")), KEY, QUICK).get("/x")
    assert server.calls == []


def test_a_certificate_that_the_person_trusts_opens_the_way(server, secure, monkeypatch):
    monkeypatch.setenv("SSL_CERT_FILE", str(CERTIFICATE))
    large = "x" * 500_000
    server.routes["/x"] = lambda call: call.json(len(call.body))
    client = Client(parse_address(secure), KEY, QUICK)
    assert [client.post_json("/x", large) for _ in range(2)] == [len(large) + 2] * 2
    assert server.lines == 1
    client.close()


def test_waiting_is_stopped_at_once_from_another_thread(server, client):
    server.routes["/x"] = lambda call: call.sleep(5)
    one = client(limits=Limits())
    timer = threading.Timer(0.2, one.stop)
    timer.start()
    start = time.monotonic()
    with pytest.raises(StoppedError, match="was stopped"):
        one.get("/x")
    assert time.monotonic() - start < 2
    timer.join()


def test_a_pause_between_two_tries_is_stopped_too(server, client):
    server.routes["/x"] = lambda call: call.answer(503, b"", **{"Retry-After": "20"})
    one = client(limits=Limits(), tell=lambda _: one.stop())
    with pytest.raises(StoppedError):
        one.get("/x")
    one.resume()
    server.routes["/x"] = lambda call: call.json(3)
    assert one.get_json("/x") == 3
