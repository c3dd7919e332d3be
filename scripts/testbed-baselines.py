"""How far words alone, voice alone and both together go on a testbed: logistic regressions, for docs/testbeds.md.

    affect features export t2/Features --encoder prosody-10ms --format npy --output arrays
    .deps/venv/bin/python scripts/testbed-baselines.py t2 arrays

Trained on Train with balanced class weights; the strength of regularisation is chosen on Development; prints the
Macro-F1 of both Development and Test1 over the eight classes.
"""

import csv
import sys
import warnings
from pathlib import Path

import numpy as np
from scipy.sparse import csr_matrix, hstack
from sklearn.exceptions import ConvergenceWarning
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import f1_score
from sklearn.preprocessing import StandardScaler

STRENGTHS = [0.01, 0.03, 0.1, 0.3, 1, 3]


def main(corpus, arrays):
    warnings.simplefilter("ignore", ConvergenceWarning)
    with open(corpus / "Labels/labels_consensus.csv", newline="", encoding="utf-8") as file:
        rows = [row for row in csv.DictReader(file) if row["EmoClass"] in set("ASHUFDCN")]
    names = [Path(row["FileName"]).stem for row in rows]
    classes = np.array([row["EmoClass"] for row in rows])
    splits = np.array([row["Split_Set"] for row in rows])
    train = splits == "Train"

    def report(title, features):
        best = None
        for strength in STRENGTHS:
            model = LogisticRegression(C=strength, class_weight="balanced", max_iter=500)
            model.fit(features[train], classes[train])
            scores = [
                f1_score(classes[splits == split], model.predict(features[splits == split]), average="macro")
                for split in ("Development", "Test1")
            ]
            if best is None or scores[0] > best[0]:
                best = scores
        print(f"{title}: Development {best[0]:.3f}, Test1 {best[1]:.3f}", flush=True)

    texts = [(corpus / "Transcripts" / f"{name}.txt").read_text(encoding="utf-8") for name in names]
    vectorizer = TfidfVectorizer(ngram_range=(1, 2), min_df=2, sublinear_tf=True)
    vectorizer.fit([text for text, is_train in zip(texts, train) if is_train])
    words = vectorizer.transform(texts).tocsr()
    report("words", words)

    frames = (np.load(arrays / f"{name}.npy").astype(np.float64) for name in names)
    voice = np.array([np.concatenate([clip.mean(0), clip.std(0)]) for clip in frames])
    voice = StandardScaler().fit(voice[train]).transform(voice)
    report("voice", voice)
    # Scaled to weigh about as much as the words, whose rows have the length 1.
    report("both", hstack([words, csr_matrix(0.05 * voice)]).tocsr())


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    main(Path(sys.argv[1]), Path(sys.argv[2]))
