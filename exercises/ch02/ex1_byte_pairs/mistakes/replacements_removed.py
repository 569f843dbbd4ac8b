# expect: decode all ids at once
import tiktoken

tokenizer = tiktoken.get_encoding("gpt2")


def token_ids(text):
    return tokenizer.encode(text)


def pieces(ids):
    return [tokenizer.decode([number]) for number in ids]


def rebuild(ids):
    return "".join(tokenizer.decode([i]).replace("\ufffd", "") for i in ids)
