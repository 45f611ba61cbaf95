#!/usr/bin/env python3
"""What the command line promises: help with examples, exit codes, messages that name the option.

    usage_test.py path/to/ringfence
"""

import os
import re

from program import ProgramTest, main


class Help(ProgramTest):

    def commands(self, *path):
        """Every command and nested command, as the help pages list them."""
        page = self.run_program(*path, "--help").out
        yield path, page
        listed = page.partition("\nSubcommands:\n")[2].partition("\n\n")[0]
        for name in re.findall(r"^  ([a-z-]+)", listed, re.MULTILINE):
            yield from self.commands(*path, name)

    def test_every_page_has_an_example_that_names_its_command(self):
        for path, page in self.commands():
            with self.subTest(command=" ".join(path)):
                examples = re.split(r"\nExamples?:\n", page)
                self.assertEqual(len(examples), 2, page)
                self.assertIn("ringfence " + " ".join(path), examples[1])

    def test_every_command_that_prints_a_result_has_output(self):
        # Files for a pipe or another program, in their own format.
        raw = {("config", "dump"), ("completion",), ("line", "export"), ("whitelist", "export"),
               ("run",), ("demo",)}
        for path, page in self.commands():
            if "\nSubcommands:\n" in page or path in raw:
                continue
            with self.subTest(command=" ".join(path)):
                self.assertIn("--output", page)

    def test_unknown_command_is_named(self):
        for path in ((), ("line",), ("whitelist",), ("config",)):
            with self.subTest(command=" ".join(path)):
                self.assertIn("'bogus'", self.run_program(*path, "bogus", code=2).err)


class Options(ProgramTest):

    def test_wrong_value_is_a_usage_error_that_names_the_option(self):
        self.calls("a.csv", ("a", "+8613800000001", 0))
        for option, value in (("--window", "1.5h"), ("--window", "0h"), ("--window", "24"),
                              ("--window", "400d"), ("--lateness", "-1s"), ("--lateness", "foo"),
                              ("--dedup-horizon", "foo"), ("--tz", "Mars/Olympus"),
                              ("--country", "x"), ("--country", "1234"), ("--area", "abc"),
                              ("--format", "foo"), ("--numbers", "foo"), ("--threshold", "0"),
                              ("--threshold", "1000001"), ("--threshold", "1.5"),
                              ("--threshold-class", "hospital"), ("--threshold-class", "x=5"),
                              ("--threshold-industry", "=5"), ("--threshold-industry", "loan=0"),
                              ("--threshold-customer", "C1=x"), ("--also", "1h"),
                              ("--also", "0s=5"), ("--also", "400d=5"), ("--also", "1h=0"),
                              ("--output", "yaml"), ("--delimiter", "ab")):
            with self.subTest(option=option, value=value):
                done = self.run_program("scan", "a.csv", option, value, code=2)
                self.assertIn(option, done.err)
                self.assertIn(value, done.err)
                self.assertEqual(done.out, "")

    def test_delimiter_without_columns_is_a_usage_error(self):
        self.calls("a.csv", ("a", "+8613800000001", 0))
        self.run_program("scan", "a.csv", "--delimiter", ";", code=2)

    def test_area_may_be_written_with_its_trunk_zero(self):
        self.calls("a.csv", ("a", "5550123", 0), ("b", "5550123", 1))
        for area in ("631", "0631"):
            done = self.run_program("scan", "a.csv", "--threshold", "1", "--area", area)
            self.assertEqual([alert["number"] for alert in done.objects()], ["+866315550123"])

    def test_lateness_may_be_zero(self):
        self.calls("a.csv", ("a", "+8613800000001", 1), ("b", "+8613800000001", 0))
        done = self.run_program("scan", "a.csv", "--threshold", "1", "--lateness", "0s")
        self.assertIn("late 1", done.err)

    def test_configuration_is_good_though_a_threshold_is_for_nobody(self):
        self.write("l.csv", "line_id,number,customer_id,industry\nL1,+8613800000001,C1,loan\n")
        self.run_program("line", "import", "l.csv", "--data", "d")
        self.write("c.toml", '[service]\ndata = "d"\n[rule.line-frequency]\n'
                             'threshold_by_industry = { loan = 100, lone = 200 }\n')
        done = self.run_program("config", "check", "c.toml")
        self.assertIn("industry 'lone'", done.err)
        self.assertNotIn("'loan'", done.err)

    def test_bad_configuration_is_78_and_names_line_and_key(self):
        self.write("c.toml", '[rule.line-frequency]\nthreshold = 0\n')
        for command in (("config", "check", "c.toml"), ("config", "dump", "c.toml"),
                        ("run", "--config", "c.toml"),
                        ("action", "suspend", "110", "--by", "a", "--config", "c.toml"),
                        ("action", "restore", "110", "--by", "a", "--config", "c.toml")):
            done = self.run_program(*command, code=78)
            self.assertIn("c.toml:2:", done.err)
            self.assertIn("rule.line-frequency.threshold", done.err)

    def test_wrong_value_of_any_command_is_a_usage_error_that_names_it(self):
        add = ("whitelist", "add", "110", "--reason", "r", "--requester", "a", "--approver", "b")
        send = ("send", "a.csv", "--to", "tcp://127.0.0.1:7700")
        check = ("check", "--calling", "13800000001", "--called", "13800000002")
        order = ("order", "assign", "WO-20261124-7KQ2MD", "--to", "a")
        by = ("--by", "a")
        for arguments, named, value in (
                (add, "--from", "soon"), (add, "--expires", "soon"), (add, "--actor", " "),
                (add, "--country", "x"), (("order", "list"), "--number", "foo"),
                (("action", "list"), "--number", "foo"), (("audit", "show"), "--since", "soon"),
                (("audit", "verify"), "--head", "12"), (send, "--source", "s" * 65),
                (send, "--stream", ""), (send, "--columns", "calling=1,called=2,setup=3"),
                (("scan", "a.csv"), "--columns", "calling=0,called=2,setup_time=3"),
                (("scan", "a.csv"), "--whitelist", "redis://"),
                (("scan", "a.csv", "--floods"), "--flood-except", "foo"),
                (("keys", "allow", "msc", "m.pub", "--list", "l"), "--note", "a\nb")):
            with self.subTest(command=arguments, option=named):
                done = self.run_program(*arguments, named, value, code=2)
                self.assertIn(named, done.err)
                self.assertEqual(done.out, "")
        for arguments, value in (
                (("whitelist", "add", "foo", *add[3:]), "NUMBER 'foo'"),
                (("whitelist", "remove", "foo", "--reason", "r"), "NUMBER 'foo'"),
                (("send", "a.csv", "--to", "foo"), "--to 'foo'"),
                (("send", "a.csv", "--to", "tcp://192.0.2.1:7700"), "--to 'tcp://192.0.2.1:7700'"),
                (("send", "-", *send[2:]), "--spool"),
                (("send", "a.csv", "--to", "tcp://127.0.0.1:*"), "no port to connect to"),
                (("generate", "--out", "o", "--threshold", "0"), "1 to 4294967295"),
                (("demo", "--ledger", "l.csv"), "FILE"),
                (("demo", "--whitelist", "w.csv"), "FILE"),
                ((*check[:1], "--calling", "foo", *check[3:]), "--calling 'foo'"),
                ((*check[:4], "foo"), "--called 'foo'"),
                (("order", "show", "WO-1"), "'WO-1'"),
                ((*order[:2], "7KQ2MD", *order[3:]), "'7KQ2MD'"),
                ((*order[:4], ""), "--to"),
                (("action", "show", "xyz"), "'xyz'"), (("action", "show", "abc"), "'abc'"),
                (("action", "confirm", "a1b2c3", "--by", ""), "--by"),
                (("action", "suspend", "foo", *by), "NUMBER 'foo'"),
                (("action", "block", "foo", *by), "NUMBER 'foo'"),
                (("action", "restore", "foo", *by), "ID|NUMBER 'foo'"),
                (("action", "restore", "abc", *by), "'abc'"),
                (("keys", "new", "a/b"), "'a/b'"),
                (("keys", "allow", "two words", "m.pub", "--list", "l"), "'two words'"),
                (("generate", "--out", "o", "--subscribers", "1"), "subscribers is 1"),
                (("generate", "--out", "o", "--rows", "10"), "10 were asked for"),
                (("scan", "a.csv", "--format", "cucm", "--columns",
                  "calling=1,called=2,setup_time=3"), "--columns")):
            with self.subTest(command=arguments):
                done = self.run_program(*arguments, code=2)
                self.assertIn(value, done.err)
                self.assertIn("--help", done.err)
                self.assertEqual(done.out, "")

    def test_value_that_cannot_be_read_is_named_with_its_option(self):
        add = ("whitelist", "add", "110", "--reason", "r", "--requester", "a", "--approver", "b")
        for option in ("--from", "--expires"):
            self.assertIn(f"{option} 'soon'", self.run_program(*add, option, "soon", code=2).err)
        for command in ("order", "action"):
            self.assertIn("--number 'foo'", self.run_program(command, "list", "--number", "foo",
                                                             code=2).err)
        for option in ("--calling", "--called"):
            words = {"--calling": "110", "--called": "120", option: "foo"}
            check = ("check", *(word for pair in words.items() for word in pair))
            self.assertIn(f"{option} 'foo'", self.run_program(*check, code=2).err)
        remove = ("whitelist", "remove", "foo", "--reason", "r")
        self.assertIn("NUMBER 'foo'", self.run_program(*remove, code=2).err)
        self.calls("a.csv", ("a", "+8613800000001", 0))
        for address in ("foo", "tcp://127.0.0.1", "http://127.0.0.1:7700"):
            done = self.run_program("send", "--to", address, "a.csv", code=2)
            self.assertIn(f"'{address}'", done.err)

    def test_entry_that_cannot_stand_is_a_usage_error(self):
        add = ("whitelist", "add", "13800000001", "--reason", "r", "--requester", "a")
        self.assertIn("somebody else", self.run_program(*add, "--approver", "a", code=2).err)
        self.assertIn("expires", self.run_program(*add, "--approver", "b", "--expires",
                                                  "2020-01-01", code=2).err)

    def test_number_is_read_as_options_behind_it_say(self):
        self.run_program("whitelist", "add", "5550123", "--reason", "r", "--requester", "a",
                         "--approver", "b", "--area", "631")
        self.assertIn("+866315550123", self.run_program("whitelist", "list").out)

    def test_id_that_no_store_has_is_a_failure(self):
        self.run_program("order", "show", "WO-20261124-7KQ2MD", code=1)
        self.run_program("action", "show", "a1b2c3", code=1)

    def test_columns_by_name_are_looked_for_in_the_file(self):
        self.calls("a.csv", ("a", "+8613800000001", 0))
        named = "calling=calling,called=called,setup_time="
        self.run_program("scan", "a.csv", "--columns", named + "setup_time")
        self.run_program("scan", "a.csv", "--columns", named + "nosuch", code=1)

    def test_folder_given_by_hand_wins_over_the_environments(self):
        self.write("w.csv", "number\n+866315550001\n")
        self.run_program("whitelist", "import", "w.csv")
        for command in (["whitelist", "list"], ["line", "list"], ["order", "list"],
                        ["action", "list"], ["audit", "verify"]):
            self.run_program(*command, "--data", "elsewhere", code=1)

    def test_address_that_a_run_refuses_is_bad_configuration_for_the_check_too(self):
        for section, key, value in (("delivery", "webhook", "http://127.0.0.1/"),
                                    ("delivery", "webhook", "http://192.0.2.1:80/"),
                                    ("delivery", "zmq", "127.0.0.1:7800"),
                                    ("input", "listen", "tcp://127.0.0.1")):
            self.write("c.toml", f'[{section}]\n{key} = "{value}"\n')
            for command in (("config", "check", "c.toml"), ("run", "--config", "c.toml")):
                done = self.run_program(*command, code=78)
                self.assertIn(f"c.toml:2:{len(key) + 4}: {section}.{key}", done.err)
                self.assertIn("port" if value.startswith("http") else "tcp://", done.err)
        self.write("c.toml", '[delivery]\nwebhook = ""\nzmq = ""\n[input]\nlisten = ""\n')
        self.run_program("config", "check", "c.toml")

    def test_whitelist_audit_fails_when_an_entry_no_longer_stands(self):
        self.write("l.csv", "line_id,number,customer_id\nL1,+866315550001,C1\n")
        self.run_program("line", "import", "l.csv")
        add = ("whitelist", "add", "+866315550001", "--reason", "r", "--requester", "a",
               "--approver", "b", "--from", "2020-01-01")
        self.run_program(*add, "--expires", "2999-12-31")
        found = self.run_program("whitelist", "audit").objects()
        self.assertEqual({one["severity"] for one in found} & {"failure"}, set())
        self.run_program(*add, "--expires", "2020-12-31")
        found = self.run_program("whitelist", "audit", code=1).objects()
        self.assertIn("failure", {one["severity"] for one in found})

    def test_lists_of_a_folder_without_a_store_are_a_failure(self):
        os.mkdir(self.path("data"))
        self.write("file", "")
        for name in ("order", "action"):
            for folder in ("data", "mistyped", "file"):
                done = self.run_program(name, "list", "--data", folder, code=1)
                self.assertIn(folder, done.err)
        self.assertEqual(os.listdir(self.path("data")), [])

    def test_missing_file_is_a_failure_that_names_it(self):
        self.assertIn("nosuch.csv", self.run_program("scan", "nosuch.csv", code=1).err)


if __name__ == "__main__":
    main()
