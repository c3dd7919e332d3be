#!/usr/bin/env python3
"""The peer of docs/model-card.md: openSMILE's functionals with a linear SVM, on a corpus in Affect's layout.

    pip install opensmile==2.6.0 scikit-learn soundfile
    scripts/opensmile_svm.py CORPUS --set egemaps --output egemaps.csv [--cache egemaps.npz]
    affect evaluate --predictions egemaps.csv --labels CORPUS --split Test1 --by Corpus --cluster SpkrID

Where several corpora were merged (column Corpus), each has an SVM of its own, which knows the corpus's classes alone: that
is in the peer's favour. It learns from the split Train, features standardised by it, classes balanced; C is the one with
the best unweighted average recall on Development. Predictions of Test1 are written as Affect writes them.
"""
import argparse
import csv
import os
import sys

import numpy as np

LETTERS = {
    "A": "angry", "S": "sad", "H": "happy", "U": "surprise", "F": "fear", "D": "disgust", "C": "contempt", "N": "neutral",
}


def functionals(corpus, rows, name, cache):
    """(clips, functionals) in the order of the rows; a cache holds what an earlier call computed."""
    if cache and os.path.exists(cache):
        known = np.load(cache)
        places = {clip: i for i, clip in enumerate(known["names"])}
        if all(row["FileName"] in places for row in rows):
            return known["x"][[places[row["FileName"]] for row in rows]]
    import soundfile
    from standard_folds import functionals_of

    of, found = functionals_of(name), []
    for number, row in enumerate(rows):
        samples, rate = soundfile.read(os.path.join(corpus, "Audios", row["FileName"]), dtype="float32", always_2d=True)
        found.append(of(samples.mean(1), rate))
        if number % 500 == 0:
            print(f"{number} of {len(rows)} clips", file=sys.stderr, flush=True)
    x = np.stack(found)
    if cache:
        np.savez(cache, names=np.array([row["FileName"] for row in rows]), x=x)
    return x


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("corpus")
    parser.add_argument("--set", choices=["egemaps", "compare"], default="egemaps")
    parser.add_argument("--output", required=True)
    parser.add_argument("--cache")
    options = parser.parse_args()

    from sklearn.metrics import recall_score
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler
    from sklearn.svm import LinearSVC

    with open(os.path.join(options.corpus, "Labels", "labels_consensus.csv"), newline="") as file:
        rows = list(csv.DictReader(file))
    x = np.nan_to_num(functionals(options.corpus, rows, options.set, options.cache))
    letters = np.array([row["EmoClass"] for row in rows])
    splits = np.array([row["Split_Set"] for row in rows])
    corpora = np.array([row.get("Corpus", "") for row in rows])
    labelled = np.isin(letters, list(LETTERS))
    decisions = np.full(len(rows), "", dtype=object)
    for corpus in sorted(set(corpora)):
        train, dev, test = (labelled & (corpora == corpus) & (splits == s) for s in ("Train", "Development", "Test1"))
        best = None
        for c in [1e-5, 1e-4, 1e-3, 1e-2, 1e-1]:
            model = make_pipeline(StandardScaler(), LinearSVC(C=c, class_weight="balanced", dual="auto", max_iter=20000))
            model.fit(x[train], letters[train])
            uar = recall_score(letters[dev], model.predict(x[dev]), average="macro", zero_division=0)
            if best is None or uar > best[0]:
                best = (uar, c, model)
        uar, c, model = best
        others = (corpora == corpus) & (splits != "Train")
        decisions[others] = model.predict(x[others])
        found = recall_score(letters[test], decisions[test].astype(str), average="macro", zero_division=0)
        print(f"{corpus or options.corpus}: C {c:g}, UAR {uar:.3f} on Development, {found:.3f} on Test1")

    names = list(LETTERS.values())
    with open(options.output, "w", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(["FileName"] + names + ["EmoClass"])
        for row, letter, split in zip(rows, decisions, splits):
            if letter and split == "Test1":
                chosen = LETTERS[letter]
                writer.writerow([row["FileName"]] + [1 if name == chosen else 0 for name in names] + [chosen])


if __name__ == "__main__":
    main()
