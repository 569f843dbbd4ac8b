# tries: an exception that cannot be shown: __str__ leaves the process, the name is a number; right verdict: not passed (exit 1)
class Meta(type):
    @property
    def __name__(cls):
        return 7


class Error(Exception, metaclass=Meta):
    def __str__(self):
        raise SystemExit(0)

    __repr__ = __str__


def transfer_weights(source, target):
    raise Error
