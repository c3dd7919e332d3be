"""Holds `affect serve` against its OpenAPI document with schemathesis, which makes requests that the document allows and such that it
forbids. Prints what it found, as JSON.

serve_schema.py AFFECT BUNDLE FOLDER EXAMPLES
"""
import json, pathlib, subprocess, sys
from serving import Server

affect, bundle, folder, examples = sys.argv[1:5]
server = Server(affect, bundle, "--jobs", folder, "--max-seconds", "60")
found = subprocess.run(
    [pathlib.Path(sys.executable).parent / "schemathesis", "run", f"{server.url}/openapi.json", "--max-examples", examples, "--seed", "1", "--phases", "examples,coverage,fuzzing",
     # Random bytes are no recording, however well the document describes the request: 400, 415 and 422 are right then.
     "--exclude-checks", "positive_data_acceptance", "--request-timeout", "20", "--no-color"],
    capture_output=True, text=True, timeout=540, cwd=folder)
print(json.dumps(dict(status=found.returncode, report=found.stdout[-6000:], errors=found.stderr[-2000:], lives=server.process.poll() is None)))
