"""The peer of `affect bench asr`: transformers' Whisper.

Reads a line of JSON for each piece of work. {"make": folder, "size": name} writes a model of random weights with what
Affect needs beside them; {"load": folder, "threads": n} loads it; {"samples": file of float32, "tokens": n} answers with
the seconds that log-mel, encoder and so many tokens took, and the peak of memory; {"unload": true} forgets the model.
"""

import json
import os
import sys
import time

import numpy as np
import torch
import transformers

transformers.logging.set_verbosity_error()
SIZES = {
    "large-v3": dict(d_model=1280, layers=32, heads=20, bins=128, vocabulary=51866),
    "tiny": dict(d_model=384, layers=4, heads=6, bins=80, vocabulary=51865),
}


def make(folder, size):
    """Random weights of a published size, a small byte-level tokenizer, and settings that never end a sequence."""
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers

    os.makedirs(folder, exist_ok=True)
    special = ["<|endoftext|>", "<|startoftranscript|>", "<|en|>", "<|translate|>", "<|transcribe|>", "<|startofprev|>"]
    special += ["<|nospeech|>", "<|notimestamps|>"] + [f"<|{i * 0.02:.2f}|>" for i in range(1501)]
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    tokenizer.train_from_iterator(
        ["speech"], trainers.BpeTrainer(vocab_size=300, initial_alphabet=alphabet, show_progress=False)
    )
    tokenizer.add_special_tokens(special)
    tokenizer.save(f"{folder}/tokenizer.json")
    ids = {name: tokenizer.token_to_id(name) for name in special[:8]}
    s, end = SIZES[size], ids["<|endoftext|>"]
    start = ids["<|startoftranscript|>"]
    common = dict(pad_token_id=end, bos_token_id=end, eos_token_id=end, decoder_start_token_id=start)
    layers = dict(encoder_layers=s["layers"], decoder_layers=s["layers"])
    heads = dict(encoder_attention_heads=s["heads"], decoder_attention_heads=s["heads"])
    feed = dict(encoder_ffn_dim=4 * s["d_model"], decoder_ffn_dim=4 * s["d_model"])
    shape = dict(d_model=s["d_model"], num_mel_bins=s["bins"], vocab_size=s["vocabulary"])
    config = transformers.WhisperConfig(**shape, **layers, **heads, **feed, **common)
    model = transformers.WhisperForConditionalGeneration(config)
    model.save_pretrained(folder)
    transformers.WhisperFeatureExtractor(feature_size=s["bins"]).save_pretrained(folder)
    settings = dict(
        **common,
        suppress_tokens=[end],
        is_multilingual=True,
        lang_to_id={"<|en|>": ids["<|en|>"]},
        task_to_id={"transcribe": ids["<|transcribe|>"], "translate": ids["<|translate|>"]},
        no_timestamps_token_id=ids["<|notimestamps|>"],
        prev_sot_token_id=ids["<|startofprev|>"],
        max_length=448,
    )
    with open(f"{folder}/generation_config.json", "w") as file:
        json.dump(settings, file)


def reset_peak():
    try:
        with open("/proc/self/clear_refs", "w") as file:
            file.write("5")
    except OSError:
        pass


def peak():
    with open("/proc/self/status") as file:
        return next(int(line.split()[1]) * 1024 for line in file if line.startswith("VmHWM"))


model = extract = None
for line in sys.stdin:
    question = json.loads(line)
    answer = {}
    if "make" in question:
        torch.manual_seed(0)
        make(question["make"], question["size"])
    elif "load" in question:
        torch.set_num_threads(question["threads"])
        model = transformers.WhisperForConditionalGeneration.from_pretrained(question["load"], dtype=torch.float32)
        model.eval()
        extract = transformers.WhisperFeatureExtractor.from_pretrained(question["load"])
    elif "unload" in question:
        model = extract = None
    else:
        samples = np.fromfile(question["samples"], np.float32)
        reset_peak()
        begin = time.perf_counter()
        with torch.no_grad():
            mel = extract(samples, sampling_rate=16000, return_tensors="pt").input_features
            out = model.generate(mel, language="en", task="transcribe", max_new_tokens=question["tokens"])
        answer = {"seconds": time.perf_counter() - begin, "tokens": out[0].tolist()[-question["tokens"] :]}
        answer["peak"] = peak() if os.path.exists("/proc/self/status") else 0
    print(json.dumps(answer), flush=True)
