"""Kamailio's htable: what a switch's own script can do per call, a counter that expires.

It counts calls since the number's first one, by the wall clock. That is not the question: no window
slides, records from a file have no time of their own, and a restart forgets all. So it is compared
with a plain count of the file. One worker takes the calls as SIP requests over UDP on loopback and
answers 200, or 403 past the 300th.
"""

import pathlib
import shutil
import socket
import time

from harness.server import Failure, Server
from peers.answer import in_memory

HOST = "127.0.0.1"
BURST = 32  # requests on their way: more would overflow the socket's buffer
CONFIG = """
children=1
log_stderror=yes
debug=1
listen=udp:{host}:{port}
loadmodule "pv.so"
loadmodule "sl.so"
loadmodule "htable.so"
modparam("htable", "htable", "calls=>size=16;autoexpire=86400;updateexpire=0;initval=0;")
request_route {{
    if ($shtinc(calls=>$fU) > 300) {{
        sl_send_reply("403", "Too many calls");
        exit;
    }}
    sl_send_reply("200", "OK");
}}
"""
REQUEST = (
    "OPTIONS sip:{host}:{port} SIP/2.0\r\nVia: SIP/2.0/UDP {host}:{ours};branch=z9hG4bK{id}\r\n"
    "From: <sip:{caller}@{host}>;tag={id}\r\nTo: <sip:{host}>\r\nCall-ID: {id}@{host}\r\n"
    "CSeq: 1 OPTIONS\r\nMax-Forwards: 10\r\nContent-Length: 0\r\n\r\n"
)


def _callers(path):
    with open(path, "r", encoding="ascii") as file:
        next(file)
        return [line.split(",", 2)[1] for line in file]


def _free_port():
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.bind((HOST, 0))
        return probe.getsockname()[1]


class Htable:
    ONLY_COUNTS = True

    def __init__(self, folder):
        self.folder = pathlib.Path(folder)

    def missing(self):
        return "" if shutil.which("kamailio") else "tools/install-packages softswitch"

    def __call__(self, path):
        switch = (HOST, _free_port())
        config = self.folder / "kamailio.cfg"
        config.write_text(CONFIG.format(host=switch[0], port=switch[1]), encoding="utf-8")
        command = ["kamailio", "-DD", "-E", "-m", "256", "-Y", self.folder, "-w", self.folder]
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as client:
            client.bind((HOST, 0))
            requests = self._requests(_callers(path), switch, client.getsockname()[1])
            with Server("kamailio", [*command, "-f", config], self.folder) as server:
                server.wait_for("Kamailio", lambda: self._answers(client, switch))
                start = time.monotonic()
                over = self._call(client, switch, requests)
                return in_memory(over, time.monotonic() - start)

    def _requests(self, callers, switch, ours):
        host, port = switch
        words = {"host": host, "port": port, "ours": ours}
        made = (REQUEST.format(id=i, caller=caller, **words) for i, caller in enumerate(callers))
        return [request.encode() for request in made]

    def _answers(self, client, switch):
        """Counts for nobody: the caller is no number."""
        client.settimeout(0.1)
        words = {"host": switch[0], "port": switch[1], "ours": client.getsockname()[1]}
        client.sendto(REQUEST.format(id="ready", caller="ready", **words).encode(), switch)
        return client.recv(4096).startswith(b"SIP/2.0 200")

    def _call(self, client, switch, requests):
        client.settimeout(10)
        over, due = set(), 0
        for begin in range(0, len(requests), BURST):
            burst = requests[begin : begin + BURST]
            for request in burst:
                client.sendto(request, switch)
            due += len(burst)
            while due:
                answer = client.recv(4096)
                if b"Call-ID: ready@" in answer:
                    continue
                due -= 1
                if answer.startswith(b"SIP/2.0 403"):
                    over.add(answer.split(b"From: <sip:", 1)[1].split(b"@", 1)[0].decode())
                elif not answer.startswith(b"SIP/2.0 200"):
                    raise Failure(f"Kamailio answers {answer[:40]!r}")
        return over
