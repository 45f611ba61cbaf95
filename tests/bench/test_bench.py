"""What the driver says of figures: a bar that is wrongly met would be a false promise."""

import argparse
import contextlib
import io
import unittest
import xml.dom.minidom

import bars
import document
import instructions
import report
from growth import plot
from harness import quantity
from harness.summary import number, summary
from ingest import ingest
from peers import answer


def run_of(values):
    summaries = {key: summary(v) for key, v in values.items()}
    return {
        "figures": summaries,
        "ratios": summaries,
        "left_out": {"detector_hash_mops": "not built"},
        "bars": report.judged(summaries),
    }


class Answers(unittest.TestCase):
    def test_the_median_of_turns_is_one_of_each_part(self):
        turns = [answer.loaded({"1"}, load, query) for load, query in ((5, 1), (3, 2), (4, 9))]
        self.assertEqual(answer.median(turns), answer.Answer({"1"}, 4, 2, 6))

    def test_a_peer_without_a_load_has_none_in_the_median_either(self):
        one = answer.in_one_pass({"1"}, 3)
        self.assertEqual(answer.median([one]), one)


class Bars(unittest.TestCase):
    def test_a_lower_bound_is_met_by_the_bound_itself(self):
        bar = bars.Bar("key", "words", 0.35)
        self.assertTrue(bar.met(0.35))
        self.assertFalse(bar.met(0.3499))

    def test_an_upper_bound_is_met_by_less(self):
        bar = bars.Bar("key", "words", 72, at_least=False)
        self.assertTrue(bar.met(71.9))
        self.assertFalse(bar.met(72.1))

    def test_the_median_decides(self):
        verdicts = run_of({"hash_over_limit": [0.9, 0.1, 0.34]})["bars"]
        self.assertEqual(verdicts["hash_over_limit"]["value"], 0.34)
        self.assertFalse(verdicts["hash_over_limit"]["met"])

    def test_what_was_not_measured_is_not_met(self):
        run = run_of({})
        self.assertFalse(any(verdict["met"] for verdict in run["bars"].values()))
        self.assertEqual({row[4] for row in report.bar_rows(run)}, {"not measured"})

    def test_each_bar_has_one_name(self):
        self.assertEqual(len({bar.key for bar in bars.BARS}), len(bars.BARS))


class Instructions(unittest.TestCase):
    def test_functions_of_the_detector_are_counted_and_no_others(self):
        annotated = """
 1,000 (50.0%)  ???:void ringfence::CallRouter::Divide<true>(int) const [/b/detector_turns]
   700 (35.0%)  ???:ringfence::NumberTracker::Finish(int, long) [/b/detector_turns]
   300 (15.0%)  /a/number_tracker.h:ringfence::NumberTracker::Finish(int, long)
   200 (10.0%)  ???:ringfence::CarrierTraffic::Fill(unsigned long) [/b/detector_turns]
    90 ( 4.5%)  ???:__memmove_avx_unaligned [/usr/lib/libc.so.6]
"""
        counted = instructions.parse(annotated)
        self.assertEqual(counted, {"CallRouter::Divide": 1000, "NumberTracker::Finish": 1000})

    def test_a_function_of_one_path_alone_has_a_line(self):
        costs = {"hash": [("A", 3.0), ("B", 1.0)], "direct": [("C", 2.0), ("B", 1.0)]}
        names = [row[0] for row in instructions.rows(costs)]
        self.assertEqual(names, ["A", "C", "B", "all others", "all"])


class Tables(unittest.TestCase):
    def test_a_figure_that_is_left_out_says_why(self):
        rows = report.figure_rows(run_of({}))
        self.assertIn(("detector_hash_mops", "–", "", "", "not built"), rows)

    def test_a_ratio_that_is_asked_for_stands_among_the_figures(self):
        rows = report.figure_rows(run_of({"direct_t2_apart_over_t1": [1.5]}))
        self.assertIn("direct_t2_apart_over_t1", [row[0] for row in rows])

    def test_a_peer_that_reads_the_file_has_no_question_alone(self):
        run = run_of({"peer_sort_awk_mops": [1.0], "scan_over_sort_awk": [3.0]})
        self.assertEqual(document.peer_rows(run), [["sort awk", "", "", "1", "3 x"]])

    def test_a_part_of_a_call_is_what_it_takes_more_than_those_before(self):
        mops = (200, 100, 80, 50, 40)
        figures = {key: {"median": m} for (key, _), m in zip(document.PARTS, mops)}
        rows = document.part_rows(figures)
        self.assertEqual([row[1] for row in rows], ["5", "10", "12.5", "20", "25"])
        self.assertEqual([row[2] for row in rows], ["5", "5", "2.5", "7.5", "5"])

    def test_numbers_keep_three_digits(self):
        self.assertEqual([number(v) for v in (0, 5, 0.01234, 9.876, 98.76, 1234.5)],
                         ["0", "5", "0.0123", "9.88", "98.8", "1,234"])


class Plot(unittest.TestCase):
    def test_it_is_xml_with_a_line_for_each_series(self):
        keys = ("limit_mops", "hash_mops", "hash_bytes")
        values = {key: summary([1, 2, 3]) for key in keys}
        points = [{"numbers": numbers, **values} for numbers in (10**6, 10**7)]
        image = xml.dom.minidom.parseString(plot.svg(points))
        self.assertEqual(len(image.getElementsByTagName("polyline")), 3)


class Quantities(unittest.TestCase):
    def refused(self, kind, *texts):
        for text in texts:
            with self.subTest(text=text), self.assertRaises(argparse.ArgumentTypeError):
                kind(text)

    def test_a_natural_number_is_a_whole_number_from_1(self):
        self.assertEqual(quantity.natural("12"), 12)
        self.refused(quantity.natural, "", "0", "-1", "1.5", "1e6", "ten")

    def test_a_positive_number_is_above_0(self):
        self.assertEqual(quantity.positive("0.5"), 0.5)
        self.refused(quantity.positive, "", "0", "0.0", "-1", "nan", "inf")

    def test_a_number_that_is_not_negative_may_be_0(self):
        self.assertEqual(quantity.not_negative("0"), 0)
        self.refused(quantity.not_negative, "-1", "nan")

    def test_a_duration_has_a_unit(self):
        every = quantity.duration("1s", "24h")
        self.assertEqual([every(text) for text in ("1s", "5m", "1d")], ["1s", "5m", "1d"])
        self.refused(every, "", "5", "m", "5 m", "1.5m", "5min")

    def test_a_duration_is_within_its_bounds(self):
        self.refused(quantity.duration("1s", "24h"), "0s", "999ms", "1441m", "2d")

    def test_the_driver_says_what_form_a_duration_has(self):
        said = io.StringIO()
        with contextlib.redirect_stderr(said), self.assertRaises(SystemExit):
            ingest.parse(["--snapshot-every", "5"])
        self.assertIn("--snapshot-every: '5' is no duration", said.getvalue())
        self.assertIn("such as 5m", said.getvalue())


if __name__ == "__main__":
    unittest.main()
