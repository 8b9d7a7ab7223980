"""Counting for test suites in Python; see tools/run_tests.py for what a suite prints.

    import os, sys
    sys.path.insert(0, "tests")
    from suite import Suite

    suite = Suite()
    suite.check("verify is clean", status == 0, output)
    suite.run("withdrawal changes the bulletin", function)   # fails on an exception, Skip skips
    sys.exit(suite.finish())

played_exercise() gives a folder with the exercise of March 2022 in it, played once for each program and shared by
all suites. It is for reading; whoever writes takes copy_exercise(folder).
"""
import fcntl
import hashlib
import os
import shutil
import subprocess
import traceback

PLAYED = "build/exercise-cache"


def program():
    return os.path.abspath(os.environ.get("BIHUAN", "build/bihuan"))


def played_exercise():
    """Path of the data folder; its keys lie beside it as always."""
    os.makedirs(PLAYED, exist_ok=True)
    with open(program(), "rb") as binary:
        name = hashlib.file_digest(binary, "sha256") if hasattr(hashlib, "file_digest") else hashlib.sha256(binary.read())
    home = os.path.abspath(os.path.join(PLAYED, name.hexdigest()[:16]))
    with open(os.path.join(PLAYED, "lock"), "w", encoding="utf-8") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # two suites at once play it once
        if not os.path.isdir(home):
            for old in os.listdir(PLAYED):
                if old != "lock":
                    shutil.rmtree(os.path.join(PLAYED, old))
            making = home + ".part"
            os.makedirs(making)
            done = subprocess.run([program(), "exercise", "jilin-2022-03", "--data", os.path.join(making, "data")],
                                  stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
            if done.returncode != 0:
                raise RuntimeError(f"the exercise could not be played: {done.stdout[-2000:]}")
            os.rename(making, home)
    return os.path.join(home, "data")


def copy_exercise(folder):
    """A copy of one's own, with its keys, as `folder`/data. Returns that path."""
    source, target = played_exercise(), os.path.join(folder, "data")
    for end in ("", "-keys"):
        subprocess.run(["cp", "-a", "--reflink=auto", source + end, target + end], check=True)
    return target


class Skip(Exception):
    """Raised by a test that cannot run here; its text is the reason."""


class Suite:
    def __init__(self):
        self.passed = self.failed = self.skipped = 0

    def check(self, name, good, detail=""):
        """Counts one test; detail is printed only when it failed. Returns whether it passed."""
        if good:
            self.passed += 1
            print(f"ok {name}", flush=True)
        else:
            self.failed += 1
            print(f"FAIL {name}", flush=True)
            if detail:
                print("    " + str(detail).rstrip().replace("\n", "\n    "), flush=True)
        return bool(good)

    def skip(self, name, reason):
        self.skipped += 1
        print(f"skip {name}: {reason}", flush=True)

    def run(self, name, function, *arguments):
        """One test as a function: it passes unless it raises."""
        try:
            function(*arguments)
        except Skip as reason:
            self.skip(name, reason)
            return False
        except Exception:  # any error of a test is a failure of that test, and the suite goes on
            return self.check(name, False, traceback.format_exc())
        return self.check(name, True)

    def finish(self):
        """Prints the last line; the exit status of the suite."""
        print(f"{self.passed} passed, {self.failed} failed, {self.skipped} skipped", flush=True)
        return 1 if self.failed or not self.passed else 0
