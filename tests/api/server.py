"""A served folder and a client, for the tests of the HTTP edge. Only the standard library."""
import http.client
import json
import os
import re
import shutil
import signal
import subprocess
import tempfile
import time
import urllib.parse

START = "2022-03-14T12:00:00+08:00"
PASSWORD = "correct horse battery"


def binary():
    return os.path.abspath(os.environ.get("BIHUAN", "build/bihuan"))


def idempotency_key(at_ms=None):
    """Six bytes of time, ten of chance."""
    at_ms = int(time.time() * 1000) if at_ms is None else at_ms
    return f"{at_ms:012x}" + os.urandom(10).hex()


class Answer:
    def __init__(self, response, body):
        self.status, self.body = response.status, body
        self.headers = {name.lower(): value for name, value in response.getheaders()}
        self.cookies = [value for name, value in response.getheaders() if name.lower() == "set-cookie"]

    def json(self):
        return json.loads(self.body)

    def __repr__(self):
        return f"{self.status} {self.body[:600]!r}"


class Client:
    """One browser: keeps its cookie and CSRF token. `ask` returns an Answer whatever the status."""

    def __init__(self, port, host="127.0.0.1", context=None):
        self.port, self.host, self.context = port, host, context
        self.cookie = self.csrf = self.bearer = None
        self.connection = None

    def connect(self):
        if self.connection is None:
            if self.context:
                self.connection = http.client.HTTPSConnection(self.host, self.port, timeout=30,
                                                              context=self.context)
            else:
                self.connection = http.client.HTTPConnection(self.host, self.port, timeout=30)
        return self.connection

    def close(self):
        if self.connection:
            self.connection.close()
        self.connection = None

    def ask(self, method, path, body=None, headers=None, raw=False):
        sent = {}
        if self.cookie:
            sent["Cookie"] = "bihuan_session=" + self.cookie
        if self.bearer:
            sent["Authorization"] = "Bearer " + self.bearer
        if self.csrf and method == "POST":
            sent["X-Bihuan-CSRF"] = self.csrf
        if body is not None and not isinstance(body, (bytes, str)):
            body = json.dumps(body)
        if isinstance(body, str):
            body = body.encode()
        if body is not None:
            sent["Content-Type"] = "application/json"
        sent.update(headers or {})
        sent = {name: value for name, value in sent.items() if value is not None}
        connection = self.connect()
        address = urllib.parse.quote(path if raw else "/api/v1" + path, safe="/?&=%:+,;@!$'()*~-._")
        try:
            connection.request(method, address, body, sent)
            response = connection.getresponse()
            answer = Answer(response, response.read())
        except (ConnectionError, http.client.HTTPException, OSError):
            self.close()
            raise
        for cookie in answer.cookies:
            match = re.match(r"bihuan_session=([^;]*)", cookie)
            if match:
                self.cookie = match.group(1) or None
        return answer

    def get(self, path, headers=None, raw=False):
        return self.ask("GET", path, None, headers, raw)

    def post(self, path, body, headers=None):
        return self.ask("POST", path, body, headers)

    def do(self, command, body, key=None, headers=None):
        return self.post("/commands/" + command, body,
                         dict({"Idempotency-Key": key or idempotency_key()}, **(headers or {})))

    def must(self, command, body):
        answer = self.do(command, body)
        assert answer.status == 200, f"{command}: {answer}"
        return answer.json()

    def login(self, login, password=PASSWORD):
        answer = self.post("/login", {"login": login, "password": password})
        if answer.status == 200:
            self.csrf = answer.json()["csrf"]
        return answer


class Server:
    """Makes a folder, serves it; `token` is the one-time link's."""

    def __init__(self, exercise=True, arguments=()):
        self.folder = tempfile.mkdtemp(prefix="bihuan-api-")
        self.data = os.path.join(self.folder, "data")
        made = ["--start", START] if exercise else []
        subprocess.run([binary(), "init", "--data", self.data, "--name", "api"] + made, check=True,
                       stdout=subprocess.DEVNULL)
        self.process = None
        self.serve(arguments)

    def serve(self, arguments=()):
        self.log = open(os.path.join(self.folder, "out"), "w+b")
        self.process = subprocess.Popen([binary(), "serve", "--data", self.data, "--port", "0",
                                         "--lang", "en", *arguments], stdout=self.log,
                                        stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL)
        self.port = self.token = None
        for _ in range(200):
            text = self.output()
            port = re.search(r"://[^/\s]*:(\d+)\s", text)
            if port and self.alive(int(port.group(1))):
                self.port = int(port.group(1))
                token = re.search(r"token=(\S+)", self.output())
                self.token = token.group(1) if token else None
                return
            if self.process.poll() is not None:
                break
            time.sleep(0.05)
        raise AssertionError("the server did not start:\n" + text)

    def alive(self, port):
        """It listens before it answers: what is printed is complete once it answers. TLS: it listens."""
        probe = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
        try:
            probe.request("GET", "/readyz")
            return probe.getresponse().status == 200
        except http.client.HTTPException:
            return True  # an answer of TLS, not of HTTP
        except OSError:
            return "https://" in self.output()
        finally:
            probe.close()

    def output(self):
        with open(os.path.join(self.folder, "out"), encoding="utf-8", errors="replace") as text:
            return text.read()

    def client(self):
        return Client(self.port)

    def admin(self):
        """The first administrator, who in an exercise plays every part."""
        client = self.client()
        answer = client.post("/first-run", {"token": self.token, "login": "admin", "display": "管理员",
                                            "password": PASSWORD})
        assert answer.status == 200, answer
        client.csrf = answer.json()["csrf"]
        return client

    def user(self, admin, login, role, area):
        """A new user with one role, logged in under a password of his own."""
        user = admin.must("register_user", {"display": login})["user"]
        admin.must("grant_role", {"user": user, "role": role, "area": area})
        answer = admin.post("/account", {"user": user, "login": login, "password": "first secret"})
        assert answer.status == 200, answer
        client = self.client()
        assert client.login(login, "first secret").status == 200
        answer = client.post("/password", {"old": "first secret", "new": PASSWORD})
        assert answer.status == 200, answer
        client.csrf = answer.json()["csrf"]
        return client

    def stop(self):
        """Orderly; returns the exit status."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            try:
                self.process.wait(timeout=20)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
                return None
        self.log.close()
        return self.process.returncode

    def remove(self):
        self.stop()
        shutil.rmtree(self.folder, ignore_errors=True)
