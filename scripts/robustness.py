#!/usr/bin/env python3
"""How a bundle hears what noise, lines and rooms do to the test clips of a corpus: the robustness table of docs/model-card.md.

    scripts/robustness.py CORPUS --affect .build/release/affect [--model BUNDLE] [--clips 600]

It takes clips of Test1 at equal distances, the same ones each time, changes them, has `affect predict` hear them, and prints
the unweighted average recall over the classes, with a 95 % interval by resampling speakers. It needs numpy, scipy, soundfile.
"""
import argparse
import csv
import io
import os
import subprocess
import tempfile

import numpy as np
import soundfile
from scipy.signal import butter, fftconvolve, sosfilt

LETTERS = {"A": "angry", "S": "sad", "H": "happy", "U": "surprise", "F": "fear", "D": "disgust", "N": "neutral"}
RATE = 16000


def level(x):
    return np.sqrt(np.mean(x**2)) + 1e-12


def noise(decibels):
    def apply(x, random):
        rustle = random.standard_normal(len(x))
        return x + rustle * level(x) / level(rustle) * 10 ** (-decibels / 20)

    return apply


def telephone(x, _):
    band = sosfilt(butter(4, [300, 3400], "bandpass", fs=RATE, output="sos"), x)
    levels = np.round(np.log1p(255 * np.abs(np.clip(band, -1, 1))) / np.log(256) * 127) / 127
    return sosfilt(butter(4, 3400, fs=RATE, output="sos"), np.sign(band) * np.expm1(levels * np.log(256)) / 255)


def room(x, random):
    time = np.arange(RATE // 2) / RATE
    echo = random.standard_normal(len(time)) * 10 ** (-3 * time / 0.5)
    echo *= np.sqrt(0.5) / np.linalg.norm(echo)
    echo[0] = 1
    return fftconvolve(x, echo)[: len(x)]


def gain(decibels):
    return lambda x, _: np.clip(x * 10 ** (decibels / 20), -1, 1)


def cut(x, _):
    return x[int(0.15 * len(x)) : len(x) - int(0.15 * len(x))]


CONDITIONS = {
    "clean": lambda x, _: x, "noise, 20 dB": noise(20), "noise, 10 dB": noise(10), "noise, 5 dB": noise(5),
    "telephone": telephone, "room, 0.5 s, echo 3 dB below": room, "gain +20 dB": gain(20), "gain -20 dB": gain(-20),
    "15 % cut off at both ends": cut,
}


def recall(labels, found):
    return np.mean([np.mean(found[labels == name] == name) for name in sorted(set(labels))])


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("corpus")
    parser.add_argument("--affect", default=".build/release/affect")
    parser.add_argument("--model")
    parser.add_argument("--clips", type=int, default=600)
    options = parser.parse_args()
    with open(os.path.join(options.corpus, "Labels", "labels_consensus.csv"), newline="") as file:
        rows = [row for row in csv.DictReader(file) if row["Split_Set"] == "Test1" and row["EmoClass"] in LETTERS]
    rows = [rows[i * len(rows) // options.clips] for i in range(min(options.clips, len(rows)))]
    labels = np.array([LETTERS[row["EmoClass"]] for row in rows])
    speakers = np.array([row["SpkrID"] for row in rows])
    print(f"{len(rows)} clips of {len(set(speakers))} speakers")
    for name, change in CONDITIONS.items():
        random = np.random.default_rng(1)
        with tempfile.TemporaryDirectory() as folder:
            for number, row in enumerate(rows):
                x, rate = soundfile.read(os.path.join(options.corpus, "Audios", row["FileName"]), always_2d=True)
                assert rate == RATE, f"{row['FileName']} has {rate} Hz; {RATE} is expected"
                soundfile.write(os.path.join(folder, f"{number:05}.wav"), change(x.mean(1), random), RATE)
            command = [options.affect, "predict", folder, "--format", "csv", "--window", "60"]
            text = subprocess.run(
                command + (["--model", options.model] if options.model else []), capture_output=True, text=True, check=True
            ).stdout
        found = {}
        for row in csv.DictReader(io.StringIO(text)):
            scores = {emotion: float(row[emotion]) for emotion in LETTERS.values() if row.get(emotion)}
            found.setdefault(int(os.path.basename(row["file"]).split(".")[0]), max(scores, key=scores.get))
        answers = np.array([found.get(i, "") for i in range(len(rows))])
        draws = []
        names = sorted(set(speakers))
        for _ in range(1000):
            chosen = np.concatenate([np.flatnonzero(speakers == s) for s in random.choice(names, len(names))])
            draws.append(recall(labels[chosen], answers[chosen]))
        low, high = np.quantile(draws, [0.025, 0.975])
        print(f"{name:30} UAR {recall(labels, answers):.3f} [{low:.3f}, {high:.3f}]", flush=True)


if __name__ == "__main__":
    main()
