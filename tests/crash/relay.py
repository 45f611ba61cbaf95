"""The network between senders and service: a relay of unix sockets that paces, counts and cuts.

It counts the bytes that went to the service, so that a fault can be put at a byte and not at a
moment, and keeps the load on while servers are restarted.
"""

import os
import selectors
import socket
import threading
import time

_CHUNK = 32 * 1024


class Relay:
    """Passes on what comes to `front` to whoever listens on `back`; stop() ends it."""

    def __init__(self, front, back, bytes_per_second):
        self._back, self._rate = back, bytes_per_second
        self._selector = selectors.DefaultSelector()
        self._pairs = {}  # socket → its other side
        self._up = set()  # sockets whose bytes go to the service
        self._forwarded = 0
        self._moved = threading.Condition()
        self._cut = threading.Event()
        self._stop = threading.Event()
        if os.path.exists(front):
            os.unlink(front)
        self._listener = socket.socket(socket.AF_UNIX)
        self._listener.bind(front)
        self._listener.listen(64)
        self._selector.register(self._listener, selectors.EVENT_READ)
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    @property
    def forwarded(self):
        return self._forwarded

    def wait(self, target, seconds):
        """Waits until so many bytes went to the service, at most so long; whether they did."""
        with self._moved:
            return self._moved.wait_for(lambda: self._forwarded >= target, seconds)

    def cut(self):
        """Drops every connection, with all that is under way in it."""
        self._cut.set()

    def stop(self):
        self._stop.set()
        self._thread.join(5)

    def _run(self):
        budget, last = 0.0, time.monotonic()
        while not self._stop.is_set():
            if self._cut.is_set():
                self._cut.clear()
                for side in list(self._pairs):
                    self._close(side)
            now = time.monotonic()
            budget = min(budget + (now - last) * self._rate, 4 * _CHUNK)
            last = now
            for key, _ in self._selector.select(0.02):
                if key.fileobj is self._listener:
                    self._accept()
                elif key.fileobj in self._up and budget <= 0:
                    self._stop.wait(0.002)  # paces: what is not read waits at the sender
                elif key.fileobj in self._pairs:
                    sent = self._pass(key.fileobj)
                    budget -= sent if key.fileobj in self._up else 0
        for side in list(self._pairs):
            self._close(side)
        self._listener.close()

    def _accept(self):
        here, _ = self._listener.accept()
        there = socket.socket(socket.AF_UNIX)
        try:
            there.connect(self._back)
        except OSError:
            here.close()  # nobody listens: the sender comes again
            there.close()
            return
        self._pairs[here], self._pairs[there] = there, here
        self._up.add(here)
        for side in (here, there):
            side.settimeout(2)
            self._selector.register(side, selectors.EVENT_READ)

    def _pass(self, side):
        try:
            data = side.recv(_CHUNK)
            if data:
                self._pairs[side].sendall(data)
        except OSError:
            data = b""
        if not data:
            self._close(side)
            return 0
        if side in self._up:
            with self._moved:
                self._forwarded += len(data)
                self._moved.notify_all()
        return len(data)

    def _close(self, side):
        for each in (side, self._pairs.get(side)):
            if each in self._pairs:
                del self._pairs[each]
                self._up.discard(each)
                self._selector.unregister(each)
                each.close()
