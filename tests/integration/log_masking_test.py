#!/usr/bin/env python3
"""No phone number of the traffic stands in the service's log, whatever goes wrong."""

import csv
import re
import subprocess

import service_world
from service_world import BINARY, THRESHOLD, calls, free_port


class LogMasking(service_world.WorldTest):
    def generate(self):
        self.program("generate", "--rows", 45000, "--seed", 7, "--out", "city")
        numbers = set()
        for name in ("cdr.csv", "ledger.csv", "whitelist.csv"):
            with open(self.path("city") / name, newline="", encoding="utf-8") as file:
                cells = [cell for row in csv.reader(file) for cell in row]
            numbers |= set(filter(self.is_number, cells))
        self.assertGreater(len(numbers), 1000)
        return numbers

    @staticmethod
    def is_number(cell):
        return re.fullmatch(r"\+?[0-9][0-9-]{6,18}", cell) is not None and "-" not in cell[:5]

    def assert_no_number(self, text, numbers):
        runs = set(re.findall(r"[0-9]{7,}", text))
        digits = {re.sub(r"[^0-9]", "", number) for number in numbers}
        national = {number[2:] for number in digits if number.startswith("86")}
        found = runs & (digits | national)
        self.assertEqual(found, set(), text)

    def test_running_service_names_nobody(self):
        numbers = self.generate()
        self.program("line", "import", "city/ledger.csv", "--data", "data")
        self.program("whitelist", "import", "city/whitelist.csv", "--data", "data")
        service = self.start_service("embedded")
        self.program("send", "city/cdr.csv", "--to", self.endpoint, "--source", "test")
        # Records that can't be used, and an action.
        bad = "".join(f"x{i},{number}x,{number},yesterday\n" for i, number in enumerate(numbers))
        self.send("bad.csv", "record_id,calling,called,setup_time\n" + bad)
        self.stop_a_caller("+12125550101")
        self.assertEqual(service.stop(), 0, service.output())
        self.assertIn("listening on", service.output())
        self.assertIn("stopped; read", service.output())
        self.assert_no_number(service.output(), numbers | {"+12125550101"})

    def test_service_whose_redis_is_gone_names_nobody(self):
        port = free_port()
        redis = self.start_redis(port)
        service = self.start_service(f"redis://127.0.0.1:{port}")
        redis.stop()
        number = "+12125550101"
        self.send("calls.csv", calls(number, THRESHOLD + 1, "x"))
        self.wait(lambda: self.actions("held"), "the held action", [service])
        self.wait(lambda: "held" in service.output(), "the line about Redis", [service])
        service.stop()
        self.assert_no_number(service.output(), {number})

    def test_service_that_can_not_start_names_nobody(self):
        """The file's name is a number: as far as the log goes, it could be a customer's."""
        config = self.path("ringfence.toml")
        config.write_text('[service]\ndata = "data"\n[redis]\naddress = "unix:/nowhere"\n'
                          '[input]\nfiles = ["+12125550101"]\n')
        done = subprocess.run([BINARY[0], "run", "--once", "--config", config], cwd=self.folder,
                              capture_output=True, text=True, check=False, timeout=60)
        self.assertEqual(done.returncode, 1)
        self.assertIn("+12125****01", done.stderr)
        self.assertIn("could not be read", done.stderr)
        self.assert_no_number(done.stderr, {"+12125550101"})


if __name__ == "__main__":
    service_world.main()
