#!/usr/bin/env bash
# Pages of the library's documentation from what `make build` has built, in .build/documentation: serve that folder, or look at
# one page of it in Xcode. A link or a symbol that does not exist is an error.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

graphs=.build/symbol-graphs
rm -rf "$graphs"
mkdir -p "$graphs"
target=$(swift -print-target-info | sed -n 's/.*"unversionedTriple": "\(.*\)",/\1/p' | head -1)
maps=()
# The C modules that the Swift ones were built with.
for map in Sources/C*/module.modulemap .build/release/C*.build/module.modulemap; do maps+=(-Xcc "-fmodule-map-file=$map"); done
swift symbolgraph-extract -module-name Recognition -I .build/release/Modules "${maps[@]}" -minimum-access-level public \
  -target "$target" -output-dir "$graphs"
docc convert Sources/Recognition/Recognition.docc --additional-symbol-graph-dir "$graphs" --warnings-as-errors \
  --fallback-display-name Recognition --fallback-bundle-identifier affect.Recognition --output-path .build/documentation
echo "documentation: .build/documentation"
