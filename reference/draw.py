"""The draws of numpy's RandomState, which pandas samples with, without numpy: the guide's split, message by message.

`df.sample(frac=1, random_state=123)` is a permutation that numpy's Mersenne Twister draws. Python's `random` has the
same twister, but fills its state from a seed in another way; filled in numpy's way it gives numpy's numbers.
Source: Matsumoto and Nishimura 1998, "Mersenne Twister", and its 2002 initialisation; Fisher and Yates for the shuffle.
"""

from __future__ import annotations

import random

STATE_WORDS = 624
SEEDS = 1 << 32


def permutation(size: int, seed: int) -> list[int]:
    """The numbers from 0 to size - 1 in the order of `numpy.random.RandomState(seed).permutation(size)`.

    pandas' `sample` takes the first n of them. Raises ValueError for a seed that is not from 0 to 2**32 - 1.
    """
    bits = _twister(seed).getrandbits
    order = list(range(size))
    for last in range(size - 1, 0, -1):
        # Numbers of as few bits as hold `last`, until one is not above it: each place is then as likely as another.
        width = last.bit_length()
        while (chosen := bits(32) & ((1 << width) - 1)) > last:
            pass
        order[last], order[chosen] = order[chosen], order[last]
    return order


def _twister(seed: int) -> random.Random:
    if not 0 <= seed < SEEDS:
        raise ValueError(f"the seed is {seed}; it is from 0 to {SEEDS - 1}")
    words = [seed]
    for place in range(1, STATE_WORDS):
        words.append((1812433253 * (words[-1] ^ words[-1] >> 30) + place) % SEEDS)
    twister = random.Random()
    twister.setstate((3, (*words, STATE_WORDS), None))
    return twister
