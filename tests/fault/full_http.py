#!/usr/bin/env python3
"""A served log on a small file system of its own, filled up and freed again; run by tests/fault/run in a mount
namespace, with the folder to mount on as argument. Prints what it saw; fails on an exception."""
import os
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "../api"))
import server as api  # noqa: E402


def clinic(client, name):
    return client.do("register_institution", {"kind": "clinic", "name": name, "area": "220102"})


def until(client, status):
    """Registers clinics until one is answered with this status, at most for a while."""
    end = time.time() + 60
    while time.time() < end:
        answer = clinic(client, "门诊" * 20)
        if answer.status == status:
            return answer
        assert answer.status in (200, 507), answer
        time.sleep(0 if status == 507 else 0.2)
    raise AssertionError(f"never answered {status}")


def main():
    folder = sys.argv[1]
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=48m", "tmpfs", folder], check=True)
    tempfile.tempdir = folder
    server = api.Server()
    try:
        admin = server.admin()
        assert clinic(admin, "before").status == 200
        with open(os.path.join(folder, "filler"), "wb", buffering=0) as filler:
            try:
                while True:
                    filler.write(bytes(65536))
            except OSError:
                pass
        refused = until(admin, 507)
        assert refused.json()["status"] == 507, refused
        assert not os.path.exists(os.path.join(server.data, "reserve")), "the room kept ahead was not given up"
        seen = admin.get("/queries/institutions")
        assert seen.status == 200 and seen.json()["rows"], seen
        key = api.idempotency_key()
        body = {"kind": "clinic", "name": "during", "area": "220102"}
        assert admin.do("register_institution", body, key).status == 507
        assert admin.get("/queries/institutions").status == 200
        os.unlink(os.path.join(folder, "filler"))
        begun = time.time()
        until(admin, 200)
        print(f"healed {time.time() - begun:.1f} s after there was room")
        assert time.time() - begun < 5
        assert os.path.exists(os.path.join(server.data, "reserve")), "no room is kept ahead again"
        assert admin.do("register_institution", body, key).status == 200  # the refusal was not remembered
        assert server.stop() == 0, server.output()
        subprocess.run([api.binary(), "verify", "--data", server.data], check=True)
        assert "disk is full" in server.output(), server.output()
    finally:
        server.stop()
    print("507 seen")


main()
