#!/usr/bin/env python3
"""Shows that each check of scripts/lint.sh can fail: plants one fault at a time in a small package and looks for exactly
that finding."""

import os
import subprocess
import sys
import tempfile

sys.dont_write_bytecode = True
import lint

REPOSITORY = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))

DESIGN = """# Design

| layer | target | does | may import |
|---|---|---|---|
| 0 | `CTorch` | C | LibTorch |
| 1 | `Tensors` | tensors | CTorch |
| 1 | `Emotion` | classes | – |
| 2 | `NN` | modules | Tensors |
| 2 | `Evaluation` | metrics | Emotion |
| 3 | `Workflows` | joins | layers 1-2 |

After the table.
"""

SOUND = {
    "docs/design.md": DESIGN,
    "Sources/Tensors/T.swift": "import CTorch\npublic import Foundation\n",
    "Sources/NN/N.swift": "import Tensors\n/* import Emotion /* nested */\nimport Emotion\n*/\n// import Emotion\n",
    "Sources/Evaluation/E.swift": 'public import Emotion\nimport struct SwiftCSV.CSV\nlet s = """\n  import Tensors\n  """\n',
    "Sources/Workflows/W.swift": "import Evaluation\nimport NN\n@preconcurrency public import Tensors\n",
    "Tests/EvaluationTests/E.swift": 'import Emotion\nimport Evaluation\nimport TestSupport\nlet s = #"a " \\n"#\n',
    "Tests/TestSupport/S.swift": "public import Foundation\n",
    "README.md": "See https://example.org/home/page and ../shared/work/x and ~/home/x.\n",
    "Sources/NN/Long.swift": "//\n" * 500,
}

DEPENDENCIES = {
    "CTorch": ["CLibTorch"], "Tensors": ["CTorch"], "Emotion": [], "NN": ["Tensors"],
    "Evaluation": ["Emotion", "SwiftCSV"], "Workflows": ["Evaluation", "NN", "Tensors"],
    "EvaluationTests": ["Evaluation", "Emotion", "TestSupport"], "TestSupport": [],
}

# Pieces, so that this file does not hold what it plants.
HOME = "/ho" + "me/someone"

# name: (file, its new content, dependencies that change, the finding's start, a part of its text)
FAULTS = {
    "upward import": ("Sources/Tensors/T.swift", "import CTorch\nimport NN\n", {}, "Sources/Tensors/T.swift:2:", "Tensors must not import NN"),
    "sideways import": ("Sources/NN/N.swift", "import Evaluation\n", {}, "Sources/NN/N.swift:1:", "NN must not import Evaluation"),
    "skipped layer": ("Sources/Evaluation/E.swift", "\n\n@preconcurrency internal import Tensors\n", {}, "Sources/Evaluation/E.swift:3:", "must not import Tensors"),
    "kind import": ("Sources/NN/N.swift", "import struct Emotion.Label\n", {}, "Sources/NN/N.swift:1:", "NN must not import Emotion"),
    "indented import": ("Sources/NN/N.swift", "#if os(Linux)\n  import Emotion\n#endif\n", {}, "Sources/NN/N.swift:2:", "NN must not import Emotion"),
    "layer 0 by a range": ("Sources/Workflows/W.swift", "import CTorch\n", {}, "Sources/Workflows/W.swift:1:", "must not import CTorch"),
    "after a string": ("Sources/NN/N.swift", 'let a = "/* \\" "; let b = #"""\n "\n """#\nimport Emotion\n', {}, "Sources/NN/N.swift:4:", "NN must not import Emotion"),
    "test of a sideways part": ("Tests/EvaluationTests/E.swift", "import NN\n", {}, "Tests/EvaluationTests/E.swift:1:", "must not import NN"),
    "test support with a part": ("Tests/TestSupport/S.swift", "import Emotion\n", {}, "Tests/TestSupport/S.swift:1:", "TestSupport must not import Emotion"),
    "part imports test support": ("Sources/NN/N.swift", "import TestSupport\n", {}, "Sources/NN/N.swift:1:", "must not import TestSupport"),
    "testable import": ("Tests/EvaluationTests/E.swift", "@testable import Evaluation\n", {}, "Tests/EvaluationTests/E.swift:1:", "@testable"),
    "undeclared third party": ("Sources/NN/N.swift", "import SwiftCSV\n", {}, "Sources/NN/N.swift:1:", "NN imports SwiftCSV"),
    "unknown target": ("Sources/Extra/X.swift", "\n", {}, "Sources/Extra/X.swift:1:", "target Extra is not in the import table"),
    "package against table": ("Sources/NN/N.swift", "", {"NN": ["Tensors", "Emotion"]}, "Package.swift:1:", "NN depends on Emotion"),
    "package with an unknown target": ("Sources/NN/N.swift", "", {"Extra": []}, "Package.swift:1:", "target Extra is not in the import table"),
    "table with an unknown part": ("docs/design.md", DESIGN.replace("| modules | Tensors |", "| modules | Tensors, Tensor |"), {}, "docs/design.md:8:", "NN may import 'Tensor'"),
    "table that points upward": ("docs/design.md", DESIGN.replace("| classes | – |", "| classes | NN |"), {}, "docs/design.md:7:", "imports go downward"),
    "table gone": ("docs/design.md", "# Design\n", {}, "docs/design.md:1:", "has no import table"),
    "file too long": ("Sources/NN/Long.swift", "//\n" * 501, {}, "Sources/NN/Long.swift:501:", "has 501 lines"),
    "header too long": ("Sources/CTorch/include/C.h", "//\n" * 600, {}, "Sources/CTorch/include/C.h:501:", "has 600 lines"),
    "machine path": ("README.md", f"fine\nrun {HOME}/affect\n", {}, "README.md:2:", "is a path of one machine"),
    "quoted machine path": ("scripts/x.sh", f'cd "{HOME}"\n', {}, "scripts/x.sh:1:", "is a path of one machine"),
}


def findings(files, dependencies):
    targets = [
        {"name": name, "dependencies": [{"byName": [other, None]} for other in others]}
        for name, others in dependencies.items()
    ]
    with tempfile.TemporaryDirectory() as folder:
        for path, content in files.items():
            path = os.path.join(folder, path)
            os.makedirs(os.path.dirname(path), exist_ok=True)
            with open(path, "w", encoding="utf-8") as f:
                f.write(content)
        return [f"{path}:{line}: {what}" for path, line, what in lint.lint(folder, {"targets": targets})]


def format_lint_fails():
    """swift format finds a badly formatted file and an undocumented public declaration, by our configuration."""
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "Bad.swift")
        with open(path, "w") as f:
            f.write("public struct A {let a : Int}\n")
        run = subprocess.run(
            ["swift", "format", "lint", "--strict", "--configuration", os.path.join(REPOSITORY, ".swift-format"), path],
            capture_output=True, text=True,
        )
        return run.returncode != 0 and "Bad.swift:1:" in run.stderr and "AllPublicDeclarationsHaveDocumentation" in run.stderr


def main():
    failures = []
    if found := findings(SOUND, DEPENDENCIES):
        failures.append(f"a sound package has findings: {found}")
    for name, (path, content, changed, start, part) in FAULTS.items():
        found = findings(SOUND | {path: content}, DEPENDENCIES | changed)
        if len(found) != 1 or not found[0].startswith(start) or part not in found[0]:
            failures.append(f"{name}: expected one finding {start} ... {part} ..., found {found}")
    if not format_lint_fails():
        failures.append("swift format lets a badly formatted file pass")
    for failure in failures:
        print(f"scripts/lint_selftest.py:1: {failure}")
    sys.exit(1 if failures else 0)


if __name__ == "__main__":
    main()
