# expect: encoded one by one
import tiktoken

tokenizer = tiktoken.get_encoding("gpt2")


def token_ids(text):
    return [i for word in text.split() for i in tokenizer.encode(word)]


def pieces(ids):
    return [tokenizer.decode([number]) for number in ids]


def rebuild(ids):
    return tokenizer.decode(ids)
