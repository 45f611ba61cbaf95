"""`ringfence run` with senders."""

import contextlib
import json
import pathlib

from harness.paths import LOAD, RINGFENCE
from harness.server import Server, run


class Service(Server):
    """A service in a folder of its own; with `curve`, senders must have the key of `sender`.

    `settings`: tables of the configuration beside [service] and [input], as TOML.
    """

    def __init__(self, folder, sender, curve, settings=""):
        self.folder = pathlib.Path(folder)
        self.sender, self.curve = sender, curve
        text = f'[service]\ndata = "{folder}/data"\n[input]\nlisten = "tcp://127.0.0.1:*"\n'
        if curve:
            for words in (["new", "service"], ["new", sender]):
                run(RINGFENCE, "keys", *words, cwd=folder)
            run(RINGFENCE, "keys", "allow", sender, f"{sender}.pub", "--list", "allow", cwd=folder)
            text += f'curve_secret = "{folder}/service.key"\ncurve_allow = "{folder}/allow"\n'
        text += settings
        config = self.folder / "ringfence.toml"
        config.write_text(text, encoding="utf-8")
        super().__init__("service", [RINGFENCE, "run", "--config", config], folder)
        self.endpoint = self.wait_for("its address", lambda: self.status().get("endpoint"))

    def status(self):
        with contextlib.suppress(FileNotFoundError):
            return json.loads((self.folder / "data" / "status.json").read_text())
        return {}

    def open_files(self):
        return len(list(pathlib.Path(f"/proc/{self.process.pid}/fd").iterdir()))

    def load(self, *words):
        """Sends made records to it (ingest_load) and returns what that measured."""
        command = [LOAD, "--to", self.endpoint, "--source", self.sender, *words]
        if self.curve:
            command += ["--curve-secret", self.folder / f"{self.sender}.key"]
            command += ["--server-key", self.folder / "service.pub"]
        return json.loads(run(*command))
