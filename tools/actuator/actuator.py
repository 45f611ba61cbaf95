#!/usr/bin/python3
"""A reference receiver of ringfence's actions (docs/line-provisioning.md).
Examples:
  actuator.py --state lines.db --zmq tcp://127.0.0.1:7800
  openssl rand -hex 32 > webhook.secret && chmod 400 webhook.secret
  actuator.py --state lines.db --webhook 127.0.0.1:8700 --secret webhook.secret
  actuator.py --state lines.db --zmq tcp://10.0.0.5:7800 --curve-secret p.key --curve-allow rf.pub
  sqlite3 lines.db 'select * from effect'        # what was switched, once each
"""

import argparse
import hmac
import http.server
import json
import os
import signal
import sqlite3
import threading
import time
from datetime import datetime

import zmq
import zmq.auth.thread

MOST_BYTES = 64 * 1024  # of a message
MOST_SKEW = 300  # seconds between a webhook's timestamp and our clock
ZAP_ENFORCE_DOMAIN = 93  # of libzmq; pyzmq has no name for it
ENDS = {signal.SIGINT, signal.SIGTERM}

TABLES = """
CREATE TABLE IF NOT EXISTS action (id TEXT PRIMARY KEY, sequence INTEGER, ended INTEGER);
CREATE TABLE IF NOT EXISTS stopped (number TEXT PRIMARY KEY, id TEXT, command TEXT, expires REAL);
CREATE TABLE IF NOT EXISTS effect (seq INTEGER PRIMARY KEY, at REAL, number TEXT, change TEXT,
  id TEXT);
"""


def seconds(text):
    """RFC 3339 as Unix seconds; None for none."""
    return None if text is None else datetime.fromisoformat(text).timestamp()


def checked(request):
    """The request if it is one; ValueError otherwise."""
    if not isinstance(request, dict) or request.get("version") != 1:
        raise ValueError("this receiver speaks version 1")
    for key, kind in {"id": str, "command": str, "number": str, "sequence": int}.items():
        if not isinstance(request.get(key), kind):
            raise ValueError(f"{key} is missing or wrong")
    if request["command"] not in ("suspend", "block", "restore"):
        raise ValueError("unknown command")
    seconds(request.get("expires"))
    seconds(request.get("valid_until"))
    return request


class Lines:
    """Which numbers are stopped, by which action. Every method is one durable transaction."""

    def __init__(self, path):
        self.lock = threading.Lock()
        self.database = sqlite3.connect(path, check_same_thread=False, isolation_level=None)
        self.database.execute("PRAGMA journal_mode = WAL")
        self.database.execute("PRAGMA synchronous = FULL")
        self.database.executescript(TABLES)

    def answer(self, request, now):
        """(outcome, sentence): done, refused or busy. Durable before it returns."""
        with self.lock:
            self.database.execute("BEGIN IMMEDIATE")
            try:
                stop = request["command"] != "restore"
                result = self._stop(request, now) if stop else self._restore(request, now)
                self.database.execute("COMMIT")
                return result
            finally:
                if self.database.in_transaction:
                    self.database.execute("ROLLBACK")

    def _restore(self, request, now):
        # Ended for good, also when it never came: a copy that is still under way must find this.
        grave = "INSERT INTO action VALUES (:id, :sequence, 1) ON CONFLICT DO UPDATE SET ended=1"
        self.database.execute(grave, request)
        row = self.database.execute("SELECT id FROM stopped WHERE number = :number", request)
        if row.fetchone() != (request["id"],):
            return "done", "this action does not stop the number"
        self.database.execute("DELETE FROM stopped WHERE number = :number", request)
        self._switch(request["number"], "restore", request["id"], now)
        return "done", "restored"

    def _stop(self, request, now):
        row = self.database.execute("SELECT sequence, ended FROM action WHERE id = :id", request)
        known = row.fetchone()
        if known and known[1]:
            return "refused", "this action was taken back"
        until = seconds(request.get("valid_until"))
        if until is not None and until < now:
            return "busy", "its proof has run out on the way"
        expires = seconds(request.get("expires"))
        if known and request["sequence"] > known[0]:  # the same action with another end
            self.database.execute("UPDATE action SET sequence = :sequence WHERE id = :id", request)
            ends = (expires, request["id"])
            self.database.execute("UPDATE stopped SET expires = ? WHERE id = ?", ends)
        if known:
            return "done", "known already"
        self.database.execute("INSERT INTO action VALUES (:id, :sequence, 0)", request)
        row = (request["number"], request["id"], request["command"], expires)
        self.database.execute("REPLACE INTO stopped VALUES (?, ?, ?, ?)", row)
        self._switch(request["number"], request["command"], request["id"], now)
        return "done", "stopped"

    def _switch(self, number, change, action, now):
        """Here a real receiver switches the line."""
        row = (now, number, change, action)
        self.database.execute("INSERT INTO effect (at, number, change, id) VALUES (?,?,?,?)", row)

    def expire(self, now):
        """Frees what has come to its end, should ringfence not be there to say so."""
        with self.lock:
            due = "SELECT number, id FROM stopped WHERE expires <= ?"
            for number, action in self.database.execute(due, (now,)).fetchall():
                self.database.execute("BEGIN IMMEDIATE")
                self.database.execute("DELETE FROM stopped WHERE number = ?", (number,))
                self._switch(number, "expire", action, now)
                self.database.execute("COMMIT")


def answer_to(lines, body):
    """The answer to a message, as the protocol has it."""
    try:
        request = checked(json.loads(body))
        outcome, text = lines.answer(request, time.time())
    except (ValueError, TypeError) as error:
        return {"version": 1, "outcome": "refused", "text": f"not understood: {error}"}
    except sqlite3.Error as error:
        outcome, text = "busy", f"can't be recorded: {error}"
    echoed = {key: request[key] for key in ("version", "id", "command", "sequence")}
    return {**echoed, "outcome": outcome, "text": text}


class Allowed:
    """The CURVE keys that may ask."""

    def __init__(self, paths):
        self.keys = {open(path, "rb").read().strip() for path in paths}

    def callback(self, domain, key):
        return key in self.keys


def bind(arguments, context):
    """The ROUTER socket, and who guards it: with keys, only those allowed get through."""
    socket = context.socket(zmq.ROUTER)
    socket.maxmsgsize = MOST_BYTES
    guard = zmq.auth.thread.ThreadAuthenticator(context)  # ends when nobody holds it
    if arguments.curve_secret:
        guard.start()
        guard.configure_curve_callback("ringfence", Allowed(arguments.curve_allow))
        socket.curve_server = True
        socket.curve_secretkey = open(arguments.curve_secret, "rb").read().strip()
        socket.zap_domain = b"ringfence"
        socket.setsockopt(ZAP_ENFORCE_DOMAIN, 1)  # without a guard nobody gets through
    socket.bind(arguments.zmq)
    return socket, guard


def serve_zmq(socket, lines):
    while True:
        frames = socket.recv_multipart()
        answer = answer_to(lines, frames[-1])
        socket.send_multipart([frames[0], json.dumps(answer).encode()])


def is_signed(secret, headers, body, now):
    """Whether the body is ringfence's, unchanged and fresh."""
    stamp = headers.get("Ringfence-Timestamp", "")
    if not stamp.isascii() or not stamp.isdigit() or abs(now - int(stamp)) > MOST_SKEW:
        return False
    digest = hmac.new(secret, stamp.encode() + b"." + body, "sha256").hexdigest()
    given = headers.get("Ringfence-Signature", "").encode()
    return hmac.compare_digest(f"v1={digest}".encode(), given)


def webhook(address, secret, lines):
    """An HTTP server that is bound and not served yet."""

    class Handler(http.server.BaseHTTPRequestHandler):
        timeout = 10

        def do_POST(self):
            size = self.headers.get("Content-Length", "")
            if not size.isdigit() or int(size) > MOST_BYTES:
                return self.reply(413, {"outcome": "refused", "text": "too long"})
            body = self.rfile.read(int(size))
            if not is_signed(secret, self.headers, body, time.time()):
                return self.reply(401, {"outcome": "refused", "text": "wrong signature or clock"})
            answer = answer_to(lines, body)
            status = {"done": 200, "refused": 422, "busy": 503}[answer["outcome"]]
            return self.reply(status, answer)

        def reply(self, status, answer):
            body = json.dumps(answer).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *arguments):
            """Numbers are personal data: nothing is logged."""

    host, port = address.rsplit(":", 1)
    return http.server.ThreadingHTTPServer((host, int(port)), Handler)


def main():
    raw = argparse.RawTextHelpFormatter
    parser = argparse.ArgumentParser("actuator.py", None, __doc__, formatter_class=raw)
    parser.add_argument("--state", required=True, help="SQLite file of what is stopped")
    parser.add_argument("--zmq", help="address to listen on: tcp://HOST:PORT or ipc:///PATH")
    parser.add_argument("--webhook", metavar="HOST:PORT", help="the same for the webhook")
    parser.add_argument("--secret", help="file of the webhook's secret")
    parser.add_argument("--curve-secret", help="file of our secret CURVE key")
    parser.add_argument("--curve-allow", nargs="*", default=[], help="public keys that may ask")
    arguments = parser.parse_args()
    if not arguments.zmq and not arguments.webhook:
        parser.error("give --zmq or --webhook")
    if arguments.webhook and not arguments.secret:
        parser.error("--webhook needs --secret")
    os.umask(0o077)
    lines = Lines(arguments.state)
    ready = {}
    if arguments.webhook:
        server = webhook(arguments.webhook, open(arguments.secret, "rb").read().strip(), lines)
        ready["webhook"] = "http://%s:%d/" % server.server_address[:2]
        threading.Thread(target=server.serve_forever, daemon=True).start()
    if arguments.zmq:
        socket, guard = bind(arguments, zmq.Context())
        ready["zmq"] = socket.last_endpoint.decode().rstrip("\0")
        threading.Thread(target=serve_zmq, args=(socket, lines), daemon=True).start()
    print(json.dumps(ready), flush=True)
    while not signal.sigtimedwait(ENDS, 1):
        lines.expire(time.time())
    os._exit(0)  # all that was answered is durable; there is nothing to tidy up


if __name__ == "__main__":
    signal.pthread_sigmask(signal.SIG_BLOCK, ENDS)
    main()
