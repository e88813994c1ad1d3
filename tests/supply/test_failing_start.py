"""A start that fails gives no secret away; a program that does, in any of the ways there are, is found out."""

import sys
from collections.abc import Sequence

import pytest

from adapters.settings import Settings
from scripts.supply_chain.canaries import planted, secret_settings
from scripts.supply_chain.failing_start import TRIALS, check
from scripts.supply_chain.outcome import State
from scripts.supply_chain.trial import Trial

FAILS = Trial("fails", ("x",))


def leaky(program: str) -> Sequence[str]:
    """A program that has our settings and cannot keep them to itself."""
    return (sys.executable, "-c", f"import base64, os, pathlib, subprocess, sys, time\ns = os.environ\n{program}")


class TestAProgramThatGivesASecretAway:
    def test_is_found_out_wherever_it_shows_it(self) -> None:
        program = (
            "print(s['REDIS_URL'], base64.b64encode(b'u:' + s['PGPASSWORD'].encode()))\n"
            "p = pathlib.Path(s['CARETRAIL_STATE'], 'logs'); p.mkdir(parents=True)\n"
            "(p / 'api.log').write_text(s['GOOGLE_CLIENT_SECRET'])\n"
            "subprocess.run([sys.executable, '-c', 'import time; time.sleep(1)', s['QSTASH_TOKEN']])\n"
            "print(s['CARETRAIL_TOKEN_SECRET'][:20], file=sys.stderr); raise OSError(s['DATABASE_URL'])"
        )
        found = check([FAILS], leaky(program), serving=False).findings
        assert {finding for finding in found if " shows " in finding} == {
            "fails: stdout shows REDIS_URL",
            "fails: stdout shows PGPASSWORD",
            "fails: stderr shows CARETRAIL_TOKEN_SECRET",
            "fails: stderr shows DATABASE_URL",
            "fails: logs/api.log shows GOOGLE_CLIENT_SECRET",
            "fails: arguments of processes shows QSTASH_TOKEN",
        }

    def test_is_found_out_by_a_secret_that_it_made_up_itself(self) -> None:
        program = (
            "p = pathlib.Path(s['CARETRAIL_STATE']); p.mkdir(); key = bytes(range(32)).hex()\n"
            "(p / 'root.key').write_text(key); sys.exit(f'root key {key[:16]} is short')"
        )
        assert check([FAILS], leaky(program), serving=False).findings == ["fails: stderr shows root.key#0"]

    def test_is_found_out_by_what_looks_like_a_secret(self) -> None:
        program = "print('-----BEGIN RSA ' + 'PRIVATE KEY-----'); sys.exit(1)"
        assert check([FAILS], leaky(program), serving=False).findings == ["fails: stdout, line 1: Private Key"]

    def test_is_not_seen_where_there_is_none(self) -> None:
        outcome = check([FAILS], leaky("sys.exit('cannot reach the database')"), serving=False)
        assert (outcome.findings, outcome.facts["codes"]) == ([], {"fails": 1})

    def test_has_to_fail_to_count(self) -> None:
        assert check([FAILS], leaky("pass"), serving=False).findings == ["fails: did not fail"]


class TestEverySecretSetting:
    def test_is_given_well_formed_and_with_a_canary(self, monkeypatch: pytest.MonkeyPatch) -> None:
        given, canaries = planted()
        for name, value in given.items():
            monkeypatch.setenv(name, value)
        shown = repr(Settings())
        assert [name for name in secret_settings() if canaries[name] not in given[name]] == []
        assert [name for name, canary in canaries.items() if canary in shown] == []


@pytest.mark.requirement("R332")
class TestAFailingStart:
    def test_gives_no_secret_away(self) -> None:
        outcome = check([trial for trial in TRIALS if trial.name == "nobody listens: migrate"], serving=False)
        assert (outcome.state, outcome.findings, outcome.facts["tracebacks"]) == (State.PASSED, [], [])

    @pytest.mark.long
    def test_gives_no_secret_away_in_any_way_of_failing(self) -> None:
        assert check().findings == []
