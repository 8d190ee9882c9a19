"""The engine over its socket: asked for little, in milliseconds; every way it may not be there is told apart."""

import re
import socket
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from building import engine_api
from building.engine_api import Engine
from building.say import BuildError


def test_the_real_engine_answers_and_knows_its_images(engine: Engine, base_image: str) -> None:
    assert engine.ping()
    assert re.fullmatch(r"\S.* \d+\.\d+.*", engine.version())
    found = engine.image(base_image)
    assert found is not None
    assert base_image in found["RepoTags"]
    assert engine.image("hivemind-test/no-such-image:1") is None


def test_a_missing_socket_and_a_socket_nobody_listens_on_do_not_answer(tmp_path: Path) -> None:
    path = tmp_path / "docker.sock"
    assert not Engine(unix=str(path)).ping()
    with socket.socket(socket.AF_UNIX) as left_over:
        left_over.bind(str(path))
    assert not Engine(unix=str(path)).ping()


@pytest.fixture
def talker(tmp_path: Path) -> Iterator[tuple[Engine, list[bytes]]]:
    """Something that listens, and answers every request with the bytes in the list, then hangs up."""
    answer: list[bytes] = []
    server = socket.socket(socket.AF_UNIX)
    server.bind(str(tmp_path / "talker.sock"))
    server.listen()

    def serve() -> None:
        while True:
            connection, _ = server.accept()
            with connection:
                if not connection.recv(65536):
                    return
                connection.sendall(answer[0])

    thread = threading.Thread(target=serve)
    thread.start()
    yield Engine(unix=str(tmp_path / "talker.sock")), answer
    with socket.socket(socket.AF_UNIX) as last:
        last.connect(str(tmp_path / "talker.sock"))
    thread.join()
    server.close()


def http(status: str, body: bytes) -> bytes:
    return f"HTTP/1.1 {status}\r\nContent-Length: {len(body)}\r\n\r\n".encode() + body


def test_something_else_on_the_socket_does_not_answer(talker: tuple[Engine, list[bytes]]) -> None:
    engine, answer = talker
    for other in (b"SSH-2.0-OpenSSH_9.2\r\n", http("404 Not Found", b""), b""):
        answer[:] = [other]
        assert not engine.ping()


def test_a_stream_gives_texts_and_raises_the_engines_own_words(talker: tuple[Engine, list[bytes]]) -> None:
    engine, answer = talker
    lines = b'{"stream":"Step 1/2"}\r\n\r\n{"status":"Pulling","id":"ab"}\n{"error":"no such host\\n"}\n'
    answer[:] = [http("200 OK", lines)]
    said = engine.stream("/build", {})
    assert [next(said), next(said)] == ["Step 1/2", "ab: Pulling"]
    with pytest.raises(BuildError, match="^no such host$"):
        next(said)
    answer[:] = [http("500 Internal Server Error", b'{"message":"disk full"}')]
    with pytest.raises(BuildError, match="^disk full$"):
        next(engine.stream("/build", {}))


@pytest.mark.parametrize(
    ("named", "where"),
    [
        ("unix:///run/user/1000/docker.sock", "unix:///run/user/1000/docker.sock"),
        ("tcp://127.0.0.1:23750", "tcp://127.0.0.1:23750"),
        ("tcp://engine", "tcp://engine:2375"),
    ],
)
def test_docker_host_alone_counts(monkeypatch: pytest.MonkeyPatch, named: str, where: str) -> None:
    monkeypatch.setenv("DOCKER_HOST", named)
    assert [str(engine) for engine in engine_api.candidates()] == [where]


def test_a_docker_host_of_another_kind_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DOCKER_HOST", "ssh://me@there")
    with pytest.raises(BuildError, match="DOCKER_HOST is ssh://me@there"):
        engine_api.candidates()
