"""What a peer gives."""

import dataclasses
import statistics
from typing import Optional


@dataclasses.dataclass
class Answer:
    """The numbers that were found, and seconds. Who loads first says what each part took; who works
    in memory has no load; who reads the file as it goes has the total alone."""

    numbers: set
    load_s: Optional[float] = None
    query_s: Optional[float] = None
    total_s: Optional[float] = None


def loaded(numbers, load_s, query_s):
    return Answer(numbers, load_s, query_s, load_s + query_s)


def in_memory(numbers, query_s):
    return Answer(numbers, query_s=query_s)


def in_one_pass(numbers, total_s):
    return Answer(numbers, total_s=total_s)


def median(answers):
    """Of several turns of a peer, part by part; all found the same numbers."""

    def of(part):
        took = [getattr(answer, part) for answer in answers]
        return None if None in took else statistics.median(took)

    return Answer(answers[0].numbers, of("load_s"), of("query_s"), of("total_s"))
