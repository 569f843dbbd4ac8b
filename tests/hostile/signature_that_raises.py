# tries: an entry point whose signature, name and call raise whatever they like; right verdict: not passed (exit 1|2)
class Entry:
    @property
    def __signature__(self):
        raise RuntimeError("no signature for you")

    def __call__(self, source, target):
        raise MemoryError


transfer_weights = Entry()
