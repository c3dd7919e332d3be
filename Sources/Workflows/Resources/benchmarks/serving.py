"""Loads `affect serve` as many clients at a time do, each on a connection of its own that is kept.

serving.py AFFECT BUNDLE [--clients 64] [--seconds 300] [--clip 3] [--batch 32] [OPTION OF affect serve]...
    measures once, and prints what it came to as JSON
serving.py
    reads a line of JSON for each measurement, {"affect", "bundle", "clients", "seconds", "clip", "batch"}, and answers each
    with one: for `affect bench serve`
"""
import argparse, asyncio, atexit, collections, json, math, os, random, re, signal, statistics, struct, subprocess, sys, time


def clip(seconds, seed):
    """Noise that comes and goes four times a second, as syllables do: WAV, mono, 16 kHz."""
    dice = random.Random(seed)
    count = int(seconds * 16000)
    samples = b"".join(
        struct.pack("<h", int(9000 * max(0.0, math.sin(2 * math.pi * 4 * i / 16000 + seed)) * dice.uniform(-1, 1))) for i in range(count))
    return (b"RIFF" + struct.pack("<I", 36 + len(samples)) + b"WAVEfmt " + struct.pack("<IHHIIHH", 16, 1, 1, 16000, 32000, 2, 16)
            + b"data" + struct.pack("<I", len(samples)) + samples)


class Server:
    def __init__(self, affect, bundle, more):
        self.process = subprocess.Popen(
            [affect, "serve", "--model", f"load={bundle}", "--port", "0", *more], stderr=subprocess.PIPE, text=True)
        atexit.register(self.process.kill)
        line = self.process.stderr.readline()
        found = re.search(r"http://([\d.]+):(\d+)", line)
        if not found:
            sys.exit(f"affect serve did not start: {line}{self.process.stderr.read()}")
        self.host, self.port = found[1], int(found[2])

    def resident(self):
        """Megabytes that the server holds."""
        with open(f"/proc/{self.process.pid}/status") as file:
            return int(re.search(r"VmRSS:\s+(\d+)", file.read())[1]) / 1024

    def processor(self):
        """Seconds of processor that it used."""
        with open(f"/proc/{self.process.pid}/stat") as file:
            fields = file.read().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        try:
            return self.process.wait(30)
        except subprocess.TimeoutExpired:
            self.process.kill()
            return None


async def answer(reader):
    """The status and the headers of an answer whose body is read and left."""
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
    status = int(head.split(" ", 2)[1])
    headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in head.split("\r\n")[1:])}
    await reader.readexactly(int(headers.get("content-length", 0)))
    return status, headers


async def client(server, bodies, until, taken, codes, faults):
    reader = writer = None
    number = 0
    while time.monotonic() < until:
        body = bodies[number % len(bodies)]
        number += 1
        begin = time.monotonic()
        try:
            if writer is None:
                reader, writer = await asyncio.open_connection(server.host, server.port, limit=1 << 20)
            writer.write(b"POST /v1/recognize HTTP/1.1\r\nHost: load\r\nContent-Type: audio/wav\r\nContent-Length: %d\r\n\r\n" % len(body))
            writer.write(body)
            await writer.drain()
            status, headers = await asyncio.wait_for(answer(reader), 120)
        except (OSError, EOFError, asyncio.TimeoutError) as error:
            faults[type(error).__name__] += 1
            if writer:
                writer.close()
            writer = None
            continue
        codes[status] += 1
        if status == 200:
            taken.append(time.monotonic() - begin)
        elif status == 429:
            await asyncio.sleep(min(float(headers.get("retry-after", 1)), 5))
        if headers.get("connection") == "close":
            writer.close()
            writer = None
    if writer:
        writer.close()


async def ready(server):
    for _ in range(600):
        try:
            reader, writer = await asyncio.open_connection(server.host, server.port)
            writer.write(b"GET /ready HTTP/1.1\r\nHost: load\r\nConnection: close\r\n\r\n")
            status, _ = await answer(reader)
            writer.close()
            if status == 200:
                return
        except (OSError, EOFError):
            pass
        await asyncio.sleep(0.1)
    sys.exit("affect serve does not get ready")


async def measure(server, clients, seconds, length):
    await ready(server)
    bodies = [clip(length * (0.8 + 0.4 * i / 15), i) for i in range(16)]
    taken, codes, faults, memory = [], collections.Counter(), collections.Counter(), []
    # What is loaded and compiled once is no part of the measurement.
    until = time.monotonic() + min(2, seconds)
    await asyncio.gather(*(client(server, bodies[i % 16 :] + bodies[: i % 16], until, [], collections.Counter(), faults) for i in range(clients)))
    begin, used, own = time.monotonic(), server.processor(), time.process_time()

    async def watch():
        while True:
            memory.append(round(server.resident(), 1))
            await asyncio.sleep(1)

    watching = asyncio.create_task(watch())
    until = begin + seconds
    await asyncio.gather(*(client(server, bodies[i % 16 :] + bodies[: i % 16], until, taken, codes, faults) for i in range(clients)))
    watching.cancel()
    lasted = time.monotonic() - begin
    ordered = sorted(taken) or [math.inf]
    third = max(len(memory) // 3, 1)
    return {
        "seconds": lasted / max(len(taken), 1), "requests": len(taken), "lasted": round(lasted, 2), "perSecond": round(len(taken) / lasted, 2),
        "p50": round(ordered[len(ordered) // 2], 4), "p99": round(ordered[min(int(len(ordered) * 0.99), len(ordered) - 1)], 4), "longest": round(ordered[-1], 4),
        "answers": {str(code): count for code, count in sorted(codes.items())}, "faults": dict(faults),
        "memory": memory, "memoryFirstThird": statistics.median(memory[:third]), "memoryLastThird": statistics.median(memory[-third:]), "memoryMost": max(memory),
        "processorSeconds": round(server.processor() - used, 2), "clientProcessorSeconds": round(time.process_time() - own, 2),
    }


def run(affect, bundle, clients=64, seconds=300, clip=3, batch=32, more=()):
    server = Server(affect, bundle, ["--batch", str(batch), *more])
    try:
        found = asyncio.run(measure(server, clients, seconds, clip))
    finally:
        status = server.stop()
    found["exit"] = status
    return found


if len(sys.argv) > 1:
    parser = argparse.ArgumentParser()
    parser.add_argument("affect")
    parser.add_argument("bundle")
    parser.add_argument("--clients", type=int, default=64)
    parser.add_argument("--seconds", type=float, default=300)
    parser.add_argument("--clip", type=float, default=3)
    parser.add_argument("--batch", type=int, default=32)
    options, more = parser.parse_known_args()
    print(json.dumps(run(options.affect, options.bundle, options.clients, options.seconds, options.clip, options.batch, more)))
else:
    for line in sys.stdin:
        print(json.dumps(run(**json.loads(line))), flush=True)
