#!/usr/bin/env python3
"""How a bundle hears what noise, lines and rooms do to the test clips of a corpus: the robustness table of docs/model-card.md.

    scripts/robustness.py CORPUS --affect .build/release/affect [--model BUNDLE] [--clips 600]
    scripts/robustness.py CORPUS --peers egemaps compare --work DIR

It takes clips of Test1 at equal distances, the same ones each time, changes them, has `affect predict` hear them, and prints
the unweighted average recall over the classes, with a 95 % interval by resampling speakers. Peers, openSMILE's functionals with
a linear SVM for each corpus as in standard_folds.py, learn from the clean clips of Train and Development and hear the same
changed clips; DIR is that of standard_folds.py, whose functionals of clean clips are taken. It needs numpy, scipy, soundfile,
and for peers opensmile.
"""
import argparse
import csv
import io
import os
import subprocess
import sys
import tempfile

import numpy as np
import soundfile
from scipy.signal import butter, fftconvolve, sosfilt

from standard_folds import CLASSES, COSTS, LETTERS, Table, functionals, functionals_of, tuned_svm

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


def opus(x, _):
    coded = io.BytesIO()
    # libsndfile's level stands for 256 down to 6 kbit/s.
    soundfile.write(coded, x, RATE, format="OGG", subtype="OPUS", compression_level=1 - 10 / 250)
    coded.seek(0)
    return soundfile.read(coded)[0]


def cut(x, _):
    return x[int(0.15 * len(x)) : len(x) - int(0.15 * len(x))]


CONDITIONS = {
    "clean": lambda x, _: x, "noise, 20 dB": noise(20), "noise, 10 dB": noise(10), "noise, 5 dB": noise(5),
    "telephone": telephone, "room, 0.5 s, echo 3 dB below": room, "gain +20 dB": gain(20), "gain -20 dB": gain(-20),
    "Opus, 16 kbit/s": opus, "15 % cut off at both ends": cut,
}


def recall(labels, found):
    return np.mean([np.mean(found[labels == name] == name) for name in sorted(set(labels))])


def by_affect(options, rows, folder):
    """The decision on each clip of a folder of numbered files; empty where there is none."""
    command = [options.affect, "predict", folder, "--format", "csv", "--window", "60"]
    text = subprocess.run(
        command + (["--model", options.model] if options.model else []), capture_output=True, text=True, check=True
    ).stdout
    found = {}
    for row in csv.DictReader(io.StringIO(text)):
        scores = {emotion: float(row[emotion]) for emotion in CLASSES.values() if row.get(emotion)}
        found.setdefault(int(os.path.basename(row["file"]).split(".")[0]), max(scores, key=scores.get))
    return np.array([found.get(i, "") for i in range(len(rows))])


class Peer:
    """An SVM for each corpus, learned from the clean clips of Train and Development."""

    def __init__(self, options, name):
        self.functionals_of = functionals_of(name)
        table = Table(options.corpus)
        x = functionals(table, options, name)
        split = np.array([row["Split_Set"] for row in table.rows])
        self.models = {}
        for corpus in table.corpora:
            usable = (table.corpus == corpus) & (table.label >= 0)
            train, dev = usable & (split == "Train"), usable & (split == "Development")
            cost, *self.models[corpus] = tuned_svm(x, table.label, train, dev, COSTS)
            print(f"{name}, {corpus}: C {cost:g}", file=sys.stderr, flush=True)

    def __call__(self, options, rows, folder):
        found = []
        for number, row in enumerate(rows):
            samples, rate = soundfile.read(os.path.join(folder, f"{number:05}.wav"), dtype="float32")
            numbers = np.nan_to_num(self.functionals_of(samples, rate))
            classes, scored = self.models[row["Corpus"]]
            found.append(CLASSES[LETTERS[classes[scored(numbers[np.newaxis])[0].argmax()]]])
        return np.array(found)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("corpus")
    parser.add_argument("--affect", default=".build/release/affect")
    parser.add_argument("--model")
    parser.add_argument("--clips", type=int, default=600)
    parser.add_argument("--peers", nargs="*", default=[], choices=["egemaps", "compare"])
    parser.add_argument("--work", help="standard_folds.py's folder, for peers")
    options = parser.parse_args()
    if options.peers and not options.work:
        parser.error("--peers needs --work")
    with open(os.path.join(options.corpus, "Labels", "labels_consensus.csv"), newline="") as file:
        rows = [row for row in csv.DictReader(file) if row["Split_Set"] == "Test1" and row["EmoClass"] in CLASSES]
    rows = [rows[i * len(rows) // options.clips] for i in range(min(options.clips, len(rows)))]
    labels = np.array([CLASSES[row["EmoClass"]] for row in rows])
    speakers = np.array([row["SpkrID"] for row in rows])
    print(f"{len(rows)} clips of {len(set(speakers))} speakers")
    hearers = {"affect": by_affect, **{name: Peer(options, name) for name in options.peers}}
    for name, change in CONDITIONS.items():
        random = np.random.default_rng(1)
        with tempfile.TemporaryDirectory() as folder:
            for number, row in enumerate(rows):
                x, rate = soundfile.read(os.path.join(options.corpus, "Audios", row["FileName"]), always_2d=True)
                assert rate == RATE, f"{row['FileName']} has {rate} Hz; {RATE} is expected"
                soundfile.write(os.path.join(folder, f"{number:05}.wav"), change(x.mean(1), random), RATE)
            answers = {hearer: hear(options, rows, folder) for hearer, hear in hearers.items()}
        names = sorted(set(speakers))
        draws = [
            np.concatenate([np.flatnonzero(speakers == s) for s in random.choice(names, len(names))]) for _ in range(1000)
        ]
        cells = []
        for hearer, found in answers.items():
            low, high = np.quantile([recall(labels[draw], found[draw]) for draw in draws], [0.025, 0.975])
            cells.append(f"{hearer} {recall(labels, found):.3f} [{low:.3f}, {high:.3f}]")
        print(f"{name:30} UAR " + ", ".join(cells), flush=True)


if __name__ == "__main__":
    main()
