# right for 4.3: blocks in a ModuleList, dropout by function, everything in one class
import torch
import torch.nn as nn
import torch.nn.functional as F

from reference.attention import MultiHeadAttention
from reference.layers import FeedForward, LayerNorm


class Block(nn.Module):
    def __init__(self, cfg):
        super().__init__()
        d = cfg["emb_dim"]
        self.att = MultiHeadAttention(d, d, cfg["context_length"], cfg["drop_rate_attn"], cfg["n_heads"], cfg["qkv_bias"])
        self.ff = FeedForward(cfg)
        self.norm1 = LayerNorm(d)
        self.norm2 = LayerNorm(d)
        self.p = cfg["drop_rate_shortcut"]

    def forward(self, x):
        shortcut = x
        x = F.dropout(self.att(self.norm1(x)), self.p, self.training) + shortcut
        shortcut = x
        x = F.dropout(self.ff(self.norm2(x)), self.p, self.training) + shortcut
        return x


class GPTModel(nn.Module):
    def __init__(self, cfg):
        super().__init__()
        self.cfg = dict(cfg)
        self.tok_emb = nn.Embedding(cfg["vocab_size"], cfg["emb_dim"])
        self.pos_emb = nn.Embedding(cfg["context_length"], cfg["emb_dim"])
        self.trf_blocks = nn.ModuleList([Block(cfg) for _ in range(cfg["n_layers"])])
        self.final_norm = LayerNorm(cfg["emb_dim"])
        self.out_head = nn.Linear(cfg["emb_dim"], cfg["vocab_size"], bias=False)

    def forward(self, in_idx):
        b, t = in_idx.shape
        x = self.tok_emb(in_idx) + self.pos_emb(torch.arange(t, device=in_idx.device)).unsqueeze(0)
        x = F.dropout(x, p=self.cfg["drop_rate_emb"], training=self.training)
        for block in self.trf_blocks:
            x = block(x)
        return self.out_head(self.final_norm(x))
