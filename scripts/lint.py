#!/usr/bin/env python3
"""Checks that the compiler does not make: who imports whom, file lengths, paths of one machine.

The table of docs/design.md ("Parts, and who may import whom") is read as it stands; there is no second copy. For each
Swift file, every imported module must be
  - a part that the table allows to the file's target, or
  - a dependency that Package.swift gives to the target (third-party products and C libraries), or
  - a module of the system (SYSTEM below).
Package.swift itself is held against the same table. A test target XTests may use X (or x, the command),
whatever X may use, every part of a lower layer than X, and TestSupport; TestSupport uses no part. Findings are printed
as file:line: what.
"""

import argparse
import json
import os
import re
import subprocess
import sys

MAX_LINES = 500
CODE = (".swift", ".h", ".c", ".cpp", ".mm", ".py", ".sh")

# What the table's last column says for things that are no Swift part, and the C modules that stand for them.
OUTSIDE = {"LibTorch": {"CLibTorch"}, "FFmpeg's libraries": {"CFFmpeg"}, "zlib": {"CZlib"}, "HTTP client": set(), "–": set(), "-": set()}
C_LIBRARIES = set().union(*OUTSIDE.values())

SYSTEM = set(
    "Swift Foundation FoundationEssentials FoundationNetworking Dispatch Synchronization Testing XCTest Glibc Musl "
    "Darwin CoreFoundation Accelerate os Network AVFoundation RegexBuilder".split()
)

# Folders that belong to one person or machine. The text before must not go on to the left, so that the path of a web
# address is not taken for one.
MACHINE_PATH = re.compile(
    r"(?<![\w.~%$}\])/:-])(?:/(?:home|Users|root|work|workspaces?|mnt|media|scratch|private/var)/[\w.-]+|[A-Z]:\\+Users\\+\w+)"
)

IMPORT = re.compile(
    r"^[ \t]*((?:@\w+(?:\([^)\n]*\))?[ \t]+)*)(?:(?:public|package|internal|fileprivate|private)[ \t]+)?"
    r"import[ \t]+(?:(?:struct|class|enum|protocol|typealias|actor|func|let|var)[ \t]+)?([A-Za-z_]\w*)",
    re.M,
)


class Part:
    def __init__(self, layer, line, allowed_text):
        self.layer, self.line, self.allowed_text, self.allowed = layer, line, allowed_text, set()


def read_table(text, path, report):
    """Parts by name from the table whose head is `| layer | target | does | may import |`."""
    parts, inside = {}, False
    for number, line in enumerate(text.splitlines(), 1):
        cells = [cell.strip() for cell in line.strip().strip("|").split("|")] if line.startswith("|") else []
        if [cell.lower() for cell in cells] == ["layer", "target", "does", "may import"]:
            inside = True
        elif inside and not cells:
            break
        elif inside and not set("".join(cells)) <= set("-: "):
            name = cells[1].strip("`") if len(cells) == 4 else ""
            if not cells[0].isdigit() or not re.fullmatch(r"\w+", name) or name in parts:
                report(path, number, "a row of the import table needs a layer number, a new target name, what it does, what it may import")
            else:
                parts[name] = Part(int(cells[0]), number, cells[3])
    if not parts:
        report(path, 1, "has no import table; a table with the head | layer | target | does | may import | is expected")
    for name, part in parts.items():
        for item in re.split(r",\s*", part.allowed_text):
            layers = re.fullmatch(r"layers? (\d+)(?:[-–](\d+))?", item)
            if layers:
                low, high = int(layers[1]), int(layers[2] or layers[1])
                part.allowed |= {other for other, p in parts.items() if low <= p.layer <= high}
            elif item.strip("`") in parts:
                part.allowed.add(item.strip("`"))
            elif item in OUTSIDE:
                part.allowed |= OUTSIDE[item]
            else:
                report(path, part.line, f"{name} may import '{item}', which is no target of the table")
        for other in sorted(part.allowed & parts.keys()):
            if parts[other].layer > part.layer or other == name:
                report(path, part.line, f"{name} (layer {part.layer}) may import {other} (layer {parts[other].layer}): imports go downward")
    return parts


def allowed_for(target, parts):
    """The parts and C libraries that a target may use, or None for a target that the table does not know."""
    if target in C_LIBRARIES or target == "TestSupport":
        return set()
    if target in parts:
        return parts[target].allowed
    tested = target.removesuffix("Tests")
    # The command's name is written small.
    tested = tested if tested in parts else tested.lower()
    if target.endswith("Tests") and tested in parts:
        lower = {name for name, part in parts.items() if part.layer < parts[tested].layer}
        return parts[tested].allowed | lower | {tested, "TestSupport"}
    return None


def without_strings_and_comments(source):
    """The source with comments and string literals blanked, lines kept: a Python script in a test imports too."""
    token = re.compile(r'//[^\n]*|/\*|(#*)("""|")')
    out, position = [], 0
    while match := token.search(source, position):
        out.append(source[position : match.start()])
        if match[0] == "/*":
            depth, end = 1, match.end()
            while depth and (edge := re.compile(r"/\*|\*/").search(source, end)):
                depth, end = depth + (1 if edge[0] == "/*" else -1), edge.end()
            if depth:
                end = len(source)
        elif match[2]:
            escape = r"\\" + match[1]
            newline = "" if match[2] == '"""' else "|\n"
            closing = re.compile(rf"{escape}.|{match[2]}{match[1]}{newline}", re.S)
            end = match.end()
            while edge := closing.search(source, end):
                end = edge.end()
                if not edge[0].startswith("\\"):
                    break
            else:
                end = len(source)
        else:
            end = match.end()
        out.append("".join(c for c in source[match.start() : end] if c == "\n"))
        position = end
    return "".join(out) + source[position:]


def check_package(package, parts, report):
    """Dependencies of each target, by name; those among the parts are held against the table."""
    dependencies = {}
    for target in package["targets"]:
        name, found = target["name"], set()
        for dependency in target["dependencies"]:
            for key in ("byName", "target", "product"):
                if key in dependency:
                    found.add(dependency[key][0])
        dependencies[name] = found
        allowed = allowed_for(name, parts)
        if allowed is None:
            report("Package.swift", 1, f"target {name} is not in the import table of docs/design.md")
            continue
        for other in sorted(found & (parts.keys() | C_LIBRARIES | {"TestSupport"}) - allowed):
            report("Package.swift", 1, f"target {name} depends on {other}, which docs/design.md does not let it import")
    return dependencies


def check_imports(path, target, source, parts, dependencies, report):
    allowed = allowed_for(target, parts)
    if allowed is None:
        report(path, 1, f"target {target} is not in the import table of docs/design.md")
        return
    code = without_strings_and_comments(source)
    for match in IMPORT.finditer(code):
        line, module = code.count("\n", 0, match.start(2)) + 1, match[2]
        if "@testable" in match[1]:
            report(path, line, "@testable import: tests run on release builds, test the public API")
        if module in parts or module in C_LIBRARIES or module in ("TestSupport", "affect"):
            if module not in allowed and module != target:
                listed = ", ".join(sorted(allowed)) or "no part"
                report(path, line, f"{target} must not import {module}; docs/design.md allows {listed}")
        elif module not in SYSTEM and module not in dependencies.get(target, set()):
            report(path, line, f"{target} imports {module}, which is no part, no dependency of {target} in Package.swift and no system module known to scripts/lint.py")


def files_of(root):
    """Tracked files and new ones that git does not ignore; every file where there is no repository."""
    listed = subprocess.run(
        ["git", "-C", root, "ls-files", "-z", "--cached", "--others", "--exclude-standard"], capture_output=True
    )
    if listed.returncode == 0:
        names = [os.fsdecode(name) for name in listed.stdout.split(b"\0") if name]
    else:
        names = [os.path.relpath(os.path.join(d, f), root) for d, _, found in os.walk(root) for f in found]
    return sorted(name for name in set(names) if os.path.isfile(os.path.join(root, name)))


def lint(root, package):
    findings = []

    def report(path, line, what):
        findings.append((path, line, what))

    design = "docs/design.md"
    with open(os.path.join(root, design), encoding="utf-8") as f:
        parts = read_table(f.read(), design, report)
    dependencies = check_package(package, parts, report) if parts else {}
    for path in files_of(root):
        with open(os.path.join(root, path), "rb") as f:
            data = f.read()
        if b"\0" in data[:8192]:
            continue
        text = data.decode("utf-8", "replace")
        for number, line in enumerate(text.splitlines(), 1):
            if found := MACHINE_PATH.search(line):
                report(path, number, f"'{found[0]}' is a path of one machine; write it relative to the repository or the user's settings")
        folders = path.split("/")
        if folders[0] not in ("Sources", "Tests") or len(folders) < 3:
            continue
        if path.endswith(CODE):
            lines = text.count("\n") + (0 if text.endswith("\n") or not text else 1)
            if lines > MAX_LINES:
                report(path, MAX_LINES + 1, f"has {lines} lines; a file has at most {MAX_LINES}")
        if path.endswith(".swift") and parts:
            check_imports(path, folders[1], text, parts, dependencies, report)
    return sorted(set(findings))


def main():
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("--root", default=os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
    root = arguments.parse_args().root
    dumped = subprocess.run(["swift", "package", "--package-path", root, "dump-package"], capture_output=True, text=True)
    if dumped.returncode:
        sys.exit(f"lint: Package.swift cannot be read:\n{dumped.stderr}")
    findings = lint(root, json.loads(dumped.stdout))
    for path, line, what in findings:
        print(f"{path}:{line}: {what}")
    sys.exit(1 if findings else 0)


if __name__ == "__main__":
    main()
