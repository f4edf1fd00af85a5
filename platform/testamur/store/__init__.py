"""Tables, repository, session, migrations, artifacts (the only room that knows SQL)."""
