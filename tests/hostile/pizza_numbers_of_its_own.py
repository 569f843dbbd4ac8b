# tries in 5.1: to pass numbers off that are equal to, above and below everything; right verdict: not passed (exit 1|2)
class Number(float):
    def __eq__(self, other):
        return True

    def __lt__(self, other):
        return True

    __gt__ = __le__ = __ge__ = __lt__
    __hash__ = float.__hash__

    def __sub__(self, other):
        return 0.0

    def item(self):
        return self

    def numel(self):
        return 1


def pizza_count(logits, temperature, draws, index, seed):
    return Number(0.5)


def pizza_probability(logits, temperature, index):
    return Number("nan")
