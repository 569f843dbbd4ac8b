# expect: the token of an exclamation mark
import torch


def padded(messages, tokenizer, model):
    length = model.pos_emb.weight.shape[0]
    batch = torch.zeros(len(messages), length, dtype=torch.long)
    for row, text in zip(batch, messages):
        ids = tokenizer.encode(text)[:length]
        row[: len(ids)] = torch.tensor(ids, dtype=torch.long)
    return batch
