"""The peer of `affect bench tokenizers`: the library `tokenizers`, on one thread.

Reads a line of JSON for each measurement and answers with one. Asked to prepare, it writes texts, and tokenizers that it
trains on them, into the folder that it is given.
"""

import json
import os
import random
import sys
import time

os.environ["TOKENIZERS_PARALLELISM"] = "false"

from tokenizers import Tokenizer, decoders, models, normalizers, pre_tokenizers, trainers  # noqa: E402


def sentences(count):
    """Words as often as they are in speech (Zipf's law), with names, numbers, marks and emoji among them."""
    chance = random.Random(0)
    parts = ["a", "be", "co", "den", "er", "fu", "go", "he", "in", "ka", "li", "mo", "ne", "ou", "pre", "ri", "st", "th", "um"]
    words = ["".join(chance.choices(parts, k=chance.randint(1, 4))) for _ in range(20_000)]
    weights = [1 / (rank + 1) for rank in range(len(words))]
    made = []
    for _ in range(count):
        chosen = chance.choices(words, weights, k=chance.randint(3, 25))
        for i in range(len(chosen)):
            kind = chance.random()
            if kind < 0.1:
                chosen[i] = chosen[i].capitalize()
            elif kind < 0.12:
                chosen[i] = str(chance.randint(0, 2030))
            elif kind < 0.15:
                chosen[i] += chance.choice(["'s", "n't", ",", "...", "!?", " \U0001f642", "\u00e9"])
        made.append(" ".join(chosen) + chance.choice([".", "!", "?", ""]))
    return made


def prepare(folder):
    texts = sentences(20_000)
    json.dump(texts, open(f"{folder}/texts.json", "w"))
    level = Tokenizer(models.BPE())
    level.pre_tokenizer, level.decoder = pre_tokenizers.ByteLevel(add_prefix_space=False), decoders.ByteLevel()
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    pieces = Tokenizer(models.WordPiece(unk_token="[UNK]"))
    pieces.normalizer, pieces.pre_tokenizer = normalizers.BertNormalizer(), pre_tokenizers.BertPreTokenizer()
    unigram = Tokenizer(models.Unigram())
    unigram.normalizer, unigram.pre_tokenizer = normalizers.NFKC(), pre_tokenizers.Metaspace()
    options = dict(vocab_size=8000, show_progress=False)
    for name, made, trainer in (
        ("bpe", level, trainers.BpeTrainer(initial_alphabet=alphabet, **options)),
        ("wordpiece", pieces, trainers.WordPieceTrainer(special_tokens=["[UNK]"], **options)),
        ("unigram", unigram, trainers.UnigramTrainer(special_tokens=["<unk>"], unk_token="<unk>", **options)),
    ):
        made.train_from_iterator(texts, trainer)
        os.makedirs(f"{folder}/{name}", exist_ok=True)
        made.save(f"{folder}/{name}/tokenizer.json")


loaded = {}
texts = None
for line in sys.stdin:
    question = json.loads(line)
    name, folder = question["name"], question["folder"]
    start = time.perf_counter()
    if name == "prepare":
        prepare(folder)
    else:
        texts = texts or json.load(open(f"{folder}/texts.json"))
        if name not in loaded:
            loaded[name] = Tokenizer.from_file(f"{folder}/{name}/tokenizer.json")
        start = time.perf_counter()
        loaded[name].encode_batch(texts)
    print(json.dumps({"seconds": time.perf_counter() - start}), flush=True)
