#!/usr/bin/env python3
"""A recipe beside openSMILE's functionals with a linear SVM, on folds of speakers and on corpora left out: the tables of
docs/model-card.md.

    pip install opensmile==2.6.0 scipy soundfile
    scripts/standard_folds.py CORPUS --work DIR [--recipe default] [--set KEY=VALUE ...] [--peers egemaps compare]

CORPUS is what `affect corpus merge` made of several. The speakers of each corpus are divided into five folds. Once for each
fold, `affect train` learns from all corpora together and is tested on the fold's speakers of all; once for each corpus, it
learns from the others and is tested on it whole. A few of the speakers that are left are Development. A peer's SVM learns from
the same corpus alone within corpora, from all others where one is left out; C is chosen on Development, and it then learns
from these speakers too, which is in its favour. Decisions are among the classes of the corpus that is tested, for all alike.
What is done already stays in DIR: the command goes on where it was stopped.
"""
import argparse
import csv
import os
import subprocess
import sys

import numpy as np

CLASSES = {"A": "angry", "S": "sad", "H": "happy", "U": "surprise", "F": "fear", "D": "disgust", "N": "neutral"}
LETTERS = list(CLASSES)
FOLDS = 5


class Table:
    """The labels of a merged corpus."""

    def __init__(self, folder):
        self.folder = os.path.abspath(folder)
        with open(os.path.join(folder, "Labels", "labels_consensus.csv"), newline="") as file:
            reader = csv.DictReader(file)
            self.rows, self.header = list(reader), reader.fieldnames
        self.corpus = np.array([row["Corpus"] for row in self.rows])
        self.speaker = np.array([row["SpkrID"] for row in self.rows])
        self.label = np.array([LETTERS.index(row["EmoClass"]) if row["EmoClass"] in LETTERS else -1 for row in self.rows])
        self.known = np.array([[letter in row["KnownClasses"] for letter in LETTERS] for row in self.rows])
        self.corpora = sorted(set(self.corpus))
        self.fold, self.place = np.zeros(len(self.rows), int), np.zeros(len(self.rows), int)
        for corpus in self.corpora:
            speakers = sorted(set(self.speaker[self.corpus == corpus]))
            np.random.default_rng(7).shuffle(speakers)
            for place, speaker in enumerate(speakers):
                clips = self.speaker == speaker
                self.fold[clips], self.place[clips] = place % FOLDS, place

    def splits(self, test, after):
        """Train, Development and Test1: of each corpus with more than two speakers every other speaker of the fold `after`."""
        splits = np.where(test, "Test1", "Train").astype(object)
        few = np.array([len(set(self.speaker[self.corpus == c])) <= 2 for c in self.corpora])
        small = np.isin(self.corpus, np.array(self.corpora)[few])
        splits[~test & ~small & (self.fold == after) & (self.place // FOLDS % 2 == 0)] = "Development"
        return splits

    def trials(self):
        for fold in range(FOLDS):
            yield f"fold-{fold}", self.splits(self.fold == fold, (fold + 1) % FOLDS)
        for corpus in self.corpora:
            yield f"without-{corpus}", self.splits(self.corpus == corpus, 0)

    def learning_from_development(self, splits):
        """The splits with Development in Train, but for one speaker of the corpus that has the most there."""
        there = splits == "Development"
        names, counts = np.unique(self.corpus[there], return_counts=True)
        kept = min(self.speaker[there & (self.corpus == names[counts.argmax()])])
        return np.where(there & (self.speaker != kept), "Train", splits)

    def view(self, folder, splits):
        """A corpus of the same audio with other splits."""
        os.makedirs(os.path.join(folder, "Labels"), exist_ok=True)
        for name in ("Audios", "Transcripts"):
            place = os.path.join(folder, name)
            if os.path.exists(os.path.join(self.folder, name)) and not os.path.lexists(place):
                os.symlink(os.path.join(self.folder, name), place)
        detailed = os.path.join(folder, "Labels", "labels_detailed.csv")
        if not os.path.lexists(detailed):
            os.symlink(os.path.join(self.folder, "Labels", "labels_detailed.csv"), detailed)
        with open(os.path.join(folder, "Labels", "labels_consensus.csv"), "w", newline="") as file:
            writer = csv.DictWriter(file, self.header, lineterminator="\n")
            writer.writeheader()
            for row, split in zip(self.rows, splits):
                writer.writerow({**row, "Split_Set": split})


def predicted(table, run, predictions):
    """Probabilities (clips, classes) of Test1 by a run of `affect train`, or by a part of it; 0 elsewhere."""
    found = np.zeros((len(table.rows), len(LETTERS)))
    place = {row["FileName"]: i for i, row in enumerate(table.rows)}
    with open(os.path.join(run, predictions, "Test1.csv"), newline="") as file:
        for row in csv.DictReader(file):
            found[place[row["FileName"]]] = [float(row.get(name) or 0) for name in CLASSES.values()]
    return found


def trained(table, options, name, splits):
    run = os.path.join(options.work, "runs", name)
    if not os.path.exists(os.path.join(run, "predictions", "Test1.csv")):
        view = os.path.join(options.work, "corpora", name)
        table.view(view, table.learning_from_development(splits) if options.refit else splits)
        settings = [part for value in options.set for part in ("--set", value)]
        command = [options.affect, "train", options.recipe, "--corpus", view, "--output", run, "--features",
                   os.path.join(options.work, "features"), "--resume", *settings]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    return predicted(table, run, options.predictions)


def functionals_of(name):
    """What makes openSMILE's functionals of samples at a rate."""
    import opensmile

    sets = {"egemaps": opensmile.FeatureSet.eGeMAPSv02, "compare": opensmile.FeatureSet.ComParE_2016}
    smile = opensmile.Smile(sets[name], opensmile.FeatureLevel.Functionals)
    return lambda samples, rate: smile.process_signal(samples, rate).to_numpy()[0].astype("float32")


def functionals(table, options, name):
    """(clips, functionals) by openSMILE, computed once."""
    cache = os.path.join(options.work, f"{name}.npy")
    if not os.path.exists(cache):
        import soundfile

        of, found = functionals_of(name), []
        for number, row in enumerate(table.rows):
            path = os.path.join(table.folder, "Audios", row["FileName"])
            samples, rate = soundfile.read(path, dtype="float32", always_2d=True)
            found.append(of(samples.mean(1), rate))
            if number % 500 == 0:
                print(f"{name}: {number} of {len(table.rows)} clips", file=sys.stderr, flush=True)
        np.save(cache, np.stack(found))
    return np.nan_to_num(np.load(cache))


def linear_svms(x, labels, costs):
    """For each of increasing costs the classes and what scores clips: LinearSVC(class_weight="balanced") of scikit-learn on
    standardised columns, its problem solved by L-BFGS, since coordinates in turn take hours for 12,000 clips."""
    from scipy.optimize import minimize

    mean, deviation = x.mean(0), x.std(0)
    deviation[deviation < 1e-6 * (1 + abs(mean))] = 1

    def standardised(x):
        return np.concatenate([(x - mean) / deviation, np.ones((len(x), 1), x.dtype)], axis=1)

    classes, place = np.unique(labels, return_inverse=True)
    rows, is_class = standardised(x), np.arange(len(classes)) == place[:, None]
    sign = np.where(is_class, 1, -1).astype(x.dtype)
    weight = np.where(is_class, len(x) / (len(classes) * np.bincount(place)), 1).astype(x.dtype)
    weights = np.zeros((rows.shape[1], len(classes)))
    for cost in costs:

        def objective(flat):
            w = flat.reshape(weights.shape)
            short = np.maximum(0, 1 - sign * (rows @ w.astype(x.dtype)))
            gradient = w - 2 * cost * (rows.T @ (weight * sign * short))
            return (w * w).sum() / 2 + cost * float((weight * short * short).sum(dtype="float64")), gradient.ravel()

        found = minimize(objective, weights.ravel(), jac=True, method="L-BFGS-B",
                         options={"maxiter": 500, "maxcor": 20, "ftol": 1e-7, "gtol": 1e-6})
        weights = found.x.reshape(weights.shape)
        yield cost, classes, lambda x, w=weights.astype(x.dtype): standardised(x) @ w


COSTS = [1e-6, 1e-5, 1e-4, 1e-3, 1e-2]


def tuned_svm(x, labels, train, dev, costs):
    """`linear_svms` with the cost of the best recall on Development, learned from Train and Development together."""
    best = 1e-4
    if dev.any():
        recall = {cost: recall_and_f1(labels[dev], classes[scored(x[dev]).argmax(1)])[0]
                  for cost, classes, scored in linear_svms(x[train], labels[train], sorted(costs))}
        best = max(recall, key=recall.get)
    [found] = linear_svms(x[train | dev], labels[train | dev], [best])
    return found


def svm(table, options, peer, name, splits):
    """Scores (clips, classes) of Test1 by a peer."""
    choices = "_".join([*options.corpora, *(f"{c:g}" for c in options.c)])
    done = os.path.join(options.work, f"{peer}-{name}-{choices}.npy")
    if os.path.exists(done):
        return np.load(done)
    x, scores = functionals(table, options, peer), np.full((len(table.rows), len(LETTERS)), -np.inf)
    # Within corpora each has an SVM of its own.
    by_corpus = name.startswith("fold")
    groups = [(c, table.corpus == c) for c in options.corpora] if by_corpus else [("all", splits != "")]
    for group, inside in groups:
        usable = inside & (table.label >= 0)
        train, dev, test = (usable & (splits == split) for split in ("Train", "Development", "Test1"))
        test = inside & (splits == "Test1")
        if not test.any() or not train.any():
            continue
        cost, classes, scored = tuned_svm(x, table.label, train, dev, options.c)
        scores[np.ix_(np.flatnonzero(test), classes)] = scored(x[test])
        print(f"{peer}, {name}, {group}: C {cost:g}", file=sys.stderr, flush=True)
    np.save(done, scores)
    return scores


def decided(table, scores):
    return np.where(table.known, scores, -np.inf).argmax(1)


def recall_and_f1(labels, decisions):
    """Unweighted average recall and Macro-F1 over the classes that labels have."""
    counts = np.zeros((len(LETTERS), len(LETTERS)))
    np.add.at(counts, (labels, decisions), 1)
    has = counts.sum(1) > 0
    hits = np.diag(counts)
    return (hits[has] / counts.sum(1)[has]).mean(), (2 * hits[has] / (counts.sum(0) + counts.sum(1))[has]).mean()


def draws(speakers, count=1000):
    """Bootstrap samples of whole speakers; of clips where there are fewer than five speakers."""
    random = np.random.default_rng(1)
    groups = [np.flatnonzero(speakers == s) for s in sorted(set(speakers))]
    for _ in range(count):
        if len(groups) < 5:
            yield random.integers(0, len(speakers), len(speakers))
        else:
            yield np.concatenate([groups[i] for i in random.integers(0, len(groups), len(groups))])


def interval(values):
    low, high = np.percentile(values, [2.5, 97.5])
    return f"[{low:.3f}, {high:.3f}]"


def report(table, corpora, title, decisions, measure):
    """A row for each corpus: the network, and each peer with the paired difference."""
    peers = [name for name in decisions if name != "network"]
    print(f"\n| {title} | clips | speakers | Affect |" + "".join(f" {p} | Affect less it |" for p in peers))
    print("|---|---|---|---|" + "---|---|" * len(peers))
    sums = {name: [] for name in decisions}
    for corpus in corpora:
        clips = np.flatnonzero((table.corpus == corpus) & (table.label >= 0))
        labels, speakers = table.label[clips], table.speaker[clips]
        of = lambda name, pick: recall_and_f1(labels[pick], decisions[name][clips][pick])[measure]
        whole = {name: of(name, np.arange(len(clips))) for name in decisions}
        samples = {name: [] for name in decisions}
        for pick in draws(speakers):
            for name in decisions:
                samples[name].append(of(name, pick))
        cells = [f"{whole['network']:.3f} {interval(samples['network'])}"]
        for peer in peers:
            gain = np.array(samples["network"]) - np.array(samples[peer])
            cells += [f"{whole[peer]:.3f}", f"{whole['network'] - whole[peer]:+.3f} {interval(gain)}"]
        for name in decisions:
            sums[name].append(whole[name])
        print(f"| {corpus} | {len(clips)} | {len(set(speakers))} | " + " | ".join(cells) + " |")
    cells = [f"{np.mean(sums['network']):.3f}"]
    for peer in peers:
        cells += [f"{np.mean(sums[peer]):.3f}", f"{np.mean(sums['network']) - np.mean(sums[peer]):+.3f}"]
    print("| mean | | | " + " | ".join(cells) + " |", flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("corpus")
    parser.add_argument("--work", required=True, help="a folder for what is computed")
    parser.add_argument("--recipe", default="default")
    parser.add_argument("--affect", default=".build/release/affect")
    parser.add_argument("--set", action="append", default=[], metavar="KEY=VALUE", help="a value of the recipe")
    parser.add_argument("--predictions", default="predictions",
                        help="which of a run's, such as stacks/ensemble/predictions (default: the run's own)")
    parser.add_argument("--refit", action="store_true",
                        help="learn from Development too, as peers do, for recipes that choose nothing by it: all but one speaker")
    parser.add_argument("--peers", nargs="*", default=["egemaps", "compare"], choices=["egemaps", "compare"])
    parser.add_argument("--only", choices=["folds", "left-out"])
    parser.add_argument("--corpora", nargs="*", help="those that are reported, and that peers learn from within corpora")
    parser.add_argument("--c", nargs="*", type=float, default=COSTS, help="what peers choose C from")
    options = parser.parse_args()
    os.makedirs(options.work, exist_ok=True)
    options.work = os.path.abspath(options.work)
    with open(os.path.join(options.work, "network.txt"), "a+") as file:
        file.seek(0)
        before, now = file.read(), "\n".join([options.recipe, *options.set, *["--refit"] * options.refit])
        if before not in ("", now):
            parser.error(f"{options.work} holds runs of other settings; give another folder:\n{before}")
        if not before:
            file.write(now)
    table = Table(options.corpus)
    options.corpora = options.corpora or table.corpora

    scores = {kind: {name: np.zeros((len(table.rows), len(LETTERS))) for name in ["network", *options.peers]}
              for kind in ("fold", "without")}
    for name, splits in table.trials():
        kind = name.split("-")[0]
        if options.only and (options.only == "folds") != (kind == "fold"):
            continue
        test = splits == "Test1"
        print(f"{name}: {dict(zip(*np.unique(splits.astype(str), return_counts=True)))}", file=sys.stderr, flush=True)
        scores[kind]["network"][test] = trained(table, options, name, splits)[test]
        for peer in options.peers:
            scores[kind][peer][test] = svm(table, options, peer, name, splits)[test]
    for kind, title in (("fold", "five folds"), ("without", "left out")):
        if options.only and (options.only == "folds") != (kind == "fold"):
            continue
        decisions = {name: decided(table, scores[kind][name]) for name in scores[kind]}
        report(table, options.corpora, f"{title}: UAR", decisions, 0)
        report(table, options.corpora, f"{title}: Macro-F1", decisions, 1)


if __name__ == "__main__":
    main()
