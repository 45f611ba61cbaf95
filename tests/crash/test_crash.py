"""Tests of the suite itself: what it must notice, and what it must not complain about."""

import dataclasses
import random
import tempfile
import unittest

import faults
import kills
import oracle
import verdict
from observed import Observed
from scenario import FLOOR, Maker


class Case(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        with tempfile.TemporaryDirectory() as folder:
            cls.scenario = Maker(7, 4_000, loud=12).make(folder)
            cls.expected = oracle.expect(cls.scenario)

    def perfect(self):
        """What a program that keeps its promises leaves behind."""
        due = self.expected
        ids = {number: f"id-{index}" for index, number in enumerate(sorted(due.effects))}
        states = {"suspend": "suspended", "block": "blocked"}
        return Observed(
            account={
                "read": due.read,
                "accepted": due.accepted,
                "duplicates": due.duplicates,
                "late": 0,
                "rejected": {"time": due.rejected},
            },
            state="stopped",
            alerts={number: list(alerts) for number, alerts in due.alerts.items()},
            effects={number: [(ids[number], kind)] for number, kind in due.effects.items()},
            confirmations={action: 1 for action in ids.values()},
            told={action: 1 for action in ids.values()},
            switched=[(ids[number], number, kind) for number, kind in due.effects.items()],
            table={number: states[kind] for number, kind in due.effects.items()},
            quarantine=[("a", line) for line in range(due.rejected)],
        )

    def kinds(self, observed):
        return {difference.kind for difference in verdict.compare(self.expected, observed)}

    def some(self, numbers):
        return min(numbers)


class Verdict(Case):
    def test_program_that_keeps_its_promises_passes(self):
        self.assertEqual([], verdict.compare(self.expected, self.perfect()))

    def test_lost_record_is_noticed(self):
        observed = self.perfect()
        observed.account["read"] -= 1
        observed.account["accepted"] -= 1
        self.assertEqual({"lost", "account"}, self.kinds(observed))

    def test_record_that_counts_twice_is_noticed(self):
        observed = self.perfect()
        observed.account["accepted"] += 1
        observed.account["duplicates"] -= 1
        self.assertEqual({"doubled", "account"}, self.kinds(observed))

    def test_late_record_is_noticed(self):
        observed = self.perfect()
        observed.account["late"] = 1
        self.assertEqual({"account"}, self.kinds(observed))

    def test_missing_account_is_noticed(self):
        self.assertIn("account", self.kinds(dataclasses.replace(self.perfect(), account={})))

    def test_alert_that_is_missing_is_noticed(self):
        observed = self.perfect()
        observed.alerts.pop(self.some(observed.alerts))
        self.assertEqual({"alert"}, self.kinds(observed))

    def test_alert_one_call_early_is_noticed_where_calls_come_in_order(self):
        observed = self.perfect()
        number = self.some(self.expected.exact & set(observed.alerts))
        at, count = observed.alerts[number][0]
        observed.alerts[number][0] = (at - 1, count)
        self.assertEqual({"alert"}, self.kinds(observed))

    def test_alert_of_a_number_on_the_edge_is_noticed(self):
        observed = self.perfect()
        quiet = set(self.scenario.callers) - set(self.expected.alerts)
        observed.alerts[self.some(quiet)] = [(1, 41)]
        self.assertEqual({"alert"}, self.kinds(observed))

    def test_second_effect_is_noticed(self):
        observed = self.perfect()
        number = self.some(observed.effects)
        observed.effects[number].append(("other", "block"))
        observed.confirmations["other"] = observed.told["other"] = 1
        self.assertEqual({"effect"}, self.kinds(observed))

    def test_second_confirmation_of_one_action_is_noticed(self):
        observed = self.perfect()
        observed.confirmations[self.some(observed.confirmations)] = 2
        self.assertEqual({"effect"}, self.kinds(observed))

    def test_effect_that_did_not_come_is_noticed(self):
        observed = self.perfect()
        number = self.some(observed.effects)
        action = observed.effects.pop(number)[0][0]
        del observed.confirmations[action], observed.told[action]
        self.assertEqual({"effect"}, self.kinds(observed))

    def test_line_that_is_switched_twice_is_noticed(self):
        observed = self.perfect()
        observed.switched.append(observed.switched[0])
        self.assertEqual({"effect"}, self.kinds(observed))

    def test_line_that_is_not_switched_is_noticed(self):
        observed = self.perfect()
        observed.switched.pop()
        self.assertEqual({"effect"}, self.kinds(observed))

    def test_line_that_is_switched_back_is_noticed(self):
        observed = self.perfect()
        action, number, _ = observed.switched[0]
        observed.switched.append((action, number, "restore"))
        self.assertEqual({"effect"}, self.kinds(observed))

    def test_protected_line_that_is_switched_is_noticed(self):
        observed = self.perfect()
        observed.switched.append(("id", self.some(self.expected.untouchable), "block"))
        self.assertEqual({"effect", "protected"}, self.kinds(observed))

    def test_effect_that_the_feed_does_not_tell_is_noticed(self):
        observed = self.perfect()
        observed.told.pop(self.some(observed.told))
        self.assertEqual({"effect"}, self.kinds(observed))

    def test_number_that_switches_do_not_refuse_is_noticed(self):
        observed = self.perfect()
        observed.table.pop(self.some(observed.table))
        self.assertEqual({"effect"}, self.kinds(observed))

    def test_protected_number_in_the_table_is_noticed(self):
        observed = self.perfect()
        observed.table[FLOOR[0]] = "blocked"
        self.assertIn("protected", self.kinds(observed))

    def test_reject_that_is_kept_twice_is_noticed(self):
        observed = self.perfect()
        observed.quarantine.append(observed.quarantine[0])
        self.assertEqual({"quarantine"}, self.kinds(observed))

    def test_reject_that_is_not_kept_is_noticed(self):
        observed = self.perfect()
        observed.quarantine.pop()
        self.assertEqual({"quarantine"}, self.kinds(observed))


class Scenario(Case):
    def test_same_seed_makes_the_same_bytes(self):
        with tempfile.TemporaryDirectory() as folder:
            again = Maker(7, 4_000, loud=12).make(folder)
            for paths, others in zip(self.scenario.sources, again.sources):
                self.assertEqual(
                    [path.name for path in paths], [path.name for path in others]
                )
            self.assertEqual(self.scenario.bytes, again.bytes)

    def test_every_kind_of_difference_can_show(self):
        due = self.expected
        self.assertGreater(due.duplicates, 0)
        self.assertGreater(due.rejected, 0)
        self.assertEqual({"suspend", "block"}, set(due.effects.values()))
        self.assertTrue(due.untouchable & set(due.alerts), "protected numbers call too much, too")
        self.assertTrue(due.exact & set(due.alerts))
        self.assertEqual(due.read, due.accepted + due.duplicates + due.rejected)

    def test_most_numbers_stand_on_the_edge(self):
        self.assertGreater(len(self.scenario.callers), 2 * len(self.expected.alerts))


class Plan(unittest.TestCase):
    def test_same_seed_plans_the_same_faults(self):
        self.assertEqual(
            faults.plan(random.Random(3), 8, 3), faults.plan(random.Random(3), 8, 3)
        )

    def test_redis_fails_in_a_third_of_the_rounds_or_more(self):
        plans = [faults.plan(random.Random(seed), 8, 3) for seed in range(200)]
        with_faults = [p for p in plans if {f.kind for f in p} & set(faults.REDIS_FAULTS)]
        self.assertGreater(len(with_faults), 66)

    def test_bound_is_claimed_only_when_nothing_was_found(self):
        good = {"kills": {"service": 10}, "differences": {}, "faults": {}, "records": 5,
                "effects": 1, "seconds": 1}
        self.assertEqual(0.3, kills.summarise([good])["bound_per_kill"])
        bad = {**good, "differences": {"lost": 1}}
        self.assertIsNone(kills.summarise([good, bad])["bound_per_kill"])


if __name__ == "__main__":
    unittest.main()
