"""Seeded weights of FACodec's published sizes, and what the reference implementation computes from them.

    facodec.py weights FOLDER [SEED]
        writes ns3_facodec_encoder_v2.bin and ns3_facodec_decoder_v2.bin with all tensors that features need, and some
        that they do not. Each tensor is drawn from a generator of its own name, so that the order does not matter.

    PYTHONPATH=einops facodec.py golden REFERENCE DATA OUTPUT [SEED]
        runs the reference (a folder that holds src/ns3 of AI-Unicamp/interspeech_ser) with those weights on real clips of
        DATA and writes golden.safetensors. Made with torch 2.13, seed 7.

    PYTHONPATH=einops facodec.py run REFERENCE FOLDER OUTPUT FILE...
        the reference's features of recordings at 16 kHz, with the weights of FOLDER.
"""

import os
import sys
import types
import zlib

import numpy as np
import torch

WIDTH = 256


def draw(name, shape, scale, seed, shift=0.0):
    values = np.random.RandomState((zlib.crc32(name.encode()) ^ seed) & 0xFFFFFFFF).standard_normal(shape)
    return torch.from_numpy((shift + scale * values).astype(np.float32))


class Weights(dict):
    def __init__(self, seed):
        self.seed = seed

    def add(self, name, shape, scale, shift=0.0):
        self[name] = draw(name, shape, scale, self.seed, shift)

    def convolution(self, name, channels, outputs, kernel, length=1.0):
        self.add(name + ".weight_g", (outputs, 1, 1), 0.1 * length, length)
        self.add(name + ".weight_v", (outputs, channels, kernel), 1.0)
        self.add(name + ".bias", (outputs,), 0.1)

    def linear(self, name, inputs, outputs):
        self.add(name + ".weight", (outputs, inputs), inputs**-0.5)
        self.add(name + ".bias", (outputs,), 0.1)

    def norm(self, name):
        self.add(name + ".weight", (WIDTH,), 0.1, 1.0)
        self.add(name + ".bias", (WIDTH,), 0.1)

    def activation(self, name, channels):
        self.add(name + ".act.alpha", (channels,), 0.3)
        self.add(name + ".act.beta", (channels,), 0.3)
        # Filters that are not symmetric tell a reversed one.
        self.add(name + ".upsample.filter", (1, 1, 12), 0.25)
        self.add(name + ".downsample.lowpass.filter", (1, 1, 12), 0.25)

    def transformer(self, name):
        self.add(name + ".position_emb.pe", (5000, 1, WIDTH), 0.2)
        for layer in range(4):
            part = f"{name}.layers.{layer}."
            self.norm(part + "ln_1")
            self.norm(part + "ln_2")
            self.add(part + "self_attn.in_proj_weight", (3 * WIDTH, WIDTH), 1.5 * WIDTH**-0.5)
            self.add(part + "self_attn.in_proj_bias", (3 * WIDTH,), 0.1)
            self.linear(part + "self_attn.out_proj", WIDTH, WIDTH)
            self.add(part + "ffn.ffn_1.weight", (1024, WIDTH, 5), (5 * WIDTH) ** -0.5)
            self.add(part + "ffn.ffn_1.bias", (1024,), 0.1)
            self.linear(part + "ffn.ffn_2", 1024, WIDTH)
        self.norm(name + ".last_ln")


def encoder(seed):
    weights, width = Weights(seed), 32
    weights.convolution("block.0", 1, width, 7, 10.0)
    for number, stride in enumerate([2, 4, 5, 5]):
        part = f"block.{number + 1}.block."
        for unit in range(3):
            weights.activation(f"{part}{unit}.block.0", width)
            weights.convolution(f"{part}{unit}.block.1", width, width, 7)
            weights.activation(f"{part}{unit}.block.2", width)
            weights.convolution(f"{part}{unit}.block.3", width, width, 1, 0.3)
        weights.activation(part + "3", width)
        weights.convolution(part + "4", width, 2 * width, 2 * stride)
        width *= 2
    weights.activation("block.5", width)
    weights.convolution("block.6", width, WIDTH, 3)
    weights["mel_transform.mel_basis"] = (draw("mel_transform.mel_basis", (80, 513), 1.0, seed) - 2).relu()
    weights.add("mel_transform.hann_window", (800,), 0.1, 0.5)
    return dict(weights)


def decoder(seed):
    weights = Weights(seed)
    weights.linear("melspec_linear", 20, WIDTH)
    weights.transformer("melspec_encoder")
    weights.transformer("timbre_encoder")
    for quantizer, layers in enumerate([1, 2, 3]):
        for layer in range(layers):
            part = f"quantizer.{quantizer}.layers.{layer}."
            weights.add(part + "in_proj.weight_g", (8, 1), 0.2, 1.0)
            weights.add(part + "in_proj.weight_v", (8, WIDTH), 1.0)
            weights.add(part + "in_proj.bias", (8,), 0.1)
            weights.add(part + "out_proj.weight_g", (WIDTH, 1), 0.2, 1.0)
            weights.add(part + "out_proj.weight_v", (WIDTH, 8), 1.0)
            weights.add(part + "out_proj.bias", (WIDTH,), 0.1)
            weights.add(part + "_codebook.weight", (1024, 8), 1.0)
    # Of what is not read, a little.
    weights.convolution("model.0", WIDTH, 16, 7)
    weights.linear("timbre_linear", WIDTH, 2 * WIDTH)
    weights.activation("f0_predictor.model.3", WIDTH)
    weights.linear("x_timbre_predictor.1.heads.0", WIDTH, 50)
    return dict(weights)


def write(folder, seed):
    os.makedirs(folder, exist_ok=True)
    torch.save(encoder(seed), os.path.join(folder, "ns3_facodec_encoder_v2.bin"))
    torch.save(decoder(seed), os.path.join(folder, "ns3_facodec_decoder_v2.bin"))


def reference(folder, encoder_state, decoder_state):
    """The reference's two modules with these weights. What it imports and does not use here is stood in for."""
    for name in ["pyworld", "librosa", "librosa.filters", "torchaudio", "torchaudio.functional"]:
        sys.modules.setdefault(name, types.ModuleType(name))
    sys.modules["torchaudio.functional"].pitch_shift = None
    sys.modules["librosa.filters"].mel = lambda **_: np.zeros((80, 513))
    sys.path.insert(0, folder)
    from src.ns3 import FACodecDecoderV2, FACodecEncoderV2

    encoder = FACodecEncoderV2(ngf=32, up_ratios=[2, 4, 5, 5], out_channels=256)
    encoder.load_state_dict(encoder_state)
    decoder = FACodecDecoderV2(
        in_channels=256, upsample_initial_channel=1024, ngf=32, up_ratios=[5, 5, 4, 2], vq_num_q_c=2, vq_num_q_p=1,
        vq_num_q_r=3, vq_dim=256, codebook_dim=8)
    used = ("melspec_", "timbre_encoder.", "quantizer.0.")
    missing, _ = decoder.load_state_dict({k: v for k, v in decoder_state.items() if k.startswith(used)}, strict=False)
    assert not [key for key in missing if key.startswith(used)], missing
    return encoder.eval(), decoder.eval()


def features(models, samples):
    """The 512-wide stream; padded where the length is no multiple of 200, which the reference's script does always."""
    encoder, decoder = models
    wave = torch.from_numpy(np.pad(samples, (0, -len(samples) % 200))).float()[None, None]
    with torch.no_grad():
        result = decoder.get_processed_style_speaker_embedding(encoder(wave), encoder.get_prosody_feature(wave))[-1]
    return result[0].T.contiguous()


def golden(reference_folder, data, output, seed):
    import soundfile
    from safetensors.torch import save_file

    models = reference(reference_folder, encoder(seed), decoder(seed))
    tensors = {}
    clips = [("fear", "emodb/wav/03a02Fc.flac", 3000, 16048), ("talk", "speech/conversation.flac", 160000, 8000)]
    for name, file, start, count in clips:
        samples, rate = soundfile.read(os.path.join(data, file), dtype="float32")
        assert rate == 16000 and samples.ndim == 1
        tensors[name] = features(models, samples[start : start + count])
    save_file(tensors, output, metadata=dict(seed=str(seed), torch=torch.__version__))
    for name, tensor in tensors.items():
        print(name, tuple(tensor.shape), float(tensor.abs().max()), float(tensor.std()))


def run(reference_folder, folder, output, files):
    import soundfile
    from safetensors.torch import save_file

    states = [torch.load(os.path.join(folder, f"ns3_facodec_{part}_v2.bin")) for part in ["encoder", "decoder"]]
    models = reference(reference_folder, *states)
    clips = {os.path.basename(file): soundfile.read(file, dtype="float32") for file in files}
    assert all(rate == 16000 for _, rate in clips.values())
    save_file({name: features(models, samples) for name, (samples, _) in clips.items()}, output)


if __name__ == "__main__":
    torch.set_num_threads(1)
    command, arguments = sys.argv[1], sys.argv[2:]
    if command == "weights":
        write(arguments[0], int((arguments + ["7"])[1]))
    elif command == "golden":
        golden(*arguments[:3], int((arguments + ["7"])[3]))
    else:
        run(arguments[0], arguments[1], arguments[2], arguments[3:])
