"""The peer of `affect bench encoders`: transformers, in the way of the released feature scripts.

Reads a line of JSON for each piece of work and answers with one. It also makes model folders of the published sizes with
random weights, which is a command of its own too:

    encoders.py make wavlm-large FOLDER [FOLDER-WITH-A-TOKENIZER]
"""

import gc
import json
import os
import shutil
import sys
import time

import numpy as np
import torch
import transformers as tf

torch.set_grad_enabled(False)


def speech(kind, **values):
    config, model = {
        "wavlm": (tf.WavLMConfig, tf.WavLMModel),
        "hubert": (tf.HubertConfig, tf.HubertModel),
    }[kind]
    return lambda: model(config(do_stable_layer_norm=True, feat_extract_norm="layer", num_attention_heads=16, **values))


def whisper():
    config = tf.WhisperConfig(
        d_model=1280, encoder_layers=32, decoder_layers=1, encoder_attention_heads=20, decoder_attention_heads=20,
        encoder_ffn_dim=5120, decoder_ffn_dim=5120, num_mel_bins=128, vocab_size=51866,
    )
    return tf.models.whisper.modeling_whisper.WhisperEncoder(config)


large = dict(hidden_size=1024, num_hidden_layers=24, num_attention_heads=16, intermediate_size=4096)
sizes = {
    "wavlm-large": speech("wavlm", hidden_size=1024, num_hidden_layers=24, intermediate_size=4096, conv_bias=False),
    "hubert-xlarge": speech("hubert", hidden_size=1280, num_hidden_layers=48, intermediate_size=5120, conv_bias=True),
    "whisper-large-v3": whisper,
    "roberta-large": lambda: tf.RobertaModel(
        tf.RobertaConfig(**large, vocab_size=50265, max_position_embeddings=514, type_vocab_size=1, pad_token_id=1,
                         layer_norm_eps=1e-5), add_pooling_layer=False),
    "deberta-v2-xxlarge": lambda: tf.DebertaV2Model(
        tf.DebertaV2Config(hidden_size=1536, num_hidden_layers=48, num_attention_heads=24, intermediate_size=6144,
                           vocab_size=128100, relative_attention=True, max_relative_positions=-1, position_buckets=256,
                           norm_rel_ebd="layer_norm", share_att_key=True, pos_att_type=["p2c", "c2p"],
                           position_biased_input=False, type_vocab_size=0, conv_kernel_size=3, conv_act="gelu")),
    "modernbert-large": lambda: tf.ModernBertModel(
        tf.ModernBertConfig(hidden_size=1024, num_hidden_layers=28, num_attention_heads=16, intermediate_size=2624,
                            vocab_size=50368)),
}


def make(name, folder, tokenizer=None):
    """Weights that make every term matter, written shard by shard so that memory stays small."""
    from safetensors.torch import save_file

    aside = folder + ".part"
    shutil.rmtree(aside, ignore_errors=True)
    os.makedirs(aside)
    with torch.device("meta"):
        model = sizes[name]()
    generator = torch.Generator().manual_seed(0)
    places, shard, size, number = {}, {}, 0, 0

    def close():
        nonlocal shard, size, number
        file = f"model-{number:05d}.safetensors"
        save_file(shard, os.path.join(aside, file), metadata={"format": "pt"})
        places.update({key: file for key in shard})
        shard, size, number = {}, 0, number + 1

    for key, empty in model.state_dict().items():
        tensor = torch.empty(empty.shape)
        if "norm" in key.lower() and key.endswith("weight"):
            tensor.normal_(1, 0.1, generator=generator)
        elif "original0" in key:
            tensor.uniform_(0.5, 1.5, generator=generator)
        elif tensor.dim() > 1:
            tensor.normal_(0, 0.6 / tensor[0].numel() ** 0.5, generator=generator)
        else:
            tensor.normal_(0, 0.05, generator=generator)
        shard[key] = tensor
        size += tensor.numel() * 4
        if size > 500_000_000:
            close()
    close()
    with open(os.path.join(aside, "model.safetensors.index.json"), "w") as file:
        json.dump({"metadata": {}, "weight_map": places}, file)
    model.config.architectures = [type(model).__name__]
    model.config.save_pretrained(aside)
    if "whisper" in name:
        tf.WhisperFeatureExtractor(feature_size=128).save_pretrained(aside)
    elif name in ("wavlm-large", "hubert-xlarge"):
        tf.Wav2Vec2FeatureExtractor(do_normalize=True, return_attention_mask=True).save_pretrained(aside)
    for file in ("tokenizer.json", "vocab.json", "merges.txt"):
        if tokenizer and os.path.exists(os.path.join(tokenizer, file)):
            shutil.copy(os.path.join(tokenizer, file), aside)
    os.rename(aside, folder)


def load(name, folder):
    if name == "whisper-large-v3":
        model = tf.models.whisper.modeling_whisper.WhisperEncoder.from_pretrained(folder, dtype=torch.float32)
        return tf.WhisperFeatureExtractor.from_pretrained(folder), model.eval()
    model = tf.AutoModel.from_pretrained(folder, dtype=torch.float32).eval()
    if name in ("wavlm-large", "hubert-xlarge"):
        return tf.Wav2Vec2FeatureExtractor.from_pretrained(folder), model
    return None, model


def begin_peak():
    """Peak memory counts from here, where the system lets it."""
    gc.collect()
    try:
        with open("/proc/self/clear_refs", "w") as file:
            file.write("5")
    except OSError:
        pass


def peak():
    try:
        with open("/proc/self/status") as file:
            return next(int(line.split()[1]) * 1024 for line in file if line.startswith("VmHWM"))
    except (OSError, StopIteration):
        import resource

        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


def work(question, extractor, model):
    """One piece after the other, as the released scripts do."""
    if "clips" in question:
        for path in question["clips"]:
            wave = np.fromfile(path, dtype=np.float32)
            inputs = extractor(wave, sampling_rate=16000, return_tensors="pt")
            model(inputs["input_features"] if "input_features" in inputs else inputs["input_values"])
    elif question["padding"]:
        for ids in question["tokens"]:
            padded = torch.tensor([ids[: question["padding"]] + [1] * (question["padding"] - len(ids))])
            model(input_ids=padded, attention_mask=(torch.arange(padded.shape[1]) < len(ids)).long()[None])
    else:
        # The best that plain transformers does: texts of like length in batches of 16, padded to the longest of each.
        tokens = sorted(question["tokens"], key=len)
        for start in range(0, len(tokens), 16):
            batch = tokens[start : start + 16]
            longest = max(map(len, batch))
            ids = torch.tensor([text + [1] * (longest - len(text)) for text in batch])
            lengths = torch.tensor([len(text) for text in batch])
            model(input_ids=ids, attention_mask=(torch.arange(longest)[None] < lengths[:, None]).long())


def serve():
    loaded, pair = None, None
    for line in sys.stdin:
        question = json.loads(line)
        if question["task"] == "make":
            make(question["model"], question["folder"], question.get("tokenizer"))
            print(json.dumps({"seconds": 0, "peak": 0}), flush=True)
            continue
        if loaded != question["folder"]:
            # One model at a time, as on the other side.
            pair = None
            begin_peak()
            loaded, pair = question["folder"], load(question["model"], question["folder"])
        start = time.perf_counter()
        work(question, *pair)
        taken = time.perf_counter() - start
        print(json.dumps({"seconds": taken, "peak": peak()}), flush=True)


if sys.argv[1:2] == ["make"]:
    make(*sys.argv[2:])
else:
    serve()
