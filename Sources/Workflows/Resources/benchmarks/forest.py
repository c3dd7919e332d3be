"""The peer of `affect bench forest`: scikit-learn's random forest with System A's settings, on all cores.

Reads a line of JSON for each measurement and answers with one. The data lies as raw numbers in the folder that it names.
"""

import json
import sys
import time

import numpy as np
from sklearn.ensemble import RandomForestClassifier


def grown(folder):
    forest = RandomForestClassifier(
        200, max_depth=8, min_samples_leaf=10, min_samples_split=10, max_features="sqrt", n_jobs=-1, random_state=0
    )
    features = np.fromfile(f"{folder}/train.f32", np.float32).reshape(-1, 96)
    labels = np.fromfile(f"{folder}/labels.u8", np.uint8)
    start = time.perf_counter()
    forest.fit(features, labels)
    return forest, time.perf_counter() - start


ready = None
for line in sys.stdin:
    question = json.loads(line)
    if question["name"] == "fit":
        ready, taken = grown(question["folder"])
    else:
        ready = ready or grown(question["folder"])[0]
        features = np.fromfile(f"{question['folder']}/test.f32", np.float32).reshape(-1, 96)
        start = time.perf_counter()
        ready.predict_proba(features)
        taken = time.perf_counter() - start
    print(json.dumps({"seconds": taken}), flush=True)
