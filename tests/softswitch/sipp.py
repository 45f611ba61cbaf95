"""Callers and callees: SIPp, and what it saw."""

import collections
import dataclasses
import pathlib
import re
import subprocess

HERE = pathlib.Path(__file__).resolve().parent
REFUSALS = ("400", "403", "404", "408", "480", "486", "500", "603", "607", "608")


@dataclasses.dataclass
class Outcome:
    """The final response to one call."""

    code: int
    phrase: str
    headers: str


def _messages(log):
    """The messages of a -trace_msg log: [(received, text)]."""
    parts = re.split(r"^-{20,} \S+ \S+\n", log, flags=re.MULTILINE)
    for part in parts[1:]:
        head, _, text = part.partition("\n\n")
        yield "received" in head, text


def _log(path):
    return path.read_text(encoding="utf-8", errors="replace") if path.exists() else ""


def _scenario(name, folder, caller, called, headers):
    refusals = "".join(
        f'  <recv response="{code}" optional="true" next="refused" />\n' for code in REFUSALS
    )
    text = (HERE / name).read_text(encoding="utf-8").replace("@REFUSALS@", refusals)
    lines = "".join(f"      {line}\n" for line in headers)
    for mark, value in (("@FROM@", caller), ("@CALLED@", called), ("@HEADERS@", lines)):
        text = text.replace(mark, value)
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


@dataclasses.dataclass
class Call:
    """What to dial: `caller` is the user part of From, `headers` are whole header lines."""

    caller: str
    called: str
    headers: tuple = ()
    scenario: str = "caller.xml"
    count: int = 1
    rate: int = 200


def dial(call, folder, local, remote):
    """Makes the calls, one after another or at a rate, and returns one Outcome for each."""
    folder.mkdir()
    scenario = _scenario(call.scenario, folder, call.caller, call.called, call.headers)
    log = folder / "messages.log"
    command = ["sipp", "-sf", str(scenario), "-i", local[0], "-p", str(local[1])]
    command += ["-m", str(call.count), "-r", str(call.rate), "-nostdin", "-recv_timeout", "8000"]
    command += ["-timeout", "60", "-trace_msg", "-message_file", str(log)]
    command += ["-message_overwrite", "true", f"{remote[0]}:{remote[1]}"]
    done = subprocess.run(
        command,
        cwd=folder,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        timeout=90,
        check=False,
    )
    outcomes = _finals(_log(log))
    if done.returncode or len(outcomes) != call.count:
        report = done.stdout.decode(errors="replace")[-3000:]
        raise AssertionError(
            f"sipp ended with {done.returncode}, {len(outcomes)} of {call.count} calls had a "
            f"final response\n{report}\n{_log(log)[-4000:]}"
        )
    return outcomes


def _finals(log):
    finals = collections.OrderedDict()
    for received, text in _messages(log):
        status = re.match(r"SIP/2\.0 (\d{3}) (.*)", text)
        if not received or not status or int(status[1]) < 200:
            continue
        if not re.search(r"^CSeq: *\d+ INVITE", text, re.MULTILINE | re.IGNORECASE):
            continue
        call_id = re.search(r"^Call-ID: *(\S+)", text, re.MULTILINE | re.IGNORECASE)[1]
        finals[call_id] = Outcome(int(status[1]), status[2].strip(), text)
    return list(finals.values())


class Callee:
    """The far side of the switch; answers until it is stopped."""

    def __init__(self, folder, address):
        folder.mkdir()
        self._log = folder / "messages.log"
        command = ["sipp", "-sf", str(HERE / "callee.xml"), "-i", address[0], "-p"]
        command += [str(address[1]), "-nostdin", "-trace_msg", "-message_file", str(self._log)]
        with open(folder / "output.log", "wb") as output:
            self.process = subprocess.Popen(
                command,
                cwd=folder,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
            )

    def invites(self):
        """The INVITEs that arrived, without retransmissions."""
        found = {}
        for received, text in _messages(_log(self._log)):
            if received and text.startswith("INVITE "):
                call_id = re.search(r"^Call-ID: *(\S+)", text, re.MULTILINE | re.IGNORECASE)[1]
                found[call_id] = text
        return list(found.values())
