"""As much of a Redis client as the crash suite needs: commands in, replies out."""

import socket


class RedisError(Exception):
    """The server answered with an error, or not at all."""


class Redis:
    """One connection to a unix socket; every wait is bounded."""

    def __init__(self, path, seconds=10.0):
        self._socket = socket.socket(socket.AF_UNIX)
        self._socket.settimeout(seconds)
        try:
            self._socket.connect(str(path))
        except OSError as error:
            self._socket.close()
            raise RedisError(str(error)) from error
        self._file = self._socket.makefile("rb")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._file.close()
        self._socket.close()

    def __call__(self, *words):
        parts = [str(word).encode() for word in words]
        head = b"*%d\r\n" % len(parts)
        try:
            self._socket.sendall(head + b"".join(b"$%d\r\n%s\r\n" % (len(p), p) for p in parts))
            return self._reply()
        except (OSError, ValueError) as error:
            raise RedisError(str(error)) from error

    def _reply(self):
        line = self._file.readline()
        if not line.endswith(b"\r\n"):
            raise RedisError("the connection ended")
        kind, rest = line[:1], line[1:-2]
        if kind == b"-":
            raise RedisError(rest.decode())
        if kind == b"+":
            return rest.decode()
        if kind == b":":
            return int(rest)
        if kind == b"$":
            size = int(rest)
            return None if size < 0 else self._file.read(size + 2)[:-2].decode()
        return [self._reply() for _ in range(int(rest))]
