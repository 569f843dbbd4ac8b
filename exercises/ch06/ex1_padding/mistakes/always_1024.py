# expect: ask model.pos_emb or model.cfg
import torch


def padded(messages, tokenizer, model):
    result = torch.full((len(messages), 1024), 50256)
    for i, text in enumerate(messages):
        ids = tokenizer.encode(text)[:1024]
        result[i, : len(ids)] = torch.tensor(ids, dtype=torch.long)
    return result
