"""A server of its own for one run, and people who talk to it."""
import http.client
import json
import os
import re
import secrets
import socket
import subprocess
import time
import urllib.parse

HOST = "127.0.0.1"


def free_port():
    for port in range(5600, 5610):
        with socket.socket() as probe:
            try:
                probe.bind((HOST, port))
                return port
            except OSError:
                continue
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        return probe.getsockname()[1]


class Server:
    def __init__(self, program, folder, log):
        self.program, self.folder, self.log = program, folder, log
        self.port, self.child = free_port(), None

    def run(self, *words):
        done = subprocess.run([self.program, *words, "--data", self.folder], capture_output=True, text=True,
                              check=False)
        if done.returncode:
            raise RuntimeError(f"{words}: {done.stdout}{done.stderr}")
        return done.stdout

    def start(self):
        """Returns the token of the first administrator's link."""
        out = open(self.log, "ab")
        self.child = subprocess.Popen([self.program, "serve", "--data", self.folder, "--port", str(self.port)],
                                      stdin=subprocess.DEVNULL, stdout=out, stderr=subprocess.STDOUT)
        out.close()
        for _ in range(200):
            with open(self.log, encoding="utf-8") as text:
                found = re.search(r"first-run\?token=([0-9a-f]+)", text.read())
            if found:
                return found.group(1)
            if self.child.poll() is not None:
                break
            time.sleep(0.05)
        raise RuntimeError("the server did not start: " + open(self.log, encoding="utf-8").read())

    def stop(self):
        if self.child and self.child.poll() is None:
            self.child.terminate()
            try:
                self.child.wait(20)
            except subprocess.TimeoutExpired:
                self.child.kill()
                self.child.wait()


class Answer:
    def __init__(self, status, headers, body):
        self.status, self.headers, self.body = status, headers, body

    @property
    def json(self):
        return json.loads(self.body)

    def bare(self):
        """What tells two answers apart, without what differs between any two."""
        text = self.body.decode("utf-8", "replace")
        text = re.sub(r'"request_id":"[^"]*"', '"request_id":""', text)
        headers = tuple(sorted((name.lower(), value) for name, value in self.headers
                               if name.lower() not in ("x-request-id", "date")))
        return self.status, headers, text


    def short(self, model):
        """How it differs from what it should be."""
        mine, other = self.bare(), model.bare()
        headers = set(mine[1]) ^ set(other[1])
        return f"{mine[0]} {mine[2][:300]} instead of {other[0]} {other[2][:300]} {headers or ''}"


class Client:
    """One person at one connection."""
    asked = 0      # requests of all clients
    watch = None   # called with every answer

    def __init__(self, server):
        self.server, self.cookie, self.csrf, self.link = server, "", "", None

    def ask(self, method, path, body=None, headers=None, raw=None):
        sent = {"Cookie": f"bihuan_session={self.cookie}", "X-Bihuan-CSRF": self.csrf}
        data = raw
        if body is not None:
            data = json.dumps(body, ensure_ascii=False).encode()
        if data is not None:
            sent["Content-Type"] = "application/json"
        sent.update(headers or {})
        for attempt in range(2):
            try:
                if not self.link:
                    self.link = http.client.HTTPConnection(HOST, self.server.port, timeout=60)
                self.link.request(method, path, body=data, headers=sent)
                got = self.link.getresponse()
                answer = Answer(got.status, got.getheaders(), got.read())
                break
            except (http.client.HTTPException, ConnectionError, BrokenPipeError):
                self.link.close()
                self.link = None
                if attempt:
                    raise
        Client.asked += 1
        for name, value in answer.headers:
            if name.lower() == "set-cookie":
                self.cookie = re.match(r"bihuan_session=([^;]*)", value).group(1)
        if Client.watch:
            Client.watch(method, path, answer)
        return answer

    def enter(self, path, body):
        answer = self.ask("POST", "/api/v1" + path, body)
        if answer.status != 200:
            raise RuntimeError(f"{path}: {answer.body.decode()}")
        self.csrf = answer.json["csrf"]
        return answer.json

    def query(self, name, /, headers=None, **params):
        text = urllib.parse.urlencode({key: value for key, value in params.items() if value is not None})
        return self.ask("GET", f"/api/v1/queries/{name}" + ("?" + text if text else ""), headers=headers)

    def rows(self, name, /, **params):
        """All pages."""
        found, params = [], dict(params, limit=200)
        while True:
            answer = self.query(name, **params)
            if answer.status != 200:
                raise RuntimeError(f"{name} {params}: {answer.status} {answer.body.decode()}")
            found += answer.json["rows"]
            if not answer.json.get("next"):
                return found
            params["after"] = answer.json["next"]

    def try_command(self, name, /, key=None, **body):
        return self.ask("POST", f"/api/v1/commands/{name}", body, {"Idempotency-Key": key or new_key()})

    def do(self, name, /, **body):
        answer = self.try_command(name, **body)
        if answer.status != 200:
            raise RuntimeError(f"{name} {body}: {answer.status} {answer.body.decode()}")
        return answer.json

    def live(self, area=None, wait=10):
        """The first event of the live stream, and the open stream; (status, None, None) when refused."""
        link = http.client.HTTPConnection(HOST, self.server.port, timeout=wait)
        link.request("GET", "/api/v1/live" + (f"?area={area}" if area else ""),
                     headers={"Cookie": f"bihuan_session={self.cookie}"})
        got = link.getresponse()
        Client.asked += 1
        if got.status != 200:
            answer = Answer(got.status, got.getheaders(), got.read())
            link.close()
            return answer, None, None
        while True:
            line = got.readline().decode()
            if not line:
                raise RuntimeError("the stream ended before its first event")
            if line.startswith("data:"):
                return Answer(200, got.getheaders(), b""), json.loads(line[5:]), Stream(link, got)


class Stream:
    def __init__(self, link, got):
        self.link, self.got = link, got

    def ended(self, seconds):
        """Whether the server ends the stream within this time."""
        self.link.sock and self.link.sock.settimeout(seconds)
        try:
            while self.got.readline():
                pass
            return True
        except (TimeoutError, socket.timeout):
            return False
        except (http.client.HTTPException, ConnectionError):
            return True

    def close(self):
        self.got.close()
        self.link.close()


def new_key():
    return f"{int(time.time() * 1000):012x}{secrets.token_hex(10)}"
