#!/usr/bin/env python3
"""What the command line promises: help with examples, exit codes, messages that name the option.

    usage_test.py path/to/ringfence
"""

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
                        ("run", "--config", "c.toml")):
            done = self.run_program(*command, code=78)
            self.assertIn("c.toml:2:", done.err)
            self.assertIn("rule.line-frequency.threshold", done.err)

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

    def test_folder_given_by_hand_wins_over_the_environments(self):
        self.write("w.csv", "number\n+866315550001\n")
        self.run_program("whitelist", "import", "w.csv")
        for command in (["whitelist", "list"], ["line", "list"], ["order", "list"],
                        ["action", "list"], ["audit", "verify"]):
            self.run_program(*command, "--data", "elsewhere", code=1)

    def test_missing_file_is_a_failure_that_names_it(self):
        self.assertIn("nosuch.csv", self.run_program("scan", "nosuch.csv", code=1).err)


if __name__ == "__main__":
    main()
