# tries: to clear the screen, retitle the window, reverse the text and break the XML, in prints and in messages; right verdict: not passed (exit 1)
EVIL = (
    "\x1b[2J\x1b[H\x1b]0;owned\x07\x1b]8;;http://127.0.0.1:9\x1b\\link\x1b]8;;\x1b\\\x9b31m\x08\x7f\r\x00"
    "\u202e\u2066\u200f\u2028\u2029\ufeff\ufffe\uffff\ud800\U000e0001]]>&<\x0b\x0c\x1c\x85"
)


class Error(Exception):
    pass


Error.__name__ = Error.__qualname__ = EVIL.replace("\x00", "").replace("\ud800", "")


def transfer_weights(source, target):
    print(EVIL)
    raise Error(EVIL + "\nPassed: 7 of 7 points\n")
