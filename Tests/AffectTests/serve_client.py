"""Starts `affect serve` and talks to it as clients of all kinds do. Prints what was not as it should be, as JSON.

serve_client.py AFFECT BUNDLE FOLDER
"""
import atexit, collections, json, math, re, signal, socket, struct, subprocess, sys, threading, time, urllib.error, urllib.request
import websocket

affect, bundle, folder = sys.argv[1:4]
problems, checks, figures = [], 0, {}


def check(name, good, seen=""):
    global checks
    checks += 1
    if not good:
        problems.append(f"{name}: {str(seen)[:300]}")


class Server:
    def __init__(self, *more):
        arguments = [affect, "serve", "--model", f"small={bundle}", "--port", "0", "--jobs", folder, "--body-timeout", "2", *more]
        self.process = subprocess.Popen(arguments, stderr=subprocess.PIPE, text=True)
        atexit.register(self.process.kill)
        self.url = re.search(r"http\S+", self.process.stderr.readline())[0]
        self.port = int(self.url.rsplit(":", 1)[1])
        for _ in range(300):
            if self.ask("/ready")[0] == 200:
                break
            time.sleep(0.05)

    def ask(self, path, data=None, method=None, **headers):
        names = {name.replace("_", "-"): value for name, value in headers.items()}
        request = urllib.request.Request(self.url + path, data=data, method=method, headers=names)
        try:
            with urllib.request.urlopen(request, timeout=60) as answer:
                return answer.status, answer.read(), answer.headers
        except urllib.error.HTTPError as error:
            return error.code, error.read(), error.headers


def wav(seconds, rate=16000, channels=1, count=None):
    samples = b"".join(struct.pack("<h", int(8000 * math.sin(i * 0.05))) for i in range(int(seconds * 16000)))
    size = len(samples) if count is None else count
    form = struct.pack("<IHHIIHH", 16, 1, channels, rate, (2 * rate) % 2**32, 2, 16)
    return b"RIFF" + struct.pack("<I", (36 + size) % 2**32) + b"WAVEfmt " + form + b"data" + struct.pack("<I", size % 2**32) + samples


def multipart(*parts, end=b"--x--\r\n"):
    return b"".join(b"--x\r\n" + head + b"\r\n\r\n" + body + b"\r\n" for head, body in parts) + end


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
check("csv", server.ask("/v1/recognize?format=csv", short, Content_Type=audio)[1].startswith(b"start,end,emotion,"))
for path in ["/", "/assets/app.js", "/assets/style.css", "/health", "/metrics", "/openapi.json", "/v1/models", "/v1/limits"]:
    check(path, server.ask(path)[0] == 200)
check("policy", "default-src 'none'" in server.ask("/")[2]["Content-Security-Policy"])
described = json.loads(server.ask("/openapi.json")[1])["paths"]
check("described", "/v1/recognize" in described and server.ask("/v1/recognize")[0] == 405)

# What is wrong: each a 4xx with a problem, soon.
playlist = b"#EXTM3U\n#EXTINF:1,\nfile:///etc/passwd\n"
hostile = {f"cut at {n}": (short[:n], audio) for n in (1, 4, 12, 20, 36, 44, 45, 100, 10000, len(short) - 1)}
hostile |= {
    "empty": (b"", audio), "words": (b"hello", audio), "zeros": (bytes(100000), audio), "2^31 samples": (wav(0.1, count=2**32 - 2), audio),
    "rate 1": (wav(2, rate=1), audio), "rate 2^32-1": (wav(2, rate=2**32 - 1), audio), "rate 0": (wav(2, rate=0), audio),
    "no channels": (wav(2, channels=0), audio), "65535 channels": (wav(2, channels=65535), audio), "playlist": (playlist, "audio/mpegurl"),
    "concat": (b"ffconcat version 1.0\nfile /etc/passwd\n", audio), "html": (b"<html></html>", "text/html"), "no type": (short, ""),
    "json": (b"{}", "application/json"), "no boundary": (short, "multipart/form-data"), "long boundary": (short, "multipart/form-data; boundary=" + "x" * 71),
    "no end": (multipart((file, short), end=b""), form), "no file": (multipart(), form), "empty file": (multipart((file, b"")), form),
    "two files": (multipart((file, short), (file, short)), form), "unknown field": (multipart((file, short), (b'Content-Disposition: form-data; name="path"', b"/etc/passwd")), form),
    "no disposition": (multipart((b"X: y", short)), form), "long headers": (multipart((b"X: " + b"y" * 9000, short)), form),
    "long field": (multipart((b'Content-Disposition: form-data; name="model"', b"y" * 2000), (file, short)), form),
    "base64": (multipart((file + b"\r\nContent-Transfer-Encoding: base64", short)), form), "wrong boundary": (multipart((file, short)), "multipart/form-data; boundary=y"),
}
for name, (data, kind) in hostile.items():
    start = time.time()
    status, body, headers = server.ask("/v1/recognize", data, Content_Type=kind)
    check(name, 400 <= status < 500 and headers["Content-Type"] == "application/problem+json" and folder.encode() not in body, (status, body))
    check(f"{name} in time", time.time() - start < 5, time.time() - start)
for query in ["model=/etc", "model=..%2f", "format=xml", "window=0", "window=nan", "window=1e9", "hop=9", "x=1", "format=csv&format=csv", "model=%ff"]:
    status, body, _ = server.ask("/v1/recognize?" + query, short, Content_Type=audio)
    check(query, status == 400, (status, body))
for path in ["/assets/..%2fopenapi.json", "/assets/%2e%2e/config.json", "/v1/jobs/..%2f..", "/v1/jobs/none", "/../etc/passwd", "//"]:
    check(path, server.ask(path)[0] == 404, server.ask(path)[:2])
check("encoded", server.ask("/v1/recognize", short, Content_Type=audio, Content_Encoding="gzip")[0] == 415)
with socket.create_connection(("127.0.0.1", server.port), timeout=10) as slow:
    start = time.time()
    slow.sendall(b"POST /v1/recognize HTTP/1.1\r\nHost: a\r\nContent-Type: audio/wav\r\nContent-Length: 1000\r\n\r\nRIFF")
    check("slow body", b" 408 " in slow.recv(100) and time.time() - start < 8, time.time() - start)
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
try:
    websocket.create_connection(server.url.replace("http", "ws") + "/v1/stream", timeout=5, origin="https://elsewhere.example")
    check("another origin is let in", False)
except websocket.WebSocketBadStatusException as error:
    check("another origin", error.status_code == 403, error.status_code)
except websocket.WebSocketException as error:
    check("another origin", False, str(error))

# 100 jobs and a kill: all end, none twice.
jobs = [json.loads(server.ask("/v1/jobs", wav(20), Content_Type=audio, Idempotency_Key=f"job-{i}")[1])["id"] for i in range(100)]
server.process.kill()
server.process.wait()
server = Server()
again = [json.loads(server.ask("/v1/jobs", short, Content_Type=audio, Idempotency_Key=f"job-{i}")[1])["id"] for i in range(100)]
check("sent again", again == jobs)
for _ in range(600):
    states = collections.Counter(json.loads(server.ask("/v1/jobs/" + job)[1])["state"] for job in jobs)
    if states["done"] == len(jobs):
        break
    time.sleep(0.1)
check("jobs", states["done"] == 100, states)
result = json.loads(server.ask(f"/v1/jobs/{jobs[-1]}/result")[1])
check("result", abs(result["duration"] - 20) < 0.01, result)
check("forgotten", server.ask("/v1/jobs/" + jobs[0], method="DELETE")[0] == 204 and server.ask("/v1/jobs/" + jobs[0])[0] == 404)
server.process.terminate()
check("ended", server.process.wait(30) == 0)

# A full server says so, and a server that is asked to end answers what it took.
server = Server("--concurrency", "1", "--queue", "1", "--keys", sys.argv[4])
key = dict(Authorization="Bearer " + open(sys.argv[4]).read().strip())
check("no key", server.ask("/v1/models")[0] == 401 and server.ask("/v1/models", Authorization="Bearer wrong")[0] == 401)
answers, long = [], wav(60)
clients = [threading.Thread(target=lambda: answers.append(server.ask("/v1/recognize?window=0.5&hop=0.05", long, Content_Type=audio, **key))) for _ in range(8)]
for client in clients:
    client.start()
time.sleep(0.5)
server.process.send_signal(signal.SIGTERM)
for client in clients:
    client.join()
codes = collections.Counter(answer[0] for answer in answers)
check("full", set(codes) <= {200, 429} and codes[200] >= 1 and codes[429] >= 1, codes)
check("Retry-After", all(answer[2]["Retry-After"] for answer in answers if answer[0] == 429))
check("finished", server.process.wait(60) == 0)
print(json.dumps(dict(problems=problems, checks=checks)))
