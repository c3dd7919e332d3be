#!/usr/bin/env bash
# Builds and runs every test, TEST_WIDTH (4) at a time. A suite that takes longer than TEST_LIMIT seconds (2400) is stopped,
# and the tests that had begun and not ended are named: one of them hangs. Arguments go to `swift test`.
set -uo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

swift build -c release --build-tests || exit 1
log=$(mktemp)
trap 'rm -f "$log"' EXIT
# Line by line: what the tests said last would else be lost in a buffer when they are stopped.
lines=()
command -v stdbuf >/dev/null && lines=(stdbuf -oL -eL)
# Without a width all tests begin at once, and each that waits for something goes on only after all the others had their
# turn: on a slow machine time limits then pass, and servers that tests had started are gone before they are asked.
export SWT_EXPERIMENTAL_MAXIMUM_PARALLELIZATION_WIDTH="${TEST_WIDTH:-4}"
timeout --kill-after=10 "${TEST_LIMIT:-2400}" "${lines[@]}" swift test -c release --skip-build "$@" 2>&1 | tee "$log"
status=${PIPESTATUS[0]}
if ((status == 124 || status == 137)); then
  echo "stopped: the tests did not end within ${TEST_LIMIT:-2400} s. These had begun and not ended:" >&2
  python3 - "$log" >&2 <<'PYTHON'
import re, sys
begun, ended = [], set()
for line in open(sys.argv[1], encoding="utf-8", errors="replace"):
    if found := re.match(r"◇ Test (?!case |run )(.+?) started\.", line):
        begun.append(found[1])
    elif found := re.match(r"[✔✘━➜] Test (.+?) (?:with \d+ test cases? )?(?:passed|failed|skipped)", line):
        ended.add(found[1])
print("\n".join(sorted({test for test in begun if test not in ended})))
PYTHON
fi
exit "$status"
