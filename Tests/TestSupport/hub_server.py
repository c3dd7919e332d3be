"""A hub on this machine for tests: the HTTP protocol by which models are downloaded, and the faults of real networks.

    hub_server.py ROOT

serves ROOT/models/OWNER/NAME/FILES. Two ports are opened and printed as JSON: the hub, and the storage host to which it
redirects for large files (*.safetensors, *.bin), which refuses requests that carry a token. ROOT/rules.json, read for each
request, says what goes wrong:

    {"access": {"OWNER/NAME": {"token": "...", "kind": "gated" or "private"}},
     "faults": [{"path": "part of the path", "do": "cut" | "stall" | "corrupt" | "slow" | "whole" | "status" | "body" | "header",
                 "host": "storage", "times": 1, ...}]}

Each request is a line of ROOT/log.jsonl: host, method, path, range, whether a token came along, status.
"""

import hashlib
import json
import os
import sys
import threading
import time
import urllib.parse
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

ROOT = sys.argv[1]
LOCK = threading.Lock()
USED = {}
PORTS = {}
PAGE = 3


def rules():
    try:
        with open(os.path.join(ROOT, "rules.json")) as f:
            return json.load(f)
    except FileNotFoundError:
        return {}


def fault(host, path, *kinds):
    """The first fault that applies to a path and is not used up."""
    for number, rule in enumerate(rules().get("faults", [])):
        if rule["do"] not in kinds or rule["path"] not in path or rule.get("host", host) != host:
            continue
        with LOCK:
            key = (number, json.dumps(rule, sort_keys=True))
            if USED.get(key, 0) < rule.get("times", 1 << 30):
                USED[key] = USED.get(key, 0) + 1
                return rule
    return None


class Model:
    """A repository as it lies in its folder now: its commit is a hash of all that is in it."""

    def __init__(self, name):
        self.name = name
        self.folder = os.path.join(ROOT, "models", name)
        self.files = {}
        for place, _, names in os.walk(self.folder):
            for name in names:
                path = os.path.join(place, name)
                with open(path, "rb") as f:
                    data = f.read()
                oid = hashlib.sha1(b"blob %d\0" % len(data) + data).hexdigest()
                large = name.endswith((".safetensors", ".bin"))
                sha256 = hashlib.sha256(data).hexdigest() if large else None
                self.files[os.path.relpath(path, self.folder)] = (data, oid, sha256)
        listing = self.name + "".join(sorted(p + f[1] for p, f in self.files.items()))
        self.commit = hashlib.sha1(listing.encode()).hexdigest()

    def has(self, revision):
        return revision in ("main", "refs/pr/1", self.commit)


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    host = None

    def log_message(self, *_):
        pass

    def do_HEAD(self):
        self.answer(False)

    def do_GET(self):
        self.answer(True)

    def send(self, status, headers=(), body=b"", has_body=True):
        with LOCK, open(os.path.join(ROOT, "log.jsonl"), "a") as log:
            line = dict(
                host=self.host, method=self.command, path=self.path, range=self.headers.get("Range"),
                token="Authorization" in self.headers, status=status)
            log.write(json.dumps(line) + "\n")
        self.send_response(status)
        for name, value in headers:
            self.send_header(name, value)
        if not any(name == "Content-Length" for name, _ in headers):
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if has_body and self.command == "GET":
            self.wfile.write(body)

    def refuse(self, status, code, message):
        self.send(status, [("X-Error-Code", code), ("X-Error-Message", message)], json.dumps({"error": message}).encode())

    def answer(self, has_body):
        parts = urllib.parse.urlsplit(self.path)
        path = urllib.parse.unquote(parts.path)
        if rule := fault(self.host, path, "status"):
            return self.send(rule["status"], list(rule.get("headers", {}).items()), rule.get("body", "").encode())
        if self.host == "storage":
            return self.content(path)
        if rule := fault(self.host, path, "body"):
            return self.send(200, [], rule["body"].encode())
        pieces = parts.path.strip("/").split("/")
        is_api = pieces[:2] == ["api", "models"]
        pieces = [urllib.parse.unquote(piece) for piece in pieces[2 if is_api else 0 :]]
        if len(pieces) < 4:
            return self.refuse(404, "RepoNotFound", "Repository not found")
        name, verb, revision, rest = "/".join(pieces[:2]), pieces[2], pieces[3], "/".join(pieces[4:])
        access = rules().get("access", {}).get(name)
        given = self.headers.get("Authorization", "").removeprefix("Bearer ")
        if given and given == rules().get("expired"):
            return self.refuse(401, "", "Invalid credentials in Authorization header")
        if access and access["kind"] == "private" and given != access["token"]:
            return self.refuse(401 if not given else 404, "RepoNotFound", "Repository not found")
        if access and access["kind"] == "gated" and verb == "resolve" and given != access["token"]:
            return self.refuse(401 if not given else 403, "GatedRepo", "Access to this model is restricted.")
        model = Model(name)
        if not model.files:
            return self.refuse(401 if not given else 404, "RepoNotFound", "Repository not found")
        if not model.has(revision):
            return self.refuse(404, "RevisionNotFound", "Invalid rev id: " + revision)
        if is_api and verb == "revision":
            siblings = [{"rfilename": path} for path in sorted(model.files)]
            info = dict(
                _id="1", id=name, modelId=name, sha=model.commit, private=False, gated=False, disabled=False, downloads=0,
                likes=0, tags=[], siblings=siblings)
            return self.send(200, [("Content-Type", "application/json")], json.dumps(info).encode())
        if is_api and verb == "tree":
            return self.tree(model, parts)
        if verb == "resolve":
            return self.resolve(model, rest)
        self.refuse(404, "", "no such address")

    def tree(self, model, parts):
        start = int(urllib.parse.parse_qs(parts.query).get("cursor", ["0"])[0])
        entries = []
        for path, (data, oid, sha256) in sorted(model.files.items())[start : start + PAGE]:
            entry = dict(type="file", oid=oid, size=len(data), path=path)
            if sha256:
                entry["lfs"] = dict(oid=sha256, size=len(data), pointerSize=134)
            entries.append(entry)
        folders = sorted({os.path.dirname(path) for path in model.files} - {""}) if start == 0 else []
        entries += [dict(type="directory", oid="0" * 40, size=0, path=folder) for folder in folders]
        headers = [("Content-Type", "application/json")]
        if start + PAGE < len(model.files):
            query = urllib.parse.urlencode(dict(recursive="true", expand="false", cursor=start + PAGE))
            headers.append(("Link", f'<http://127.0.0.1:{PORTS["hub"]}{parts.path}?{query}>; rel="next"'))
        self.send(200, headers, json.dumps(entries).encode())

    def resolve(self, model, path):
        if path not in model.files:
            headers = [("X-Error-Code", "EntryNotFound"), ("X-Error-Message", "Entry not found"), ("X-Repo-Commit", model.commit)]
            return self.send(404, headers)
        data, oid, sha256 = model.files[path]
        headers = {"X-Repo-Commit": model.commit, "ETag": f'"{oid}"', "Accept-Ranges": "bytes"}
        if sha256:
            headers["X-Linked-Etag"] = f'"{sha256}"'
            headers["X-Linked-Size"] = str(len(data))
            where = f"/{model.name}/{sha256}/{urllib.parse.quote(path)}?signature=abc&expires=60"
            headers["Location"] = f'http://127.0.0.1:{PORTS["storage"]}{where}'
        if rule := fault(self.host, path, "header"):
            headers.update(rule["headers"])
        if sha256:
            return self.send(302, list(headers.items()), b"Found. Redirecting")
        self.deliver(path, data, list(headers.items()))

    def content(self, path):
        if "Authorization" in self.headers:
            return self.send(400, [], b"Only one auth mechanism allowed")
        pieces = path.strip("/").split("/")
        file = Model("/".join(pieces[:2])).files.get("/".join(pieces[3:]))
        if not file:
            return self.send(404)
        self.deliver(path, file[0], [("ETag", '"multipart-7"')])

    def deliver(self, path, data, headers):
        wanted, status = self.headers.get("Range"), 200
        if wanted and not fault(self.host, path, "whole"):
            start = int(wanted.removeprefix("bytes=").split("-")[0])
            if start >= len(data):
                return self.send(416, [("Content-Range", f"bytes */{len(data)}")])
            headers = headers + [("Content-Range", f"bytes {start}-{len(data) - 1}/{len(data)}")]
            data, status = data[start:], 206
        if self.command == "GET" and fault(self.host, path, "corrupt"):
            data = data[:-1] + bytes([data[-1] ^ 1])
        self.send(status, headers + [("Content-Length", str(len(data)))], has_body=False)
        if self.command != "GET":
            return
        rule = fault(self.host, path, "cut", "stall", "slow")
        if not rule:
            return self.wfile.write(data)
        if rule["do"] == "slow":
            for at in range(0, len(data), rule["bytes"]):
                self.wfile.write(data[at : at + rule["bytes"]])
                self.wfile.flush()
                time.sleep(rule["seconds"])
            return
        self.wfile.write(data[: rule["bytes"]])
        self.wfile.flush()
        # A client that sees the end and the last bytes at once may lose those.
        time.sleep(rule["seconds"] if rule["do"] == "stall" else 0.3)
        self.close_connection = True


class Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, *_):
        """A client that went away is what these tests are about."""


def serve(host):
    handler = type(host, (Handler,), {"host": host})
    server = Server(("127.0.0.1", 0), handler)
    PORTS[host] = server.server_address[1]
    threading.Thread(target=server.serve_forever, daemon=True).start()


serve("storage")
serve("hub")
print(json.dumps(PORTS), flush=True)
# The tests hold the other end of standard input: when they end, however they end, so does this.
sys.stdin.read()
