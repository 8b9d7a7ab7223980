"""Many, slow and broken clients; live streams."""
import asyncio
import json
import selectors
import socket
import threading
import time

from server import idempotency_key
from sessions import FAMILY


async def one_client(port, head, until, marks):
    """Asks again as soon as it is answered; notes when."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    while time.monotonic() < until:
        key = idempotency_key()
        body = json.dumps({"display": key}).encode()
        writer.write(head.replace(b"KEY", key.encode()) + b"Content-Length: %d\r\n\r\n" % len(body) + body)
        status = (await reader.readline()).split(b" ")[1]
        length = 0
        while True:
            line = await reader.readline()
            if line in (b"\r\n", b""):
                break
            if line.lower().startswith(b"content-length:"):
                length = int(line.split(b":")[1])
        await reader.readexactly(length)
        marks.append((time.monotonic(), status))
    writer.close()


async def many(port, head, count, seconds):
    until = time.monotonic() + seconds
    marks = [[] for _ in range(count)]
    await asyncio.gather(*(one_client(port, head, until, mark) for mark in marks))
    return marks


def closed_loop(admin, count, seconds):
    """No client may wait long: the library once stood still at exact multiples of 128 ready sockets."""
    head = (f"POST /api/v1/commands/register_user HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
            f"Cookie: bihuan_session={admin.cookie}\r\nX-Bihuan-CSRF: {admin.csrf}\r\n"
            f"Idempotency-Key: KEY\r\n").encode()
    begun = time.monotonic()
    marks = asyncio.run(asyncio.wait_for(many(admin.port, head, count, seconds), seconds + 20))
    statuses = {status for mark in marks for _, status in mark}
    assert statuses <= {b"200", b"503"} and b"200" in statuses, statuses
    longest = max(b - a for mark in marks
                  for a, b in zip([begun] + [at for at, _ in mark], [at for at, _ in mark]))
    assert all(mark for mark in marks) and longest < 2.0, longest


def events_read(stream, seconds):
    """Server-sent events until the position moved or the time is over."""
    found, end = [], time.monotonic() + seconds
    kind = None
    while time.monotonic() < end:
        line = stream.readline().decode().rstrip("\n")
        if line.startswith("event: "):
            kind = line[7:]
        elif line.startswith("data: "):
            found.append((kind, json.loads(line[6:])))
            if found[-1][1]["position"] > found[0][1]["position"]:
                break
    return found


def live(admin):
    with socket.create_connection(("127.0.0.1", admin.port), timeout=10) as sock:
        sock.sendall(f"GET /api/v1/live?area={FAMILY} HTTP/1.1\r\nHost: x\r\n"
                     f"Cookie: bihuan_session={admin.cookie}\r\n\r\n".encode())
        stream = sock.makefile("rb")
        assert b"200" in stream.readline()
        timer = threading.Timer(1.5, lambda: admin.must("register_user", {"display": "live"}))
        timer.start()
        found = events_read(stream, 9)
        timer.join()
    assert len(found) > 1 and {kind for kind, _ in found} <= {"position", "notice"}, found
    first, second = found[0][1], found[-1][1]
    assert second["position"] > first["position"] and {"now", "open", "overdue"} <= set(first), found


def closes_within(sock, seconds):
    sock.settimeout(seconds)
    begun = time.monotonic()
    try:
        while sock.recv(4096):
            pass
    except ConnectionError:
        pass
    except socket.timeout:
        return None
    return time.monotonic() - begun


def slow(admin):
    """Slow headers, a slow body: both closed in time, others served meanwhile."""
    headers = socket.create_connection(("127.0.0.1", admin.port))
    headers.sendall(b"GET /healthz HTTP/1.1\r\nHost: x\r\nX-A: ")
    silent = socket.create_connection(("127.0.0.1", admin.port))
    body = socket.create_connection(("127.0.0.1", admin.port))
    body.sendall(b"POST /api/v1/login HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
                 b"Content-Length: 1000\r\n\r\n{")
    begun = time.monotonic()
    for _ in range(20):
        assert admin.get("/healthz", raw=True).status == 200
        headers.sendall(b"a")
        time.sleep(0.1)
    assert time.monotonic() - begun < 6
    for sock in (headers, silent, body):
        assert closes_within(sock, 16) is not None
        sock.close()


def silent_together(admin):
    """Hundreds that fall silent together are all closed, but some at a time: at once would hold up all others."""
    socks = [socket.create_connection(("127.0.0.1", admin.port)) for _ in range(900)]
    closed, first, last = 0, None, None
    with selectors.DefaultSelector() as waiting:
        for sock in socks:
            waiting.register(sock, selectors.EVENT_READ)
        while closed < len(socks):
            ready = waiting.select(20)
            assert ready, f"{len(socks) - closed} silent connections are still open"
            last = time.monotonic()
            first = first or last
            for key, _ in ready:
                waiting.unregister(key.fileobj)
                closed += 1
    for sock in socks:
        sock.close()
    assert last - first > 0.1, f"all closed within {last - first:.3f} s"


def broken(admin):
    for text in (b"\x00\x01\x02\r\n\r\n", b"GET\r\n\r\n", b"GET / HTTP/9.9\r\n\r\n", b"GET /%00 HTTP/1.1\r\nHost: x\r\n\r\n",
                 b"GET / HTTP/1.1\r\nHost: x\r\nX: " + b"y" * 60000 + b"\r\n\r\n",
                 b"POST /api/v1/login HTTP/1.1\r\nHost: x\r\nContent-Length: 99999999999\r\n\r\n",
                 b"POST /api/v1/login HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n",
                 b"POST /api/v1/login HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n"):
        with socket.create_connection(("127.0.0.1", admin.port), timeout=3) as sock:
            try:
                sock.sendall(text)
                status = sock.recv(4096)[9:12]
            except (ConnectionError, socket.timeout):
                status = b""
            assert status != b"200", (text[:60], status)
    assert admin.get("/healthz", raw=True).status == 200


def leaving(admin):
    """Clients that go away while their answer is held: their commands stand, the server goes on."""
    head = (f"POST /api/v1/commands/register_user HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
            f"Cookie: bihuan_session={admin.cookie}\r\nX-Bihuan-CSRF: {admin.csrf}\r\n")
    for _ in range(50):
        body = '{"display":"gone"}'
        with socket.create_connection(("127.0.0.1", admin.port)) as sock:
            sock.sendall((head + f"Idempotency-Key: {idempotency_key()}\r\nContent-Length: {len(body)}\r\n\r\n"
                          + body).encode())
    time.sleep(0.3)
    assert admin.get("/queries/users?limit=1").status == 200


def run(suite, server, admin):
    suite.run("broken requests are refused and hurt nobody", broken, admin)
    suite.run("clients that leave hurt nobody", leaving, admin)
    suite.run("a live stream tells the position as the log moves", live, admin)
    for count in (128, 256):
        suite.run(f"{count} closed-loop clients never stall", closed_loop, admin, count, 2)
    suite.run("slow clients are closed in time", slow, admin)
    suite.run("connections that fall silent together are closed some at a time", silent_together, admin)
