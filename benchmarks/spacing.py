"""What is known on day 60 for the same minutes: quizbook's order against the guide's plan, Leitner boxes and Anki.

Simulated learners read the bank's chapters one after the other and answer its questions for so many minutes a day.
docs/spacing.md has the results with what they assume and what they do not show.

python benchmarks/spacing.py [--learners 1000] [--days 60] [--minutes 10] [--seed 1] [--quick]
"""

from __future__ import annotations

import argparse
import math
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from functools import partial

from agreement import check
from memories import MODELS
from own_plan import Quizbook
from plans import Anki, Course, Guide, Leitner, Plan, Random
from simulation import Result, course, studied


def plans(learning: Course, learners: int, seed: int) -> list[Callable[[], Plan]]:
    """Every plan that is compared; the others are told against the first one."""
    make: list[Callable[..., Plan]] = [
        partial(Quizbook, name="quizbook: new chapter, then review", new=9999, new_first=True),
        partial(Quizbook, name="the same, no error comes back first", new=9999, new_first=True, sure=0.0),
        partial(Quizbook, name="that, retention 0.95", new=9999, new_first=True, sure=0.0, retention=0.95, reviews=200),
        Quizbook,
        Guide,
        partial(Guide, over=True),
        partial(Leitner, new=9999, new_first=True),
        Leitner,
        Anki,
        Random,
    ]
    return [partial(one, learning, learners, seed) for one in make]


def table(results: Sequence[Result], items: int) -> str:
    """A line a plan: what is known, its spread over learners, the paired difference to the first plan, the cost."""
    lines = [
        f"{'':37}{'known':>7}{'spread':>8}{'difference':>16}{'minutes':>9}{'answers':>9}{'asked':>7}{'a minute':>10}"
    ]
    first = results[0]
    for one in results:
        answers, new = (each.sum(axis=1).mean() for each in (one.answers, one.new))
        gap = one.known - first.known
        error = gap.std() / math.sqrt(len(gap))
        told = "" if one is first else f"{gap.mean():+.1f} ± {2 * error:.1f}"
        lines.append(
            f"{one.name:37}{one.known.mean():7.1f}{one.known.std():8.1f}{told:>16}{one.minutes.mean():9.0f}"
            f"{answers:9.0f}{new:7.0f}{one.known.mean() / one.minutes.mean():10.2f}"
        )
    return "\n".join([*lines, f"(of {items} items)"])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--learners", type=int, default=1000)
    parser.add_argument("--days", type=int, default=60)
    parser.add_argument("--minutes", type=float, default=10)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--quick", action="store_true", help="the first table only")
    asked = parser.parse_args()
    learning = course()
    began = time.perf_counter()
    print(f"{check(asked.seed)} days of study as quizbook's own agenda() puts them together: equal")
    with ProcessPoolExecutor(2) as pool:

        def told(title: str, makes: Sequence[Callable[[], Plan]], model: str, minutes: float) -> list[Result]:
            run = partial(_run, model=model, days=asked.days, minutes=minutes, seed=asked.seed)
            results = list(pool.map(run, makes))
            print(f"\n{title}\n{table(results, len(learning.ids))}", flush=True)
            return results

        compared = plans(learning, asked.learners, asked.seed)
        told(f"{asked.minutes:g} minutes a day, memory: FSRS", compared, "fsrs", asked.minutes)
        if not asked.quick:
            for model in ("traces", "half-life"):
                told(f"{asked.minutes:g} minutes a day, memory: {MODELS[model].name}", compared, model, asked.minutes)
            for minutes in (asked.minutes / 2, asked.minutes * 2):
                told(f"{minutes:g} minutes a day, memory: FSRS", compared, "fsrs", minutes)
            kept = [
                partial(
                    Quizbook, learning, asked.learners, asked.seed, name=f"retention {r:.2f}", retention=r, reviews=9999
                )
                for r in (0.9, 0.8, 0.85, 0.95)
            ]
            for one in told("as many minutes as it takes, by the setting `retention`, memory: FSRS", kept, "fsrs", 600):
                late = (one.answers - one.new)[:, asked.days // 2 :].mean()
                print(f"{one.name}: {late:.0f} reviews a day in the second half of the time")
    print(f"\n{asked.learners} learners, {asked.days} days, seed {asked.seed}: {time.perf_counter() - began:.0f} s")


def _run(make: Callable[[], Plan], *, model: str, days: int, minutes: float, seed: int) -> Result:
    return studied(make(), model, days=days, minutes=minutes, seed=seed)


if __name__ == "__main__":
    main()
