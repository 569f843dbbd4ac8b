# tries: weights that are equal to everything; right verdict: not passed (exit 1)
class Equal:
    shape = dtype = property(lambda self: self)

    def __eq__(self, other):
        return True

    def __getattr__(self, name):
        return self

    def __call__(self, *args, **kwargs):
        return self

    __hash__ = None
    __float__ = lambda self: 0.0


def transfer_weights(source, target):
    for name in ("W_query", "W_key", "W_value"):
        target._parameters.pop(name, None)
        target.__dict__[name] = Equal()
    return Equal()
