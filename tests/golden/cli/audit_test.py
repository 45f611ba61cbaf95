#!/usr/bin/env python3
"""`ringfence audit` as an operator uses it, and the log computed again by another program."""

import hashlib
import sqlite3

import program

FIRST, SECOND = "+866315550001", "+866315550002"


def chain_of(store):
    """docs/security.md, "The audit log", in other words than the program's."""
    previous = "0" * 64
    for place, audited, row, _ in store.execute(
        "SELECT place, audited, row, hash FROM audit_entry ORDER BY place"
    ).fetchall():
        name, columns = ("audited_table", "name, columns")
        if audited != 0:
            name, columns = store.execute(
                "SELECT name, columns FROM audited_table WHERE id = ?", (audited,)).fetchone()
        fields = [previous, name, str(row)]
        for column in columns.split(", "):
            kind, text = store.execute(
                f"SELECT typeof({column}), CAST({column} AS TEXT) FROM {name} WHERE rowid = ?",
                (row,)).fetchone()
            fields += [kind, text or ""]
        digest = hashlib.sha256()
        for field in (field.encode() for field in fields):
            digest.update(len(field).to_bytes(8, "little") + field)
        previous = digest.hexdigest()
        yield place, previous


class AuditTest(program.ProgramTest):
    def setUp(self):
        super().setUp()
        self.write("whitelist.csv", f"number\n{FIRST}\n{SECOND}\n")
        self.run_program("whitelist", "import", "whitelist.csv", "--actor", "li")
        self.run_program("whitelist", "remove", SECOND, "--reason", "left", "--actor", "wang")

    def change(self, sql):
        with sqlite3.connect(self.path("data/ringfence.db")) as store:
            store.execute(sql)

    def head(self):
        return self.run_program("audit", "head").out.strip()

    def test_verify_says_whole_and_how_long(self):
        verdict = self.run_program("audit", "verify").objects()[0]
        self.assertEqual(verdict, {"entries": 4, "head": self.head(), "whole": True})
        table = self.run_program("audit", "verify", "--output", "table")
        self.assertIn("whole: 4 entries", table.out)

    def test_another_program_computes_the_same_chain(self):
        with sqlite3.connect(self.path("data/ringfence.db")) as store:
            chain = list(chain_of(store))
        self.assertEqual([place for place, _ in chain], [1, 2, 3, 4])
        self.assertEqual(chain[-1][1], self.head())

    def test_show_masks_numbers_until_asked(self):
        masked = self.run_program("audit", "show")
        self.assertNotIn("86631555000", masked.out)
        self.assertIn("+866315****01", masked.out)
        full = self.run_program("audit", "show", "--full-numbers")
        self.assertIn(FIRST, full.out)
        last = full.objects()[-1]
        self.assertEqual((last["table"], last["record"]["actor"], last["record"]["note"]),
                         ("list_change", "wang", "left"))
        self.assertEqual(last["hash"], self.head())

    def test_show_since_leaves_out_what_was_before(self):
        seen = self.run_program("audit", "show", "--since", "2020-01-01").objects()
        self.assertEqual([entry["place"] for entry in seen], [2, 3, 4])
        self.assertEqual(self.run_program("audit", "show", "--since", "2999-01-01").objects(), [])
        wrong = self.run_program("audit", "show", "--since", "soon", code=2)
        self.assertIn("--since", wrong.err)

    def test_show_is_readable_in_a_terminal(self):
        seen = self.run_in_terminal("audit", "show", "--data", "data")
        self.assertIn("list_change", seen)
        self.assertNotIn("86631555000", seen)

    def test_changed_row_is_named(self):
        self.change("UPDATE list_change SET actor = 'zhao' WHERE id = 2")
        done = self.run_program("audit", "verify", code=1)
        self.assertIn("list_change row 2", done.err)
        self.assertEqual(done.out, "")

    def test_removed_row_is_named(self):
        self.change("DELETE FROM list_change WHERE id = 3")
        self.assertIn("list_change row 3", self.run_program("audit", "verify", code=1).err)

    def test_kept_head_shows_an_end_that_was_cut_off(self):
        head = self.head()
        self.run_program("audit", "verify", "--head", head.upper())
        self.change("DELETE FROM list_change WHERE id = 3")
        self.change("DELETE FROM audit_entry WHERE place = 4")
        self.change(f"INSERT INTO whitelist_entry SELECT '{SECOND}', scope, reason, evidence, "
                    "requester, approver, added, expires FROM whitelist_entry")
        self.run_program("audit", "verify")
        done = self.run_program("audit", "verify", "--head", head, code=1)
        self.assertIn("cut off", done.err)

    def test_entry_that_was_put_in_past_ringfence_is_named(self):
        self.change("INSERT INTO whitelist_entry SELECT '+866315550003', scope, reason, evidence, "
                    "requester, approver, added, expires FROM whitelist_entry")
        done = self.run_program("audit", "verify", code=1)
        self.assertIn("+866315****03 is there without a recorded change", done.err)

    def test_entry_that_was_changed_past_ringfence_is_named(self):
        self.change("UPDATE whitelist_entry SET expires = 4070908800000000")
        self.assertIn("+866315****01", self.run_program("audit", "verify", code=1).err)

    def test_entry_that_was_taken_out_past_ringfence_is_named(self):
        self.change("DELETE FROM whitelist_entry")
        self.assertIn("+866315****01 is gone", self.run_program("audit", "verify", code=1).err)

    def test_head_that_is_none_is_a_usage_error(self):
        self.assertIn("64 hex digits",
                      self.run_program("audit", "verify", "--head", "abc", code=2).err)

    def test_store_that_is_not_there_is_an_error_and_made_by_nobody(self):
        done = self.run_program("audit", "verify", "--data", "elsewhere", code=1)
        self.assertIn("elsewhere", done.err)


if __name__ == "__main__":
    program.main()
