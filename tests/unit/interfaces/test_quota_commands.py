"""Quotas from the command line: set, listed, held to, taken away."""


def test_a_quota_is_set_listed_and_taken_away(cli, table):
    asked = ("user", "*", "--running", "2", "--waiting", "1")
    assert cli.json("quota", "set", *asked)["max_queued"] == 1
    assert [(one["kind"], one["name"]) for one in cli.json("quota", "list")] == [("user", "*")]
    assert "2" in cli("quota", "list").stdout
    cli.json("job", "submit", table)
    refused = cli("job", "submit", table)
    assert refused.exit_code == 2
    assert "at most 1 waiting jobs" in refused.stderr
    removed = {"kind": "user", "name": "*", "removed": True}
    assert cli.json("quota", "remove", "user", "*") == removed
    assert cli("job", "submit", table).exit_code == 0


def test_taking_away_what_is_not_set_ends_with_3(cli):
    done = cli("quota", "remove", "user", "ada")
    assert done.exit_code == 3
    assert "testamur quota list" in done.stderr
