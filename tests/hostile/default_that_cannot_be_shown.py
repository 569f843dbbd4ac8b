# tries: a wrong signature with a default whose repr raises SystemExit; right verdict: not passed (exit 2)
class Evil:
    def __repr__(self):
        raise SystemExit(0)


def transfer_weights(source, target, third, fourth=Evil()):
    pass
