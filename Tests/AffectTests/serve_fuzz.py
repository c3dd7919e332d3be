"""Fuzzes `affect serve`: recordings, multipart bodies, requests, WebSocket frames and messages that were right before bytes of them
were changed. The server must neither end nor answer 5xx, and must answer at all. Prints what it found, as JSON; each problem names the
seed that makes it again.

serve_fuzz.py AFFECT BUNDLE SECONDS [SEED]
"""
import base64, io, json, math, random, socket, struct, sys, time
import soundfile
from serving import Server, multipart, speech, wav

affect, bundle, seconds = sys.argv[1], sys.argv[2], float(sys.argv[3])
seed = int(sys.argv[4]) if len(sys.argv) > 4 else 1
server = Server(affect, bundle, "--max-seconds", "20", "--timeout", "20")
problems, counts, answers = [], {}, {}
file = b'Content-Disposition: form-data; name="file"; filename="a.wav"'


def recordings():
    """Short recordings of many kinds: what a decoder is led into by a good beginning."""
    made = [wav(0.3), wav(0.2, channels=2), speech([(True, 0.3)])]
    samples = [0.3 * math.sin(i * 0.05) for i in range(8000)]
    for kind, subtype in [("FLAC", "PCM_16"), ("OGG", "VORBIS"), ("OGG", "OPUS"), ("MP3", "MPEG_LAYER_III"), ("AIFF", "PCM_24"), ("AU", "ULAW"), ("CAF", "ALAC_16"), ("W64", "PCM_16"), ("WAV", "MS_ADPCM"), ("WAV", "FLOAT"), ("RF64", "PCM_16")]:
        file = io.BytesIO()
        soundfile.write(file, samples, 16000, format=kind, subtype=subtype)
        made.append(file.getvalue())
    return made


def changed(data, dice):
    data = bytearray(data)
    for _ in range(dice.choice([1, 1, 2, 4, 16])):
        at = dice.randrange(len(data)) if data else 0
        match dice.randrange(7):
            case 0 if data: data[at] = dice.randrange(256)
            case 1 if data: data[at] ^= 1 << dice.randrange(8)
            case 2: del data[at : at + dice.choice([1, 2, 4, 100])]
            case 3: data[at:at] = dice.randbytes(dice.choice([1, 2, 4, 100]))
            case 4: data[at : at + 4] = struct.pack(dice.choice("<>") + "I", dice.choice([0, 1, 2**31 - 1, 2**31, 2**32 - 1, 65536]))
            case 5: data[at:at] = data[at : at + dice.choice([4, 64, 1000])]
            case 6: data = data[: dice.randrange(len(data) + 1)]
    return bytes(data)


def post(body, kind, path=b"/v1/recognize"):
    return b"POST %s HTTP/1.1\r\nHost: a\r\nConnection: close\r\nContent-Type: %s\r\nContent-Length: %d\r\n\r\n" % (path, kind, len(body)) + body


def frame(opcode, data, dice):
    mask = dice.randbytes(4)
    size = bytes([0x80 | len(data)]) if len(data) < 126 else b"\xfe" + struct.pack(">H", len(data)) if len(data) < 65536 else b"\xff" + struct.pack(">Q", len(data))
    return bytes([0x80 | opcode]) + size + mask + bytes(b ^ mask[i % 4] for i, b in enumerate(data))


def socketed(dice):
    key = base64.b64encode(dice.randbytes(16))
    hello = b"GET /v1/stream HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: " + key + b"\r\n\r\n"
    start = json.dumps(dict(type="start", encoding=dice.choice(["s16le", "f32le"]), rate=dice.choice([8000, 16000, 44100]), window=1, partial=0.2)).encode()
    if dice.random() < 0.5:
        start = changed(start, dice)
    frames = frame(1, start, dice) + frame(2, dice.randbytes(dice.choice([0, 1, 3, 3200, 40000])), dice) + frame(9, b"hi", dice) + frame(1, b'{"type":"end"}', dice)
    return hello + (changed(frames, dice) if dice.random() < 0.7 else frames)


def made(dice, seeds):
    match dice.randrange(6):
        case 0 | 1: return "recording", post(changed(dice.choice(seeds), dice), b"audio/wav")
        case 2: return "multipart", post(changed(multipart((file, seeds[0]), (b'Content-Disposition: form-data; name="window"', b"1")), dice), b"multipart/form-data; boundary=x")
        case 3: return "request", changed(post(seeds[0][:400], b"multipart/form-data; boundary=x", b"/v1/recognize?window=1&format=csv"), dice)
        case 4: return "WebSocket", socketed(dice)
        case _:
            length = dice.choice([0, 1, 3, 32, 3200])
            return "stream", post(dice.randbytes(length), b"application/octet-stream", b"/v1/stream?encoding=f32le&rate=%d" % dice.choice([4000, 16000, 192000]))


seeds = recordings()
until = time.time() + seconds
while time.time() < until and len(problems) < 10:
    kind, data = made(random.Random(seed), seeds)
    counts[kind] = counts.get(kind, 0) + 1
    seen = b""
    try:
        with socket.create_connection(("127.0.0.1", server.port), timeout=10) as connection:
            connection.sendall(data)
            # What waits for more bytes gets none.
            connection.shutdown(socket.SHUT_WR)
            while more := connection.recv(65536):
                seen += more
    except TimeoutError:
        problems.append(f"seed {seed}, {kind}: no answer and no end within 10 s")
    except ConnectionRefusedError:
        # It is on its way out, and takes a while to say why.
        server.process.wait(60)
    except OSError as error:
        seen = seen or repr(error).encode()
    status = seen[9:12].decode("latin-1") if seen.startswith(b"HTTP/1.1 ") else "closed"
    answers[status] = answers.get(status, 0) + 1
    if status.startswith("5"):
        problems.append(f"seed {seed}, {kind}: {seen[:400]!r}")
    if server.process.poll() is not None:
        problems.append(f"seed {seed}, {kind}: the server ended with {server.process.returncode}: {server.process.stderr.read()[:2500]}")
        server = Server(affect, bundle, "--max-seconds", "20", "--timeout", "20")
    seed += 1
if server.ask("/v1/recognize", wav(1), Content_Type="audio/wav")[0] != 200:
    problems.append("afterwards the server does not recognise")
print(json.dumps(dict(problems=problems, counts=counts, answers=answers, kinds=len(seeds), next=seed, memory=server.memory())))
