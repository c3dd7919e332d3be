#!/usr/bin/env bash
# Style checks: formatting.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
swift format lint --strict --recursive --parallel Package.swift Sources Tests
