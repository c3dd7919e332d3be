"""A server under test, and recordings to send it."""
import atexit, math, random, re, struct, subprocess, time, urllib.error, urllib.request


class Server:
    """`affect serve` as a process that ends with this script, whatever becomes of it."""

    def __init__(self, affect, bundle, *more):
        arguments = [affect, "serve", "--model", f"small={bundle}", "--port", "0", "--body-timeout", "2", *more]
        self.process = subprocess.Popen(arguments, stderr=subprocess.PIPE, text=True)
        atexit.register(self.stop)
        self.url = re.search(r"http\S+", self.process.stderr.readline())[0]
        self.port = int(self.url.rsplit(":", 1)[1])
        for _ in range(300):
            if self.ask("/ready")[0] == 200:
                break
            time.sleep(0.05)

    def stop(self):
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()

    def memory(self):
        """Megabytes that the server holds, and held at the most."""
        with open(f"/proc/{self.process.pid}/status") as file:
            text = file.read()
        return [int(re.search(rf"{name}:\s+(\d+)", text)[1]) / 1024 for name in ("VmRSS", "VmHWM")]

    def end(self, within):
        """Asks the server to end; its exit status, and how long it took."""
        start = time.time()
        self.process.terminate()
        try:
            return self.process.wait(within), time.time() - start
        except subprocess.TimeoutExpired:
            return None, time.time() - start

    def counter(self, name):
        return float(re.search(rf"^{name} (\S+)", self.ask("/metrics")[1].decode(), re.M)[1])

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


def speech(pattern):
    """Noise that comes and goes as syllables do, and pauses: (voiced, seconds)."""
    dice, samples = random.Random(1), []
    for voiced, seconds in pattern:
        for i in range(int(seconds * 16000)):
            samples.append(int((9000 * abs(math.sin(2 * math.pi * 2.5 * i / 16000)) if voiced else 20) * dice.uniform(-1, 1)))
    body = struct.pack(f"<{len(samples)}h", *samples)
    return b"RIFF" + struct.pack("<I", 36 + len(body)) + b"WAVEfmt " + struct.pack("<IHHIIHH", 16, 1, 1, 16000, 32000, 2, 16) + b"data" + struct.pack("<I", len(body)) + body


def multipart(*parts, end=b"--x--\r\n"):
    return b"".join(b"--x\r\n" + head + b"\r\n\r\n" + body + b"\r\n" for head, body in parts) + end
