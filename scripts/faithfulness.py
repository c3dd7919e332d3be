#!/usr/bin/env python3
"""Whether the seconds that `affect predict --explain` names are those that a decision hangs on: the deletion test of
docs/recognition.md.

    scripts/faithfulness.py FOLDER... --affect .build/release/affect [--model BUNDLE] [--clips 100]

It takes clips of at least three seconds at equal distances, the same ones each time, cuts out one second after the other, and
has `affect predict` hear what is left. The fall of the decided class's probability without the second of the most weight
stands beside the mean fall over all of the clip's seconds, which is what one drawn at random comes to; likewise by the shares
of attention, where the network has them. It needs numpy and soundfile.
"""
import argparse
import json
import pathlib
import subprocess
import tempfile

import numpy as np
import soundfile

ENDINGS = {".wav", ".flac", ".opus", ".ogg", ".mp3"}


def heard(affect, model, folder):
    """What `affect predict` says of each recording in a folder, by name."""
    command = [affect, "predict", str(folder), "--explain", "--format", "json", *(["--model", model] if model else [])]
    printed = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    return {pathlib.Path(entry["file"]).stem: entry["segments"][0] for entry in json.loads(printed)}


def probability(segment, emotion):
    return next(score["probability"] for score in segment["probabilities"] if score["emotion"] == emotion)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folders", nargs="+", type=pathlib.Path)
    parser.add_argument("--affect", required=True)
    parser.add_argument("--model")
    parser.add_argument("--clips", type=int, default=100)
    options = parser.parse_args()
    files = sorted(file for folder in options.folders for file in folder.rglob("*") if file.suffix.lower() in ENDINGS)
    files = [file for file in files if 3 <= soundfile.info(file).duration <= 20]
    files = [files[i * len(files) // options.clips] for i in range(options.clips)] if len(files) > options.clips else files
    with tempfile.TemporaryDirectory() as scratch:
        whole, without = pathlib.Path(scratch, "whole"), pathlib.Path(scratch, "without")
        whole.mkdir()
        without.mkdir()
        sounds = []
        for number, file in enumerate(files):
            sound, rate = soundfile.read(file)
            sounds.append((sound, rate))
            soundfile.write(whole / f"{number}.wav", sound, rate)
        decided = heard(options.affect, options.model, whole)
        for number, (sound, rate) in enumerate(sounds):
            for place, part in enumerate(decided[str(number)]["explanation"]["seconds"]):
                begin, end = round(part["start"] * rate), round(part["end"] * rate)
                soundfile.write(without / f"{number}-{place}.wav", np.concatenate([sound[:begin], sound[end:]]), rate)
        left = heard(options.affect, options.model, without)
    for key in ("weight", "attention"):
        if key in decided["0"]["explanation"]["seconds"][0]:
            report(key, decided, left)


def report(key, decided, left):
    """The falls of the decided class's probability, seconds being named by one of the numbers that explanations give them."""
    chosen, random, least = [], [], []
    for number, segment in decided.items():
        explanation = segment["explanation"]
        before = probability(segment, explanation["emotion"])
        weights = [part[key] for part in explanation["seconds"]]
        falls = [before - probability(left[f"{number}-{place}"], explanation["emotion"]) for place in range(len(weights))]
        chosen.append(falls[int(np.argmax(weights))])
        least.append(falls[int(np.argmin(weights))])
        random.append(np.mean(falls))
    gain = np.array(chosen) - random
    drawn = np.random.default_rng(1).integers(len(gain), size=(10000, len(gain)))
    low, high = np.percentile(gain[drawn].mean(1), [2.5, 97.5])
    print(f"{len(decided)} clips, by {key}: mean fall of the decided class's probability")
    print(f"  without the second of the most weight   {np.mean(chosen):.3f}")
    print(f"  without one at random                   {np.mean(random):.3f}")
    print(f"  without the second of the least weight  {np.mean(least):.3f}")
    print(f"  the first less the second               {gain.mean():.3f} [{low:.3f}, {high:.3f}], above 0 in {np.mean(gain > 0):.0%} of the clips")


main()
