"""The peer of `affect bench features`: one .npy to an utterance, read in the way of the released training scripts.

Reads a line of JSON for each measurement, {"folder", "batches": utterance numbers, "workers"}, and answers with the
seconds that a DataLoader took over all batches: np.load, a float32 tensor of each, padded together.
"""

import json
import os
import sys
import time

import numpy as np
import torch
from torch.nn.utils.rnn import pad_sequence
from torch.utils.data import DataLoader, Dataset


class Arrays(Dataset):
    def __init__(self, folder):
        self.folder = folder

    def __getitem__(self, number):
        return torch.tensor(np.load(os.path.join(self.folder, f"{number:06d}.npy")), dtype=torch.float32)


def collate(items):
    return pad_sequence(items, batch_first=True, padding_value=0), torch.tensor([len(x) for x in items])


for line in sys.stdin:
    question = json.loads(line)
    loader = DataLoader(
        Arrays(question["folder"]),
        batch_sampler=question["batches"],
        num_workers=question["workers"],
        collate_fn=collate,
    )
    start = time.perf_counter()
    for _ in loader:
        pass
    print(json.dumps({"seconds": time.perf_counter() - start}), flush=True)
