#!/usr/bin/env python3
"""SIGKILL of the served program while a round is sampled at full load: whoever had his answer finds his tube there, once.

`bihuan load` keeps the server busy; beside it clients of our own note every acknowledgement. After each kill the
server starts again and is asked the same things again: the answers are the same bytes. Prints what it saw."""
import asyncio
import json
import os
import random
import signal
import sqlite3
import subprocess
import sys
import threading
import time

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "../api"))
import server as api  # noqa: E402
from rehearsal import Round, session_file  # noqa: E402

KILLS = int(os.environ.get("BIHUAN_LOAD_KILLS", "3"))
POOL, NOTED, CLIENTS = 10, 60_000, 32
TOGETHER = 4  # tubes in one request of every second client
PEOPLE = 120_000 + NOTED


class Noted:
    """Tubes of our own in a round, and which of them were acknowledged."""

    def __init__(self, admin):
        made = Round(admin, PEOPLE, POOL)
        self.round, self.site = made.round, made.site
        self.next = PEOPLE - NOTED + 1  # the first slots are those of bihuan load
        self.acknowledged = {}  # key: body, answer, slots

    def tube(self):
        slots = list(range(self.next, self.next + POOL))
        self.next += POOL
        return slots, json.dumps({"round": self.round, "site": self.site, "code": f"K{slots[0]:08d}",
                                  "people": [{"slot": slot} for slot in slots]}).encode()


async def ask(reader, writer, head, key, body, path=b"/sample_tube"):
    writer.write(b"POST /api/v1/commands%s" % path + head
                 + b"Idempotency-Key: %s\r\nContent-Length: %d\r\n\r\n" % (key.encode(), len(body)) + body)
    status = int((await reader.readline()).split(b" ")[1])
    length = 0
    while True:
        line = await reader.readline()
        if line in (b"\r\n", b""):
            break
        if line.lower().startswith(b"content-length:"):
            length = int(line.split(b":")[1])
    return status, await reader.readexactly(length)


def head_of(admin):
    return (f" HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
            f"Cookie: bihuan_session={admin.cookie}\r\nX-Bihuan-CSRF: {admin.csrf}\r\n").encode()


async def ask_together(reader, writer, head, tubes):
    """Keys, and what came for each: the bytes that the tube alone would have been answered with."""
    keys = [api.idempotency_key() for _ in tubes]
    body = b'{"commands":[%s]}' % b",".join(
        b'{"command":"sample_tube","key":"%s","body":%s}' % (key.encode(), tube) for key, (_, tube) in zip(keys, tubes))
    status, answer = 503, b""
    while status == 503:
        status, answer = await ask(reader, writer, head, keys[0], body, b"")
    assert status == 200, (status, answer)
    found = json.loads(answer)["answers"]
    assert len(found) == len(keys) and all(each["status"] == 200 for each in found), answer
    return keys, [json.dumps(each["body"], separators=(",", ":")).encode() for each in found]


async def noting_together(port, head, made):
    try:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        while made.next <= PEOPLE - POOL * TOGETHER:
            tubes = [made.tube() for _ in range(TOGETHER)]
            keys, answers = await ask_together(reader, writer, head, tubes)
            for key, answer, (slots, body) in zip(keys, answers, tubes):
                made.acknowledged[key] = (body, answer, slots)
            await asyncio.sleep(0.03 * TOGETHER)
    except (OSError, IndexError, asyncio.IncompleteReadError):
        return  # killed


async def noting(port, head, made):
    """Until the server is gone; a busy answer is tried again under the same key."""
    try:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        while made.next <= PEOPLE - POOL:
            slots, body = made.tube()
            key, status = api.idempotency_key(), 503
            while status == 503:
                status, answer = await ask(reader, writer, head, key, body)
            assert status == 200, (status, answer)
            made.acknowledged[key] = (body, answer, slots)
            await asyncio.sleep(0.03)
    except (OSError, IndexError, asyncio.IncompleteReadError):
        return  # killed


async def noting_all(port, head, made):
    await asyncio.gather(*((noting, noting_together)[number % 2](port, head, made) for number in range(CLIENTS)))


async def again(port, head, made):
    """Every acknowledged command once more: nothing new, the same bytes."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    for key, (body, before, _) in made.acknowledged.items():
        status, answer = await ask(reader, writer, head, key, body)
        assert status == 200 and answer == before, (key, status, answer, before)
    writer.close()


def kill_once(server, admin, made, number, session):
    load = subprocess.Popen([api.binary(), "load", "--to", f"127.0.0.1:{server.port}", "--session", session,
                             "--round", str(made.round), "--residents", str(PEOPLE - NOTED), "--rate", "0", "--pool", "2",
                             "--skip", str(number * 15000), "--connections", "128", "--seconds", "60", "--json"],
                            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    before = len(made.acknowledged)
    try:
        timer = threading.Timer(random.uniform(0.7, 2.0), server.process.send_signal, (signal.SIGKILL,))
        timer.start()
        asyncio.run(noting_all(server.port, head_of(admin), made))
        timer.join()
    finally:
        load.kill()
        load.wait()
    server.process.wait(timeout=20)
    assert server.process.returncode == -signal.SIGKILL, server.process.returncode
    assert len(made.acknowledged) > before, "nothing was acknowledged before the kill"
    begun = time.monotonic()
    server.serve()
    started = time.monotonic() - begun
    admin.port = server.port
    admin.close()
    asyncio.run(again(server.port, head_of(admin), made))
    return started


def prove(server, made):
    """In the files, once the server has stopped in order."""
    log = sqlite3.connect(f"file:{server.data}/log.db?mode=ro", uri=True)
    for key, (_, answer, slots) in made.acknowledged.items():
        tube = json.loads(answer)["tube"]
        found = log.execute("SELECT count(*), min(id) & 4294967295, max(id) & 4294967295 FROM sample WHERE tube = ?",
                            (tube,)).fetchone()
        assert found == (POOL, slots[0], slots[-1]), (key, tube, found)
        events = log.execute("SELECT count(*) FROM event WHERE key = ?", (bytes.fromhex(key),)).fetchone()[0] \
            if len(made.acknowledged) < 50 else 1
        assert events == 1, (key, events)
    rows = {name: log.execute(sql).fetchone()[0] for name, sql in (
        ("sampled", "SELECT count(*) FROM sample"), ("counted", "SELECT sum(sampled) FROM round_count"),
        ("tubes", "SELECT count(*) FROM tube"), ("counted_tubes", "SELECT sum(tubes) FROM round_total"),
        ("keys", "SELECT count(*) - count(DISTINCT key) FROM event WHERE key IS NOT NULL"))}
    log.close()
    assert rows["sampled"] == rows["counted"] and rows["tubes"] == rows["counted_tubes"] and rows["keys"] == 0, rows
    subprocess.run([api.binary(), "verify", "--data", server.data], check=True, stdout=subprocess.DEVNULL)
    subprocess.run([api.binary(), "rebuild", "--check", "--data", server.data], check=True, stdout=subprocess.DEVNULL)
    return rows


def main():
    server = api.Server()
    try:
        admin = server.admin()
        made = Noted(admin)
        session = session_file(server, admin)
        started = [kill_once(server, admin, made, number, session) for number in range(KILLS)]
        assert server.stop() == 0, server.output()
        rows = prove(server, made)
        print(f"{KILLS} kills under load, {len(made.acknowledged)} of {rows['tubes']} tubes noted as acknowledged, "
              f"all there once; open again in {max(started):.1f} s at most")
    finally:
        server.remove()
    print("proved")


main()
