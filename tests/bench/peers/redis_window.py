"""Redis as a sliding window: a sorted set a number, three commands a call, 250 calls a pipeline."""

import contextlib
import pathlib
import shutil
import socket
import time

from harness.server import Server
from peers.answer import in_memory

DAY = 86_400
CALLS = 250


def _command(*words):
    parts = [b"*%d\r\n" % len(words)]
    parts += [b"$%d\r\n%b\r\n" % (len(word), word) for word in words]
    return b"".join(parts)


def _pipelines(path):
    """[(bytes to send, numbers of its calls)], made before the clock starts."""
    made, batch, numbers = [], [], []
    with open(path, "rb") as file:
        next(file)
        for index, line in enumerate(file):
            _, number, _, setup, _ = line.split(b",", 4)
            old = b"%d" % (int(setup) - DAY)
            batch.append(_command(b"ZADD", number, setup, b"%d" % index))
            batch.append(_command(b"ZREMRANGEBYSCORE", number, b"-inf", old))
            batch.append(_command(b"ZCARD", number))
            numbers.append(number.decode())
            if len(numbers) == CALLS:
                made.append((b"".join(batch), numbers))
                batch, numbers = [], []
    return [*made, (b"".join(batch), numbers)] if numbers else made


def _connect(place):
    with contextlib.ExitStack() as unless_connected:
        connection = unless_connected.enter_context(socket.socket(socket.AF_UNIX))
        connection.connect(str(place))
        unless_connected.pop_all()
        return connection


class Window:
    """A redis-server of its own, on a unix socket, without a disk."""

    def __init__(self, folder):
        self.folder = pathlib.Path(folder)

    def missing(self):
        return "" if shutil.which("redis-server") else "redis-server is not there"

    def __call__(self, path):
        pipelines = _pipelines(path)
        place = self.folder / "redis.sock"
        command = ["redis-server", "--port", "0", "--unixsocket", place, "--save", ""]
        with Server("redis", [*command, "--appendonly", "no"], self.folder) as server:
            with server.wait_for("redis-server", lambda: _connect(place)) as connection:
                start = time.monotonic()
                over = self._ask(connection, pipelines)
                return in_memory(over, time.monotonic() - start)

    def _ask(self, connection, pipelines):
        over = set()
        for request, numbers in pipelines:
            connection.sendall(request)
            reply, due = b"", 3 * len(numbers)
            while reply.count(b"\n") < due:
                part = connection.recv(1 << 16)
                if not part:
                    raise OSError("redis-server has ended")
                reply += part
            counts = reply.split(b"\r\n")[2::3]
            over.update(n for n, count in zip(numbers, counts) if int(count[1:]) > 300)
        return over
