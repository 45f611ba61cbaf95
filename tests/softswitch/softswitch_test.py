#!/usr/bin/env python3
"""The configuration in tools/kamailio, with real calls through a real switch on loopback.

    softswitch_test.py RINGFENCE-PROGRAM [unittest's arguments]
"""

import re
import signal
import subprocess
import sys
import time
import unittest

import rig

LINE = "+866315550100"
OTHER = "+866315550101"
FOREIGN = "+12125550101"
CALLEE = "13800000000"
MISSING = rig.missing_programs()
PROGRAM = None


def emergency_numbers():
    """The numbers that ringfence itself calls emergency numbers."""
    source = (rig.ROOT / "whitelist" / "protected_floor.cc").read_text(encoding="utf-8")
    return re.findall(r'\{"(\d+)", "[^"]*", true\}', source)


@unittest.skipIf(MISSING, f"not installed: {', '.join(MISSING)}")
class SwitchTest(unittest.TestCase):
    SETTINGS = {}
    REDIS_FIRST = True

    def setUp(self):
        self.rig = rig.Rig(PROGRAM, self.SETTINGS, self.REDIS_FIRST)
        self.addCleanup(self.rig.close)

    def suspend(self, number=LINE):
        """What suspends in production: calls, their records, the service."""
        self.rig.own(number)
        self.rig.serve()
        outcomes = self.rig.dial(number, CALLEE, count=4)
        self.assertEqual([200] * 4, [outcome.code for outcome in outcomes])
        self.rig.rows(4)
        self.rig.serve(files=self.rig.cdr_files())
        self.assertEqual("suspended", self.state_of(number))

    def state_of(self, number):
        return self.rig.redis("HGET", "rf:number", number.lstrip("+")).split("|")[0]

    def put(self, field, state, until=0):
        """An entry as ringfence would write it, where how it came about does not matter."""
        self.rig.redis("HSET", "rf:number", field, f"{state}|{until}|{'0' * 32}|")

    def verdicts(self, count):
        return {row[4]: row[10] for row in self.rig.rows(count)}

    def assert_refused(self, caller, called=CALLEE, **more):
        before = len(self.rig.callee.invites())
        outcome = self.rig.dial(caller, called, **more)[0]
        self.assertEqual(603, outcome.code, caller)
        self.assertEqual(before, len(self.rig.callee.invites()), "it reached the callee")
        return outcome

    def assert_passes(self, caller, called=CALLEE, **more):
        before = len(self.rig.callee.invites())
        self.assertEqual(200, self.rig.code(caller, called, **more), caller)
        self.assertEqual(before + 1, len(self.rig.callee.invites()))


class Suspension(SwitchTest):
    def test_active_and_unknown_numbers_pass(self):
        self.rig.own(LINE)
        self.rig.serve()
        self.assertEqual("active", self.state_of(LINE))
        self.assert_passes(LINE)
        self.assert_passes(OTHER)

    def test_suspended_line_is_refused_before_the_callee_hears_of_it(self):
        self.suspend()
        outcome = self.assert_refused(LINE)
        self.assertEqual("Network Blocked", outcome.phrase)
        self.assertIn('\nReason: Q.850;cause=21;text="call rejected"', outcome.headers)
        self.assert_passes(OTHER)

    def test_suspended_line_is_refused_in_every_form_of_its_number(self):
        self.suspend()
        forms = ["06315550100", "866315550100", "00866315550100", "+86-631-555-0100"]
        forms += ["%2B866315550100", "+866315550100;cpc=ordinary", "6315550100"]
        for form in forms:
            self.assert_refused(form)

    def test_refused_attempt_has_a_record(self):
        self.suspend()
        self.assert_refused(LINE)
        self.assertIn(["603", "suspended", "tg1"], [row[9:] for row in self.rig.rows(5)])

    def test_suspended_line_reaches_every_emergency_number(self):
        self.suspend()
        numbers = emergency_numbers()
        self.assertGreater(len(numbers), 8)
        for number in numbers:
            for form in (number, f"+86{number}", f"0631{number}", f"+86631{number}"):
                with self.subTest(called=form):
                    self.assert_passes(LINE, form)
        self.assert_refused(LINE, "12345")
        self.assert_refused(LINE, "10086")
        # A subscriber's number that ends like one is none.
        self.assert_refused(LINE, "063155512110")

    def test_line_that_a_person_restores_passes(self):
        self.suspend()
        self.assert_refused(LINE)
        action = self.rig.objects("action", "list", "--state", "confirmed", "--data",
                                  self.rig.data, "--output", "json")
        self.rig.run("action", "reverse", action[0]["action"], "--by", "wang", "--data",
                     self.rig.data)
        self.rig.serve()
        self.assertEqual("active", self.state_of(LINE))
        self.assert_passes(LINE)

    def test_suspension_ends_in_time_without_ringfence(self):
        self.suspend()
        self.assert_refused(LINE)
        state, _, action, line = self.rig.redis("HGET", "rf:number", LINE[1:]).split("|")
        self.assertEqual(("suspended", "LINE-1"), (state, line))
        # The hours that pass: the same entry with an end that is over.
        over = f"{state}|{int(time.time()) - 1}|{action}|{line}"
        self.rig.redis("HSET", "rf:number", LINE[1:], over)
        self.assert_passes(LINE)


class WhoCalls(SwitchTest):
    def test_states(self):
        for state, code in (("active", 200), ("warned", 200), ("suspended", 603),
                            ("blocked", 603), ("closed", 603), ("of-tomorrow", 200)):
            self.put(LINE[1:], state)
            self.assertEqual(code, self.rig.code(LINE, CALLEE), state)

    def test_end_in_the_future_is_in_force(self):
        self.put(LINE[1:], "suspended", int(time.time()) + 3600)
        self.assert_refused(LINE)

    def test_foreign_number_and_short_code_are_found(self):
        self.put(FOREIGN[1:], "blocked")
        self.put("short:95588", "blocked")
        for form in (FOREIGN, "0012125550101", "12125550101", "95588", "+8695588"):
            self.assert_refused(form)

    def test_asserted_identity_outranks_from(self):
        self.put(LINE[1:], "suspended")
        asserts = "P-Asserted-Identity: "
        for value in (f"<sip:{LINE}@carrier.example>", f"<tel:{LINE}>",
                      f'"Desk" <sip:{LINE};cpc=ordinary@carrier.example;user=phone>'):
            self.assert_refused(OTHER, headers=(asserts + value,))
        self.assert_passes(LINE, headers=(f"{asserts}<sip:{OTHER}@carrier.example>",))
        anonymous = f"{asserts}<sip:anonymous@anonymous.invalid>"
        self.assert_refused(LINE, headers=(anonymous,))

    def test_caller_without_a_number_passes_and_says_so(self):
        self.assert_passes("anonymous")
        self.assertEqual({"anonymous": "no-number"}, self.verdicts(1))


class WithAnArea(SwitchTest):
    SETTINGS = {"RF_AREA": '"631"'}
    FORMS = ["+866315550100", "00866315550101", "866315550102", "06315550103", "6315550104",
             "5550105", "(0631)555-0106", "13800000007", "013800000008", "8613800000009",
             "+12025550110", "0012025550111", "+8610086", "063112345", "010110", "95588",
             "96110", "4001234567", "10690000123456", "1065901234",
             "01065901234", "0215550114", "02155501145", "118114", "61234"]

    def test_numbers_are_read_as_ringfence_reads_them(self):
        path = self.rig.folder / "forms.csv"
        rows = [f"{form},{CALLEE},1795482900" for form in self.FORMS for _ in range(2)]
        rows = [f"{i},{row}" for i, row in enumerate(rows)]
        path.write_text("\n".join(["record_id,calling,called,setup_time", *rows, ""]),
                        encoding="utf-8")
        alerts = self.rig.objects("scan", "--threshold", "1", "--area", "631", "--output", "json",
                                  path)
        ours = {alert["number"] for alert in alerts}
        for form in self.FORMS:
            self.rig.dial(form, CALLEE)
        rows = self.rig.rows(len(self.FORMS))
        switch = {row[4] for row in rows if row[10] != "no-number"}
        self.assertEqual(sorted(ours), sorted(switch))


class PlainDigitsAreInternational(SwitchTest):
    SETTINGS = {"RF_PLAIN_IS_E164": ""}

    def test_number_that_looks_national_is_read_with_its_country_code(self):
        self.put("33142255501", "blocked")
        self.put(LINE[1:], "blocked")
        self.assert_refused("33142255501")
        self.assert_refused("866315550100")
        self.put("short:95588", "blocked")
        self.assert_refused("95588")


class Rejected(SwitchTest):
    SETTINGS = {
        "RF_REFUSE_CODE": '"608"',
        "RF_REFUSE_TEXT": '"Rejected"',
        "RF_REFUSE_HEADERS": '"Call-Info: <https://carrier.example/608>;purpose=jwscard\\r\\n"',
    }

    def test_disposition_is_what_the_settings_say(self):
        self.put(LINE[1:], "suspended")
        outcome = self.rig.dial(LINE, CALLEE)[0]
        self.assertEqual((608, "Rejected"), (outcome.code, outcome.phrase))
        self.assertIn("\nCall-Info: <https://carrier.example/608>", outcome.headers)
        self.assertEqual([], self.rig.callee.invites())


@unittest.skipIf(MISSING, f"not installed: {', '.join(MISSING)}")
class ShippedFiles(unittest.TestCase):
    def check(self, *defines):
        more = [word for name in defines for word in ("-A", name)]
        command = ["kamailio", "-c", "-f", str(rig.CONFIG / "kamailio.cfg"), *more]
        return subprocess.run(
            command, cwd=rig.CONFIG, capture_output=True, text=True, check=False
        )

    def test_are_accepted_as_they_are(self):
        for defines in ((), ("RF_NO_STREAM",), ("RF_PLAIN_IS_E164",)):
            done = self.check(*defines)
            self.assertEqual(0, done.returncode, done.stderr)
            self.assertNotRegex(done.stderr, "ERROR|CRITICAL|WARNING.*ringfence")


class RedisIsAway(SwitchTest):
    def refused_again(self):
        """Whether the line is refused once the breaker of the worker that takes it has closed."""
        return self.rig.code(LINE, CALLEE) == 603

    def test_stopped_redis_lets_calls_pass_and_screens_again_when_it_is_back(self):
        self.suspend()
        for _ in range(8):  # each worker holds a refusal as its last answer
            self.assert_refused(LINE)
        self.rig.stop_redis()
        for _ in range(8):
            self.assert_passes(OTHER)
            self.assert_passes(LINE)
        self.assertIn("unscreened", [row[10] for row in self.rig.rows(28)])
        self.rig.start_redis()
        self.rig.serve()
        self.assertEqual("suspended", self.state_of(LINE))
        rig.wait_for("screening", self.refused_again, self.rig.redis_process())

    def test_frozen_redis_lets_calls_pass(self):
        self.put(LINE[1:], "suspended")
        self.assert_refused(LINE)
        self.rig.redis_process().send_signal(signal.SIGSTOP)
        try:
            for _ in range(8):
                self.assert_passes(LINE)
        finally:
            self.rig.redis_process().send_signal(signal.SIGCONT)
        self.assertEqual(8, [row[10] for row in self.rig.rows(9)].count("unscreened"))
        rig.wait_for("screening", self.refused_again, self.rig.redis_process())

    def test_suspended_line_reaches_110_while_redis_is_stopped(self):
        self.rig.stop_redis()
        self.assert_passes(LINE, "110")

    def test_answer_that_is_an_error_lets_calls_pass(self):
        self.rig.redis("SET", "rf:number", "not a hash")
        self.assert_passes(LINE)
        self.assertEqual({LINE: "unscreened"}, self.verdicts(1))


class RedisComesLater(SwitchTest):
    REDIS_FIRST = False

    def test_switch_starts_without_redis_and_screens_when_it_is_there(self):
        self.assert_passes(LINE)
        self.rig.start_redis()
        self.put(LINE[1:], "suspended")
        refused = lambda: self.rig.code(LINE, CALLEE) == 603
        rig.wait_for("screening", refused, self.rig.redis_process())


class CraftedCallers(SwitchTest):
    CALLERS = ["x%20y", "1 DEL rf:number", "x%0d%0aDEL%20rf:number", "%25s%25s%25n", "%s%s%n%d",
               "a'b", "%22;%20FLUSHALL", "8663155501|00", "$var(rf_refuse)", "{s.len}",
               f"{LINE}%20%2A", f"{LINE}\\r\\nFLUSHALL", "%", "%00", "'", "+" * 40, "1" * 400,
               "a,b,c|d|e;f", "`id`", "$(id)", "rf:number%20x"]

    def test_nothing_that_a_caller_sends_becomes_a_command(self):
        self.put(LINE[1:], "suspended")
        self.rig.redis("SET", "canary", "alive")
        self.rig.redis("CONFIG", "RESETSTAT")
        for caller in self.CALLERS:
            self.rig.dial(caller, CALLEE)
        rows = self.rig.rows(1)
        used = set(re.findall(r"^cmdstat_(\S+?):", self.rig.redis("INFO", "commandstats"), re.M))
        self.assertLessEqual(used, {"hget", "xadd", "ping", "select", "info", "config|resetstat"})
        self.assertEqual("alive", self.rig.redis("GET", "canary"))
        self.assertEqual({"canary", "rf:number", "cdr"}, set(self.rig.redis("KEYS", "*").split()))
        self.assertEqual({12}, {len(row) for row in rows})
        self.assert_refused(LINE)


class Records(SwitchTest):
    def alerts(self, *files):
        done = self.rig.run("scan", "--numbers", "e164", "--output", "json", *files)
        alerts = [line for line in done.stdout.splitlines() if line]
        return alerts, rig.reconciliation(done.stderr)

    def test_301_calls_are_an_alert_and_300_are_none(self):
        for caller, count in ((LINE, 301), (OTHER, 300)):
            outcomes = self.rig.dial(caller, CALLEE, count=count)
            self.assertEqual({200}, {outcome.code for outcome in outcomes})
        self.rig.rows(601)
        expected = {"read": 601, "accepted": 601, "duplicates": 0, "rejected": 0, "late": 0}
        for files in (self.rig.cdr_files(), [self.rig.stream_dump(601)]):
            found = self.rig.objects("scan", "--numbers", "e164", "--output", "json", *files)
            self.assertEqual([(LINE, 301)], [(one["number"], one["count"]) for one in found])
            self.assertEqual(expected, self.alerts(*files)[1])

    def test_every_end_of_a_call_has_its_record(self):
        asserted = (f"P-Asserted-Identity: <sip:{OTHER}@carrier.example>",)
        self.put("short:95588", "blocked")
        self.assertEqual(200, self.rig.code(LINE, CALLEE))
        self.assertEqual(486, self.rig.code(LINE, "13800000486", headers=asserted))
        self.assertEqual(487, self.rig.code(LINE, "13800000487", scenario="cancelling.xml"))
        self.assertEqual(603, self.rig.code("95588", CALLEE))
        rows = sorted(self.rig.rows(4), key=lambda row: row[9])
        self.assertEqual(["200", "486", "487", "603"], [row[9] for row in rows])
        self.assertEqual(["", OTHER, "", ""], [row[6] for row in rows])
        self.assertEqual([True, False, False, False], [row[8] != "" for row in rows])
        counts = {"read": 4, "accepted": 4, "duplicates": 0, "rejected": 0, "late": 0}
        files, stream = self.rig.cdr_files(), self.rig.stream_dump(4)
        self.assertEqual(counts, self.alerts(*files)[1])
        self.assertEqual(counts, self.alerts(stream)[1])
        both = {"read": 8, "accepted": 4, "duplicates": 4, "rejected": 0, "late": 0}
        self.assertEqual(both, self.alerts(*files, stream)[1])


if __name__ == "__main__":
    PROGRAM = sys.argv.pop(1)
    unittest.main(verbosity=2)
