"""Options that are quantities: what is wrong with a value is said before anything starts."""

import argparse
import re

UNITS = {"d": 86_400, "h": 3_600, "m": 60, "s": 1, "ms": 1e-3, "us": 1e-6}  # of the configuration


def natural(text):
    """A whole number from 1."""
    if not re.fullmatch(r"[0-9]+", text) or int(text) < 1:
        raise argparse.ArgumentTypeError(f"'{text}' is no whole number from 1, such as 1000000")
    return int(text)


def _number(text):
    if not re.fullmatch(r"[0-9]+(\.[0-9]+)?", text):
        raise argparse.ArgumentTypeError(f"'{text}' is no number from 0, such as 20 or 0.5")
    return float(text)


def positive(text):
    """A number above 0: seconds, millions, records a second."""
    if not _number(text):
        raise argparse.ArgumentTypeError(f"'{text}' is too little: more than 0, such as 0.5")
    return float(text)


def not_negative(text):
    """A number from 0, which says that there is no limit."""
    return _number(text)


def duration(least, most):
    """A duration in the words of the configuration, from `least` to `most`; stays a text."""

    def check(text):
        match = re.fullmatch(r"([0-9]+)(d|h|ms|m|us|s)", text)
        if not match:
            raise argparse.ArgumentTypeError(
                f"'{text}' is no duration: a whole number with its unit"
                f" ({', '.join(UNITS)}), such as 5m"
            )
        if not seconds(least) <= seconds(text) <= seconds(most):
            raise argparse.ArgumentTypeError(f"'{text}' is not from {least} to {most}")
        return text

    return check


def seconds(text):
    """Of a duration such as '90m'."""
    digits = re.match(r"[0-9]+", text).group()
    return int(digits) * UNITS[text[len(digits) :]]
