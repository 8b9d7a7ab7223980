"""Counting for test suites in Python; see tools/run_tests.py for what a suite prints.

    import os, sys
    sys.path.insert(0, "tests")
    from suite import Suite

    suite = Suite()
    suite.check("verify is clean", status == 0, output)
    suite.run("withdrawal changes the bulletin", function)   # fails on an exception, Skip skips
    sys.exit(suite.finish())
"""
import traceback


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
