# right for 2.1: a class of its own, the encoding made anew at each call
import tiktoken


class Tokens:
    @property
    def encoding(self):
        return tiktoken.get_encoding("gpt2")

    def ids(self, text):
        return [int(i) for i in self.encoding.encode(text, allowed_special=set())]


def token_ids(text: str) -> list[int]:
    return Tokens().ids(text)


def pieces(ids):
    result = []
    for number in ids:
        result += [Tokens().encoding.decode_single_token_bytes(number).decode("utf-8", errors="replace")]
    return result


def rebuild(ids):
    return b"".join(Tokens().encoding.decode_single_token_bytes(i) for i in ids).decode()
