# tries in 2.1: to answer with a list that never ends, and with texts that a terminal obeys; right verdict: not passed (exit 1|2)
import itertools


class Ids(list):
    def __iter__(self):
        return itertools.repeat(33901)

    def __len__(self):
        return 6


def token_ids(text):
    return Ids([33901, 86, 343, 86, 220, 959])


def pieces(ids):
    return ["\x1b]0;passed\x07\x1b[2J" * 1000, "\u202e" * 10_000]


def rebuild(ids):
    return "A" * 200_000_000
