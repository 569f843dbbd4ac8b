# tries: a class as the entry point, whose metaclass lies about everything; right verdict: not passed (exit 1|2)
class Meta(type):
    def __call__(cls, *args, **kwargs):
        return True

    def __instancecheck__(cls, value):
        return True

    def __eq__(cls, other):
        return True

    __hash__ = type.__hash__

    @property
    def __name__(cls):
        return 7


class transfer_weights(metaclass=Meta):
    def __init__(self, source, target):
        pass
