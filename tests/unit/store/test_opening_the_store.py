def test_opens(any_store):
    assert any_store.dialect in ("sqlite", "postgresql")
