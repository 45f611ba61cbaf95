#!/usr/bin/env python3
"""Files as switches write them, made from their documentation, read without naming the format.

    preset_test.py path/to/ringfence
"""

import gzip
import struct

from program import ProgramTest, main

CALLER = "06315550100"
CALLED = "13800000000"
UNIX_TIME = 1795000000  # 2026-11-18 19:06:40 in Asia/Shanghai


def row(*cells):
    return ",".join('"' + str(cell).replace('"', '""') + '"' for cell in cells) + "\n"


def asterisk(second, columns, disposition):
    answer = f"2026-11-18 19:06:{second + 1}" if disposition == "ANSWERED" else ""
    cells = ["", CALLER, CALLED, "from-internal", f'"Desk ""7"" Li" <{CALLER}>',
             f"PJSIP/tg1-000000{second}", "PJSIP/out-1", "Dial", f"PJSIP/{CALLED}@out,30",
             f"2026-11-18 19:06:{second}", answer, "2026-11-18 19:06:59", 9, 7, disposition,
             "DOCUMENTATION"]
    more = {17: ["u"], 18: ["u", "field"], 19: ["u", "", "peer"], 20: ["u", "", "", "linked"],
            21: ["u", "", "", "linked", "7"]}.get(columns, [])
    return row(*cells, *(cell + str(second) if cell in ("u", "linked") else cell for cell in more))


def freeswitch(second, columns, cause):
    answer = "" if cause == "NO_ANSWER" else f"2026-11-18 19:06:{second + 1}"
    cells = ["Li", CALLER, CALLED, "default", f"2026-11-18 19:06:{second}", answer,
             "2026-11-18 19:06:59", 9, 7, cause, f"3f0c2c2e-0000-4000-8000-0000000000{second}",
             "", "account", "PCMA", "PCMA", "more", "", "", "", ""]
    return row(*cells[:columns])


def binary(size, seconds):
    """As docs/cdr-formats.md says, with the struct module."""
    records = f"ringfence-binary 1 {size}".ljust(size - 1).encode() + b"\n"
    none = -(2**63)
    for second in seconds:
        setup = (UNIX_TIME + second - 40) * 1_000_000
        record_id, trunk = f"id-{second}".encode(), b"tg1"
        record = struct.pack("<QQqqqHBBHH", 86_631_555_0100, 8_613_800_000_000, setup, none,
                             setup + 5_000_000, 19, 1, 0, len(record_id), len(trunk))
        records += (record + record_id + trunk).ljust(size, b"\0")
    return records


def cucm(seconds):
    used = ["cdrRecordType", "globalCallID_callManagerId", "globalCallID_callId",
            "dateTimeOrigination", "callingPartyNumber", "origCause_value",
            "originalCalledPartyNumber", "finalCalledPartyNumber", "destCause_value",
            "dateTimeConnect", "dateTimeDisconnect", "origDeviceName"]
    names = used + [f"column{i}" for i in range(100)]
    types = ["VARCHAR(50)" if "Number" in name or "Device" in name else "INTEGER" for name in names]
    text = row(*names) + ",".join(types) + "\n"
    for second in seconds:
        start = UNIX_TIME + second - 40
        connect = start + 1 if second == seconds[0] else 0
        text += row(1, 1, 4711 + second, start, CALLER, 0, CALLED, CALLED, 16, connect, start + 5,
                    "gw-1", *("" for _ in range(100)))
    return text


class Presets(ProgramTest):

    def check_two_calls(self, text, *options):
        """Calls at second 41 and 43 are one alert of the second."""
        self.write("Master.csv", text)
        done = self.run_program("scan", "Master.csv", "--threshold", "1", *options)
        self.assertIn("read 2 = accepted 2 + duplicates 0 + rejected 0 + late 0", done.err)
        alert, = done.objects()
        self.assertEqual((alert["number"], alert["at"], alert["first_call"]),
                         ("+866315550100", "2026-11-18T19:06:43.000+08:00",
                          "2026-11-18T19:06:41.000+08:00"))

    def test_asterisk_of_16_to_21_columns(self):
        for columns in range(16, 22):
            with self.subTest(columns=columns):
                self.check_two_calls(asterisk(41, columns, "ANSWERED") +
                                     asterisk(43, columns, "NO ANSWER"))

    def test_freeswitch_of_13_to_20_columns(self):
        for columns in range(13, 21):
            with self.subTest(columns=columns):
                self.check_two_calls(freeswitch(41, columns, "NORMAL_CLEARING") +
                                     freeswitch(43, columns, "NO_ANSWER"))

    def test_cucm_of_more_than_100_columns(self):
        self.check_two_calls(cucm((41, 43)))

    def test_opensips_accounting_by_column_number(self):
        self.check_two_calls(
            "".join(f"INVITE;ft;tt;id{second}@host;{code};Reason;2026-11-18 19:06:{second};"
                    f"{CALLER};{CALLED};1\n" for second, code in ((41, 200), (43, 486))),
            "--columns", "record_id=4,calling=8,called=9,setup_time=7,cause=5", "--delimiter", ";")

    def test_binary_records_of_every_size(self):
        for size in range(96, 513, 32):
            with self.subTest(size=size):
                self.check_two_calls(binary(size, (41, 43)))
        self.check_two_calls(gzip.compress(binary(128, (41, 43))))
        self.check_two_calls(binary(128, (41,)) + binary(128, (43,)), "--format", "binary")

    def test_json_lines(self):
        self.check_two_calls(
            "".join(f'{{"calling":"{CALLER}","called":{CALLED},"setup_time":{UNIX_TIME + second},'
                    '"answer_time":null,"more":{"a":[1]}}\n' for second in (1, 3)))


if __name__ == "__main__":
    main()
