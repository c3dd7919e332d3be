"""Starts `affect serve` and talks to it as clients of all kinds do. Prints what was not as it should be, as JSON.

serve_client.py AFFECT BUNDLE FOLDER KEYS
"""
import collections, json, signal, socket, sqlite3, struct, subprocess, sys, threading, time
import websocket
import serving
from serving import multipart, speech, wav

affect, bundle, folder = sys.argv[1:4]
problems, checks, figures = [], 0, {}


def check(name, good, seen=""):
    global checks
    checks += 1
    if not good:
        problems.append(f"{name}: {str(seen)[:300]}")


def Server(*more):
    return serving.Server(affect, bundle, "--jobs", folder, *more)


server, short, audio = Server(), wav(2), "audio/wav"
form = "multipart/form-data; boundary=x"
file = b'Content-Disposition: form-data; name="file"; filename="../../etc/passwd"'

# What is right.
status, body, headers = server.ask("/v1/recognize", short, Content_Type=audio)
timeline = json.loads(body)
check("recognize", status == 200 and len(timeline["segments"]) == 1 and abs(timeline["duration"] - 2) < 0.01, body)
check("probabilities", abs(sum(timeline["segments"][0]["probabilities"].values()) - 1) < 1e-6, body)
status, body, _ = server.ask("/v1/recognize", multipart((file, short), (b'Content-Disposition: form-data; name="window"', b"0.5")), Content_Type=form)
windows = json.loads(body)
check("multipart", status == 200 and len(windows["segments"]) == 4 and windows["file"] == "passwd", body)
status, body, headers = server.ask("/v1/recognize", short, Content_Type=audio, Accept="text/event-stream")
check("events", status == 200 and body.count(b"event: segment") == 1 and body.count(b"event: done") == 1, body)
talk = speech([(False, 1), (True, 1.5), (False, 1), (True, 2), (False, 1.2)])
status, body, _ = server.ask("/v1/recognize?segmentation=utterances&whole=0", talk, Content_Type=audio)
spans = [(s["start"], s["end"]) for s in json.loads(body)["segments"]] if status == 200 else []
check("utterances", len(spans) == 2 and abs(spans[0][0] - 1) < 0.3 and abs(spans[0][1] - 2.5) < 0.3 and abs(spans[1][0] - 3.5) < 0.3, (status, body))
check("whole", len(json.loads(server.ask("/v1/recognize?segmentation=utterances", talk, Content_Type=audio)[1])["segments"]) == 1)
check("pause", len(json.loads(server.ask("/v1/recognize?whole=0&pause=3", talk, Content_Type=audio)[1])["segments"]) == 1)
check("windows", len(json.loads(server.ask("/v1/recognize?segmentation=windows&window=1", talk, Content_Type=audio)[1])["segments"]) == 7)
explained = json.loads(server.ask("/v1/recognize?whole=0&explain=true", talk, Content_Type=audio)[1])["segments"]
check("explained", len(explained) == 2 and all(s["explanation"]["streams"] and s["explanation"]["seconds"] and s["explanation"]["emotion"] == s["emotion"] for s in explained), explained)
check("not explained", "explanation" not in timeline["segments"][0], timeline)
check("no speech", json.loads(server.ask("/v1/recognize", speech([(False, 2)]), Content_Type=audio)[1])["segments"][0].get("notes") == ["no speech"])
check("csv", server.ask("/v1/recognize?format=csv", short, Content_Type=audio)[1].startswith(b"start,end,emotion,"))
for path in ["/", "/assets/app.js", "/assets/style.css", "/health", "/metrics", "/openapi.json", "/v1/models", "/v1/limits"]:
    check(path, server.ask(path)[0] == 200)
check("policy", "default-src 'none'" in server.ask("/")[2]["Content-Security-Policy"])
described = json.loads(server.ask("/openapi.json")[1])["paths"]
check("described", "/v1/recognize" in described and server.ask("/v1/recognize")[0] == 405)

# What is wrong with a query, a path or a body's time.
for query in ["model=/etc", "model=..%2f", "format=xml", "window=0", "window=nan", "window=1e9", "hop=9", "x=1", "format=csv&format=csv", "model=%ff",
              "segmentation=words", "segmentation=utterances&window=1", "segmentation=windows&pause=1", "pause=0", "pause=-1", "longest=61", "longest=0", "whole=61", "hop=0", "explain=maybe"]:
    status, body, _ = server.ask("/v1/recognize?" + query, short, Content_Type=audio)
    check(query, status == 400, (status, body))
for path in ["/assets/..%2fopenapi.json", "/assets/%2e%2e/config.json", "/v1/jobs/..%2f..", "/v1/jobs/none", "/../etc/passwd", "//"]:
    check(path, server.ask(path)[0] == 404, server.ask(path)[:2])
check("encoded", server.ask("/v1/recognize", short, Content_Type=audio, Content_Encoding="gzip")[0] == 415)
with socket.create_connection(("127.0.0.1", server.port), timeout=10) as slow:
    start = time.time()
    slow.sendall(b"POST /v1/recognize HTTP/1.1\r\nHost: a\r\nContent-Type: audio/wav\r\nContent-Length: 1000\r\n\r\nRIFF")
    seen = slow.recv(4096)
    check("slow body", b" 408 " in seen and b"problem+json" in seen and time.time() - start < 8, (time.time() - start, seen))
with socket.create_connection(("127.0.0.1", server.port), timeout=10) as slow:
    # A byte now and then does not hold the deadline up.
    start, seen = time.time(), b""
    slow.sendall(b"POST /v1/recognize HTTP/1.1\r\nHost: a\r\nContent-Type: audio/wav\r\nTransfer-Encoding: chunked\r\n\r\n")
    slow.settimeout(0.3)
    while time.time() - start < 8 and not seen:
        try:
            slow.sendall(b"1\r\nR\r\n")
            seen = slow.recv(4096)
        except TimeoutError:
            pass
        except OSError as error:
            seen = repr(error).encode()
    check("dripping body", b" 408 " in seen and time.time() - start < 6, (time.time() - start, seen))
with socket.create_connection(("127.0.0.1", server.port), timeout=10) as slow:
    slow.sendall(b"POST /v1/stream?window=1 HTTP/1.1\r\nHost: a\r\nContent-Type: application/octet-stream\r\nTransfer-Encoding: chunked\r\n\r\n4\r\n\0\0\0\0\r\n")
    seen = b""
    while more := slow.recv(4096):
        seen += more
        if b'"error"' in seen:
            break
    check("silent stream", b'"status":408' in seen, seen)
with socket.create_connection(("127.0.0.1", server.port), timeout=10) as other:
    other.sendall(b"POST /v1/recognize HTTP/1.1\r\nHost: a\r\nConnection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nContent-Type: audio/wav\r\nContent-Length: 4\r\n\r\nRIFF")
    check("an upgrade that is not offered", b" 4" in (seen := other.recv(100))[:14], seen)
with socket.create_connection(("127.0.0.1", server.port), timeout=10) as other:
    other.sendall(b"\x16\x03\x01 no HTTP at all\r\n\r\n")
    check("no HTTP", not (seen := other.recv(100)) or b" 400 " in seen, seen)

# Live audio.
status, body, _ = server.ask("/v1/stream?window=1", short[44:], Content_Type="application/octet-stream")
kinds = [json.loads(line)["type"] for line in body.splitlines()]
check("chunks", kinds[0] == "ready" and kinds.count("segment") == 2 and kinds[-1] == "done", kinds)
web = websocket.create_connection(server.url.replace("http", "ws") + "/v1/stream", timeout=20, origin=server.url)
web.send(json.dumps(dict(type="start", encoding="s16le", rate=16000, window=1)))
for i in range(44, len(short), 3200):
    web.send_binary(short[i : i + 3200])
web.send('{"type":"end"}')
kinds = []
while text := web.recv():
    kinds.append(json.loads(text)["type"] if text.startswith("{") else text)
    if kinds[-1] == "done":
        break
check("WebSocket", kinds[0] == "ready" and kinds.count("segment") == 2 and "partial" in kinds and kinds[-1] == "done", kinds)
web = websocket.create_connection(server.url.replace("http", "ws") + "/v1/stream", timeout=20, origin=server.url)
web.send(json.dumps(dict(type="start", encoding="s16le", rate=16000, partial=0.3)))
events = []
for i in range(44, len(talk), 3200):
    web.send_binary(talk[i : i + 3200])
web.send('{"type":"end"}')
while text := web.recv():
    if not text.startswith("{"):
        break
    events.append(json.loads(text))
    if events[-1]["type"] == "done":
        break
kinds, finals = [e["type"] for e in events], [(e["segment"]["start"], e["segment"]["end"]) for e in events if e["type"] == "segment"]
check("live utterances", len(finals) == 2 and abs(finals[0][0] - 1) < 0.3 and abs(finals[1][1] - 5.5) < 0.4 and kinds[-1] == "done", (kinds, finals))
check("partial before final", kinds.index("partial") < kinds.index("segment") if "partial" in kinds and "segment" in kinds else False, kinds)
try:
    websocket.create_connection(server.url.replace("http", "ws") + "/v1/stream", timeout=5, origin="https://elsewhere.example")
    check("another origin is let in", False)
except websocket.WebSocketBadStatusException as error:
    check("another origin", error.status_code == 403, error.status_code)
except websocket.WebSocketException as error:
    check("another origin", False, str(error))

# 100 jobs and a kill: all end, none twice.
def rows():
    with sqlite3.connect(f"file:{folder}/jobs.sqlite?mode=ro", uri=True) as database:
        return {row[0]: row[1:] for row in database.execute("SELECT id, state, attempts, finished, result FROM jobs")}


lengths = [10 + i / 10 for i in range(100)]
jobs = [json.loads(server.ask("/v1/jobs?window=1", wav(seconds), Content_Type=audio, Idempotency_Key=f"job-{i}")[1])["id"] for i, seconds in enumerate(lengths)]
server.process.kill()
server.process.wait()
before = rows()
done = {job for job in jobs if before[job][0] == "done"}
check("killed among the jobs", len(before) == 100 and len(done) < 100, len(done))
server = Server()
again = [json.loads(server.ask("/v1/jobs", short, Content_Type=audio, Idempotency_Key=f"job-{i}")[1])["id"] for i in range(100)]
check("sent again", again == jobs)
for _ in range(600):
    states = collections.Counter(json.loads(server.ask("/v1/jobs/" + job)[1])["state"] for job in jobs)
    if states["done"] == len(jobs):
        break
    time.sleep(0.1)
check("jobs", states["done"] == 100, states)
after = rows()
check("those that were done are left as they are", all(after[job] == before[job] for job in done))
check("none twice", server.counter("affect_jobs_finished_total") == 100 - len(done), server.counter("affect_jobs_finished_total"))
begun = {"done": 1, "running": 2, "queued": 1}
check("begun as often as needed", all(after[job][1] == begun[before[job][0]] for job in jobs), collections.Counter(row[1] for row in after.values()))
found = [json.loads(server.ask(f"/v1/jobs/{job}/result")[1])["duration"] for job in jobs]
check("results", all(abs(a - b) < 0.01 for a, b in zip(found, lengths)), found)
check("forgotten", server.ask("/v1/jobs/" + jobs[0], method="DELETE")[0] == 204 and server.ask("/v1/jobs/" + jobs[0])[0] == 404)
check("ended", server.end(30)[0] == 0)

# Asked to end with more than it can do in the time that it has: it takes nothing new, ends in time, and puts back what is left.
server = Server("--shutdown-timeout", "2")
job = json.loads(server.ask("/v1/jobs?window=0.5&hop=0.01", wav(900), Content_Type=audio)[1])["id"]
for _ in range(100):
    if json.loads(server.ask("/v1/jobs/" + job)[1])["state"] == "running":
        break
    time.sleep(0.05)
start = time.time()
server.process.terminate()
refused = None
while time.time() - start < 5 and refused is None:
    try:
        socket.create_connection(("127.0.0.1", server.port), timeout=1).close()
        time.sleep(0.02)
    except OSError:
        refused = time.time() - start
check("takes nothing new", refused is not None and refused < 1.5, refused)
try:
    status = server.process.wait(30)
except subprocess.TimeoutExpired:
    status = None
check("ends in its time", status == 0 and time.time() - start < 8, (status, time.time() - start))
check("put back", rows()[job][:2] == ("queued", 0), rows()[job][:2])

# A full server says so, and a server that is asked to end answers what it took.
server = Server("--concurrency", "1", "--queue", "1", "--keys", sys.argv[4])
key = dict(Authorization="Bearer " + open(sys.argv[4]).read().strip())
check("no key", server.ask("/v1/models")[0] == 401 and server.ask("/v1/models", Authorization="Bearer wrong")[0] == 401)
answers, long = [], wav(60)
clients = [threading.Thread(target=lambda: answers.append(server.ask("/v1/recognize?window=0.5&hop=0.05", long, Content_Type=audio, **key))) for _ in range(8)]
for client in clients:
    client.daemon = True
    client.start()
time.sleep(0.5)
server.process.send_signal(signal.SIGTERM)
for client in clients:
    client.join(60)
codes = collections.Counter(answer[0] for answer in answers)
check("full", set(codes) <= {200, 429} and codes[200] >= 1 and codes[429] >= 1, codes)
check("Retry-After", all(answer[2]["Retry-After"] for answer in answers if answer[0] == 429))
try:
    check("finished", server.process.wait(60) == 0)
except subprocess.TimeoutExpired:
    check("finished", False)
print(json.dumps(dict(problems=problems, checks=checks)))
