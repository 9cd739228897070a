from monitor.declared.lines import lines_of

TEXT = '''# clusters
[[clusters]]
name = "a"
"ssl.ca.pem" = """
-----BEGIN
name = "not this"
"""

[clusters.properties]
security.protocol = "SSL" # why

[[clusters]]
list = [
  "x", # ]
  "y",
]
name = "b"
properties = { "client.id" = "z" }
'''


def test_each_key_and_table_is_on_its_line() -> None:
    assert lines_of(TEXT) == {
        ("clusters", 0): 2,
        ("clusters", 0, "name"): 3,
        ("clusters", 0, "ssl.ca.pem"): 4,
        ("clusters", 0, "properties"): 9,
        ("clusters", 0, "properties", "security"): 10,
        ("clusters", 0, "properties", "security", "protocol"): 10,
        ("clusters", 1): 12,
        ("clusters", 1, "list"): 13,
        ("clusters", 1, "name"): 17,
        ("clusters", 1, "properties"): 18,
        ("clusters", 1, "properties", "client.id"): 18,
    }


def test_an_empty_text_has_no_lines() -> None:
    assert lines_of("\n# nothing\n") == {}
