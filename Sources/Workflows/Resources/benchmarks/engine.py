"""The peer of `affect bench engine`: PyTorch, and training steps in the way of both systems' released code.

Reads a line of JSON for each measurement and answers with one. The networks are written anew from the papers, with what
the released training loops do: every stream padded to a common length, nothing masked, attention weights returned, text
padded to 80 tokens (CrossModal), float32, torch.optim.AdamW as it comes.
"""

import json
import sys
import time

import torch
from torch import nn
from torch.nn import functional as F

torch.manual_seed(0)


class Encoder(nn.Module):
    def __init__(self, size, width):
        super().__init__()
        self.first, self.second = nn.Linear(size, width), nn.Linear(width, width)
        layer = nn.TransformerEncoderLayer(width, nhead=1, batch_first=True)
        self.transformer = nn.TransformerEncoder(layer, num_layers=2, enable_nested_tensor=False)

    def forward(self, x):
        x = self.second(torch.relu(self.first(x)))
        early = self.transformer.layers[0](x)
        late = self.transformer.layers[1](early)
        return early, late, late.mean(1)


class DeepSER(nn.Module):
    def __init__(self, sizes, width):
        super().__init__()
        self.streams = nn.ModuleList(Encoder(size, width) for size in sizes)
        self.fusion1, self.fusion2 = Encoder(width, width), Encoder(width, width)
        self.projection = nn.Linear(width * (len(sizes) + 1), width)
        self.classes, self.attributes = nn.Linear(width, 8), nn.Linear(width, 3)

    def forward(self, *streams):
        early, late, pooled = zip(*(encoder(x) for encoder, x in zip(self.streams, streams)))
        fused = self.fusion1(torch.cat(early, 1))[1]
        last = self.fusion2(torch.cat([*late, fused], 1))[2]
        x = torch.relu(self.projection(torch.cat([*pooled, last], -1)))
        return self.classes(x), 1 + 6 * torch.sigmoid(self.attributes(x))


class CrossModal(nn.Module):
    def __init__(self, sizes, hidden):
        super().__init__()
        self.projections = nn.ModuleList(nn.Linear(size, hidden) for size in sizes)
        self.norms = nn.ModuleList(nn.LayerNorm(hidden) for _ in sizes)
        self.grus = nn.ModuleList(nn.GRU(hidden, hidden, batch_first=True, bidirectional=True) for _ in sizes)
        self.attentions = nn.ModuleList(
            nn.MultiheadAttention(2 * hidden, 1, dropout=0.5, batch_first=True) for _ in sizes
        )
        self.poolings = nn.ModuleList(nn.Linear(2 * hidden, 1) for _ in sizes)
        self.norm = nn.LayerNorm(4 * hidden)
        self.head = nn.Sequential(nn.Linear(4 * hidden, hidden), nn.ReLU(), nn.Dropout(0.5), nn.Linear(hidden, 8))

    def forward(self, *streams):
        states = [
            gru(norm(projection(x)))[0]
            for projection, norm, gru, x in zip(self.projections, self.norms, self.grus, streams)
        ]
        pooled = []
        for a, b in ((0, 1), (1, 0)):
            r = states[a] + self.attentions[a](states[a], states[b], states[b])[0]
            pooled.append((r * torch.softmax(self.poolings[a](r), 1)).sum(1))
        return self.head(self.norm(torch.cat(pooled, -1)))


def deepser(bfloat16):
    model = DeepSER([1024, 1024], 1024)
    streams = [torch.randn(16, 290, 1024), torch.randn(16, 22, 1024)]
    target, values = torch.softmax(torch.randn(16, 8), -1), torch.rand(16, 3) * 6 + 1
    optimiser = torch.optim.AdamW(model.parameters(), 1e-5)

    def step():
        optimiser.zero_grad()
        with torch.autocast("cpu", torch.bfloat16, enabled=bfloat16):
            logits, attributes = model(*streams)
        loss = 1.5 * F.cross_entropy(logits.float(), target) + 0.4 * F.mse_loss(attributes.float(), values)
        loss.backward()
        optimiser.step()

    return step


def crossmodal(bfloat16):
    model = CrossModal([1024, 1024], 512)
    streams = [torch.randn(64, 290, 1024), torch.randn(64, 80, 1024)]
    target, weights = torch.randint(0, 8, (64,)), torch.ones(8)
    optimiser = torch.optim.AdamW(model.parameters(), 1e-4, weight_decay=1e-6)

    def step():
        optimiser.zero_grad()
        with torch.autocast("cpu", torch.bfloat16, enabled=bfloat16):
            logits = model(*streams)
        F.cross_entropy(logits.float(), target, weights).backward()
        optimiser.step()

    return step


def operators():
    a, b = torch.randn(4, 4), torch.randn(4, 4)
    return {
        "add": lambda: a + b,
        "matmul": lambda: a @ b,
        "linear": lambda: F.linear(a, b),
        "relu": lambda: a.relu(),
        "softmax": lambda: a.softmax(-1),
        "sum": lambda: a.sum(),
    }


made = {}
for line in sys.stdin:
    question = json.loads(line)
    name, count = question["name"], question["count"]
    if name.startswith("step "):
        # One network at a time, as on the other side: both keep several gigabytes.
        if name not in made:
            made.clear()
            kind, precision = name.split()[1:]
            made[name] = {"deepser": deepser, "crossmodal": crossmodal}[kind](precision == "bfloat16")
        work = made[name]
    else:
        work = operators()[name]
    with torch.set_grad_enabled(name.startswith("step ")):
        start = time.perf_counter()
        for _ in range(count):
            work()
        taken = (time.perf_counter() - start) / count
    print(json.dumps({"seconds": taken}), flush=True)
