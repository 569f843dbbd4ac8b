# tries: exceptions that are no Exception: KeyboardInterrupt, GeneratorExit, a BaseException of its own; right verdict: not passed (exit 1)
calls = 0


class Done(BaseException):
    pass


def transfer_weights(source, target):
    global calls
    calls += 1
    raise (KeyboardInterrupt, GeneratorExit, Done)[calls % 3]("done, all right")
