#!/usr/bin/env bash
# Style checks: formatting, then who imports whom, file lengths and machine paths (scripts/lint.py). Findings are
# printed as file:line: what; the exit status is 1 when there are any. First the checks themselves are tried on faults.
set -uo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

python3 scripts/lint_selftest.py || exit 1
status=0
swift format lint --strict --recursive --parallel Package.swift Sources Tests || status=1
python3 scripts/lint.py || status=1
exit $status
