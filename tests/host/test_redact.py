import pytest

from hivemind_desktop.host.redact import redact

KEY = "-----BEGIN EC PRIVATE KEY-----\nMHcCAQEEISECRET\nSECRET==\n-----END EC PRIVATE KEY-----"


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("authorization: Bearer SECRET.a-b_c=", "authorization: Bearer [secret]"),
        ("('authorization', 'Bearer SECRETSECRET')", "('authorization', 'Bearer [secret]')"),
        ("see hivemind://join?a=h:1&t=SECRET&p=x now", "see hivemind://join?[secret] now"),
        ("HIVEMIND://submit/?t=SECRET", "HIVEMIND://submit/?[secret]"),
        ("/monitor?token=SECRET&page=2", "/monitor?token=[secret]&page=2"),
        (f"key:\n{KEY}\nend", "key:\n[secret]\nend"),
        (KEY[:60], "[secret]"),
        ("PrivateKey = SECRETSECRETSECRET=", "PrivateKey = [secret]"),
        ("PresharedKey=SECRET", "PresharedKey=[secret]"),
        ('{"token": "SECRETSECRET", "n": 1}', '{"token": "[secret]", "n": 1}'),
        ("{'admin_token': 'SECRETSECRET'}", "{'admin_token': '[secret]'}"),
        ("EnrolRequest(join_token='SECRETSECRET')", "EnrolRequest(join_token='[secret]')"),
        ("password=SECRETSECRET", "password=[secret]"),
    ],
)
def test_secrets_go_and_the_rest_stays(text: str, shown: str) -> None:
    assert redact(text) == shown


@pytest.mark.parametrize(
    "text",
    [
        "task 01J9Z started",
        "the token is wrong",
        "PublicKey = abc",
        "http://localhost:1/x?page=2",
        "tokens: 3",
        "bearer",
    ],
)
def test_ordinary_text_is_untouched(text: str) -> None:
    assert redact(text) == text
