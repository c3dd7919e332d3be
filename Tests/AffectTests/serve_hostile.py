"""Sends `affect serve` what is made to harm it: each is answered with a 4xx soon, and the server's memory stays as it was. Prints
what was not so, as JSON.

serve_hostile.py AFFECT BUNDLE
"""
import gzip, io, json, socket, struct, sys, time, zipfile, zlib
from serving import Server, multipart, wav

problems, inputs, slowest = [], 0, 0.0
server = Server(*sys.argv[1:3], "--max-seconds", "60", "--max-megabytes", "8")
short, audio, form = wav(2), "audio/wav", "multipart/form-data; boundary=x"
file = b'Content-Disposition: form-data; name="file"; filename="../../etc/passwd"'
server.ask("/v1/recognize", short, Content_Type=audio)
resident = server.memory()[0]


def judge(name, status, start, seen):
    global inputs, slowest
    inputs += 1
    slowest = max(slowest, time.time() - start)
    if not 400 <= status < 500:
        problems.append(f"{name}: {status}, {str(seen)[:300]}")
    if time.time() - start > 5:
        problems.append(f"{name}: took {time.time() - start:.1f} s")


def box(kind, size):
    return struct.pack(">I", size) + kind


archive = io.BytesIO()
with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as made:
    made.writestr("a.wav", bytes(30_000_000))
aiff = b"FORM" + struct.pack(">I", 2**31) + b"AIFFCOMM" + struct.pack(">IHIH", 18, 1, 2**32 - 1, 16) + bytes([0x40, 0x0C, 0xFA, 0, 0, 0, 0, 0, 0, 0]) + b"SSND" + struct.pack(">III", 2**31, 0, 0) + bytes(100)
flac = b"fLaC" + bytes([0x80, 0, 0, 34]) + struct.pack(">HH", 16, 65535) + bytes(6) + struct.pack(">Q", (16000 << 44) | (15 << 36) | (2**36 - 1)) + bytes(16)
recordings = {f"cut at {n}": (short[:n], audio) for n in (1, 4, 12, 20, 36, 44, 45, 100, 10000, len(short) - 1)}
recordings |= {
    "empty": (b"", audio), "words": (b"hello", audio), "zeros": (bytes(100000), audio), "2^31 samples": (wav(0.1, count=2**32 - 2), audio),
    "rate 1": (wav(2, rate=1), audio), "rate 2^32-1": (wav(2, rate=2**32 - 1), audio), "rate 0": (wav(2, rate=0), audio), "rate 4": (wav(4, rate=4), audio),
    "no channels": (wav(2, channels=0), audio), "65535 channels": (wav(2, channels=65535), audio), "too long": (wav(61), audio), "too large": (wav(1) + bytes(9 << 20), audio),
    "playlist": (b"#EXTM3U\n#EXTINF:1,\nfile:///etc/passwd\n", "audio/mpegurl"), "playlist of an address": (b"#EXTM3U\n#EXTINF:1,\nhttp://127.0.0.1:1/a.ts\n", audio),
    "concat": (b"ffconcat version 1.0\nfile /etc/passwd\n", audio), "concat protocol": (b"concat:/etc/passwd|/etc/hosts", audio), "SDP": (b"v=0\nm=audio 5004 RTP/AVP 0\nc=IN IP4 127.0.0.1\n", audio),
    "html": (b"<html></html>", "text/html"), "no type": (short, ""), "json": (b"{}", "application/json"), "a type that is none": (short, "audio;;;=,"), "PNG": (b"\x89PNG\r\n\x1a\n" + bytes(100), audio),
    "zip bomb": (archive.getvalue(), audio), "gzip bomb": (gzip.compress(bytes(30_000_000)), audio), "zlib": (zlib.compress(short), audio),
    "AU of 2^31": (b".snd" + struct.pack(">IIIII", 24, 2**31, 3, 16000, 1) + bytes(100), audio), "AIFF of 2^32": (aiff, audio), "FLAC of 2^36": (flac, "audio/flac"),
    "MP4 box of 2^62": (box(b"ftyp", 16) + b"isom\0\0\0\0" + box(b"moov", 1) + struct.pack(">Q", 2**62) + bytes(50), "video/mp4"), "MP4 of boxes in boxes": (b"".join(box(b"moov", 8 * (1000 - i)) for i in range(1000)), "video/mp4"),
    "WebM without an end": (b"\x1a\x45\xdf\xa3\x01\xff\xff\xff\xff\xff\xff\xff" + bytes(64), "video/webm"), "Ogg, cut": (b"OggS" + bytes(30), "audio/ogg"),
    "RF64": (b"RF64\xff\xff\xff\xffWAVEds64" + struct.pack("<IQQQI", 28, 2**63, 2**63, 2**63, 0) + short[12:], audio),
    "NaN": (short[:20] + struct.pack("<HHIIHH", 3, 1, 16000, 64000, 4, 32) + b"data" + struct.pack("<I", 4000) + b"\xff\xff\xff\x7f" * 1000, audio),
    "far beyond full scale": (short[:20] + struct.pack("<HHIIHH", 3, 1, 16000, 64000, 4, 32) + b"data" + struct.pack("<I", 4000) + struct.pack("<f", 3e38) * 1000, audio),
    "no boundary": (short, "multipart/form-data"), "long boundary": (short, "multipart/form-data; boundary=" + "x" * 71), "no end": (multipart((file, short), end=b""), form),
    "no file": (multipart(), form), "empty file": (multipart((file, b"")), form), "two files": (multipart((file, short), (file, short)), form),
    "a path as a field": (multipart((file, short), (b'Content-Disposition: form-data; name="path"', b"/etc/passwd")), form),
    "no disposition": (multipart((b"X: y", short)), form), "long headers": (multipart((b"X: " + b"y" * 9000, short)), form),
    "long field": (multipart((b'Content-Disposition: form-data; name="model"', b"y" * 2000), (file, short)), form), "a field that is no text": (multipart((b'Content-Disposition: form-data; name="model"', b"\xff\xfe"), (file, short)), form),
    "base64": (multipart((file + b"\r\nContent-Transfer-Encoding: base64", short)), form), "wrong boundary": (multipart((file, short)), "multipart/form-data; boundary=y"),
    "33 fields": (multipart(*[(b'Content-Disposition: form-data; name="f%d"' % i, b"") for i in range(33)]), form),
    "model that is a path": (multipart((file, short), (b'Content-Disposition: form-data; name="model"', b"../../etc")), form),
}
for name, (data, kind) in recordings.items():
    start = time.time()
    try:
        status, body, headers = server.ask("/v1/recognize", data, Content_Type=kind)
    except OSError as error:
        status, body, headers = 0, repr(error).encode(), {"Content-Type": None}
    judge(name, status, start, body)
    if headers["Content-Type"] != "application/problem+json" or b"/tmp" in body or b"upload-" in body:
        problems.append(f"{name}: {headers['Content-Type']}, {body[:300]}")

head = b"POST /v1/recognize HTTP/1.1\r\nHost: a\r\nContent-Type: audio/wav\r\n"
requests = {
    "no HTTP": b"\x16\x03\x01 no HTTP at all\r\n\r\n", "negative length": head + b"Content-Length: -1\r\n\r\n", "a length that is no number": head + b"Content-Length: 1e9\r\n\r\n",
    "length of 2^63": head + b"Content-Length: 9223372036854775808\r\n\r\n", "length of a terabyte": head + b"Content-Length: 1000000000000\r\n\r\n",
    "two lengths": head + b"Content-Length: 5\r\nContent-Length: 6\r\n\r\nhello!", "chunk of 2^64": head + b"Transfer-Encoding: chunked\r\n\r\nFFFFFFFFFFFFFFFFF\r\n",
    "chunk of no size": head + b"Transfer-Encoding: chunked\r\n\r\nxyz\r\n", "long header": head + b"X: " + b"y" * 70_000 + b"\r\n\r\n", "many headers": head + b"".join(b"X%d: y\r\n" % i for i in range(2000)) + b"\r\n",
    "long path": b"GET /" + b"a" * 70_000 + b" HTTP/1.1\r\nHost: a\r\n\r\n", "path of dots": b"GET /../../etc/passwd HTTP/1.1\r\nHost: a\r\n\r\n",
    "NUL in a path": b"GET /assets/app.js%00 HTTP/1.1\r\nHost: a\r\n\r\n", "a method of its own": b"BREW /v1/recognize HTTP/1.1\r\nHost: a\r\n\r\n", "gzip": head + b"Content-Encoding: gzip\r\nContent-Length: 4\r\n\r\nabcd",
    "a body that stops": head + b"Content-Length: 1000\r\n\r\nRIFF", "chunks that stop": head + b"Transfer-Encoding: chunked\r\n\r\n4\r\nRIFF\r\n",
    "WebSocket of another page": b"GET /v1/stream HTTP/1.1\r\nHost: a\r\nOrigin: https://b\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n",
    "WebSocket of version 99": b"GET /v1/stream HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 99\r\nSec-WebSocket-Key: a\r\n\r\n",
    "WebSocket elsewhere": b"GET /v1/recognize HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: a\r\n\r\n",
}
for name, data in requests.items():
    start, seen = time.time(), b""
    with socket.create_connection(("127.0.0.1", server.port), timeout=6) as connection:
        try:
            connection.sendall(data)
            while b"\r\n" not in seen and (more := connection.recv(1000)):
                seen += more
        except OSError as error:
            seen += b" " + repr(error).encode()
    parts = seen.split(b" ")
    judge(name, int(parts[1]) if seen.startswith(b"HTTP/1.") and parts[1].isdigit() else 0, start, seen)

status, body, _ = server.ask("/v1/recognize", short, Content_Type=audio)
if status != 200:
    problems.append(f"afterwards: {status}, {body[:200]}")
# A hundred megabytes: the largest body, and what FFmpeg's readers keep.
if server.memory()[1] > resident + 100:
    problems.append(f"memory: {resident:.0f} MB before, {server.memory()[1]:.0f} at the most")
print(json.dumps(dict(problems=problems, inputs=inputs, slowest=slowest, resident=resident, most=server.memory()[1])))
