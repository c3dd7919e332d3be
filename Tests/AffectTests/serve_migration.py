"""Starts `affect serve` on jobs that the first version wrote down, and prints what was not as it should be, as JSON.

serve_migration.py AFFECT BUNDLE FOLDER
"""
import json, os, sqlite3, sys, time
import serving
from serving import wav

affect, bundle, folder = sys.argv[1:4]
problems, now = [], time.time()
os.makedirs(folder)
# As GRDB made it of migration "1", when windows were all that a recording could be cut into.
SCHEMA = """
CREATE TABLE grdb_migrations (identifier TEXT NOT NULL PRIMARY KEY);
INSERT INTO grdb_migrations VALUES ('1');
CREATE TABLE "jobs" ("id" TEXT PRIMARY KEY NOT NULL, "owner" TEXT NOT NULL, "idempotencyKey" TEXT, "state" TEXT NOT NULL,
  "model" TEXT NOT NULL, "window" DOUBLE NOT NULL, "hop" DOUBLE NOT NULL, "whole" DOUBLE NOT NULL, "created" DOUBLE NOT NULL,
  "seconds" DOUBLE NOT NULL, "started" DOUBLE, "finished" DOUBLE, "expires" DOUBLE, "duration" DOUBLE, "attempts" INTEGER NOT NULL,
  "file" TEXT, "problem" TEXT, "result" BLOB, UNIQUE ("owner", "idempotencyKey"));
CREATE INDEX "jobs_on_state" ON "jobs" ("state");
"""
COLUMNS = "id owner idempotencyKey state model window hop whole created seconds started finished expires duration attempts file result".split()
kept = {"model": "small", "file": "old.wav", "duration": 9.0, "segments": []}
rows = [
    ("waiting", "", "again", "queued", "small", 1.0, 0.5, 0.0, now - 60, 0.0, None, None, None, None, 0, "new.wav", None),
    ("broken", "", None, "running", "small", 2.0, 2.0, 30.0, now - 90, 1.0, now - 80, None, None, 4.0, 1, "cut.wav", None),
    ("ended", "", None, "done", "small", 5.0, 5.0, 30.0, now - 99, 9.0, now - 90, now - 80, now + 3600, 9.0, 1, "old.wav", json.dumps(kept).encode()),
]
with sqlite3.connect(folder + "/jobs.sqlite") as database:
    database.executescript(SCHEMA)
    database.executemany(f"INSERT INTO jobs ({', '.join(COLUMNS)}) VALUES ({', '.join('?' * len(COLUMNS))})", rows)
database.close()
for name, seconds in [("waiting", 3), ("broken", 4)]:
    with open(f"{folder}/{name}.recording", "wb") as file:
        file.write(wav(seconds))


def check(name, good, seen):
    if not good:
        problems.append(f"{name}: {str(seen)[:300]}")


def job(server, name, end=""):
    status, body, _ = server.ask(f"/v1/jobs/{name}{end}")
    return json.loads(body) if status == 200 else {"state": status}


# Twice: what was carried over stays, and nothing is carried over again.
for _ in range(2):
    server = serving.Server(affect, bundle, "--jobs", folder)
    until = time.time() + 20
    while time.time() < until and any(job(server, name)["state"] in ("queued", "running") for name in ("waiting", "broken")):
        time.sleep(0.1)
    states = {row[0]: job(server, row[0])["state"] for row in rows}
    check("states", set(states.values()) == {"done"}, states)
    check("kept", job(server, "ended", "/result") == kept, job(server, "ended", "/result"))
    spans = [[s["start"], s["end"]] for s in job(server, "waiting", "/result").get("segments", [])]
    check("windows of 1 s every 0.5 s", spans == [[0.5 * i, 0.5 * i + 1] for i in range(5)], spans)
    spans = [[s["start"], s["end"]] for s in job(server, "broken", "/result").get("segments", [])]
    check("up to 30 s in one", spans == [[0, 4]], spans)
    status = server.ask("/v1/jobs", wav(1), Content_Type="audio/wav", Idempotency_Key="again")
    check("sent again", status[0] == 200 and json.loads(status[1])["id"] == "waiting", status[:2])
    ended, _ = server.end(30)
    check("exit", ended == 0, ended)
print(json.dumps({"problems": problems}))
