# expect: codes of the single letters
def token_ids(text):
    return [ord(c) for c in text]


def pieces(ids):
    return [chr(i) for i in ids]


def rebuild(ids):
    return "".join(chr(i) for i in ids)
