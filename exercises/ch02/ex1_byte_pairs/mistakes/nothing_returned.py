# expect: returns nothing
import tiktoken

tokenizer = tiktoken.get_encoding("gpt2")


def token_ids(text):
    ids = tokenizer.encode(text)
    print(ids)


def pieces(ids):
    return [tokenizer.decode([number]) for number in ids]


def rebuild(ids):
    return tokenizer.decode(ids)
