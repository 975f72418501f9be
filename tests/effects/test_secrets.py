from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reconciler.core.basics import InvalidInput, error
from reconciler.core.fields import Header, SecretRef, Webhook
from reconciler.effects.secrets import MissingSecret, UnusableSecret, issued, require, secret, webhook_secrets
from reconciler.effects.world import Context
from tests.support import desired
from tests.support.effects import NOWHERE
from tests.support.unprivileged import open_folder, unprivileged

ENV = SecretRef(env="META_TOKEN")
FILE = SecretRef(file="META_TOKEN")
VARIABLE = "the environment variable META_TOKEN"
SECRET_FILE = "the secret file META_TOKEN"
UNFIT = "holds characters that no header can carry"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    found = tmp_path / "secrets"
    found.mkdir()
    return found


def here(folder: Path | str = "", **environ: str) -> Context:
    return Context(NOWHERE, {"RECONCILER_SECRETS_DIR": str(folder), **environ})


def why(ref: SecretRef, context: Context) -> str:
    with pytest.raises(MissingSecret) as missing:
        secret(ref, context)
    return str(missing.value)


def test_a_secret_comes_from_the_variable_that_is_named() -> None:
    assert secret(ENV, here(META_TOKEN="EAAG", OTHER="no")) == "EAAG"


def test_a_secret_comes_from_the_file_that_is_named(folder: Path) -> None:
    (folder / "META_TOKEN").write_text("EAAG")
    assert secret(FILE, here(folder, META_TOKEN="no")) == "EAAG"


@pytest.mark.parametrize(
    ("written", "read"), [("a\n", "a"), ("a\r\n", "a"), ("a\n\n", "a"), ("a b", "a b"), ("~!", "~!")]
)
def test_line_ends_after_a_secret_are_not_part_of_it(folder: Path, written: str, read: str) -> None:
    """Editors and `echo` put them there."""
    (folder / "META_TOKEN").write_bytes(written.encode())
    assert secret(FILE, here(folder)) == read
    assert secret(ENV, here(META_TOKEN=written)) == read


@settings(max_examples=50)
@given(st.text(st.characters(min_codepoint=33, max_codepoint=126), min_size=1))
def test_every_visible_character_can_be_part_of_a_secret(text: str) -> None:
    assert secret(ENV, here(META_TOKEN=text)) == text


@settings(max_examples=100)
@given(st.text())
def test_what_comes_out_fits_into_a_header_or_nothing_comes_out(text: str) -> None:
    found, refused = _secret_or_refusal(text)
    # Which sentence it is is for the table below.
    assert refused.startswith(f"{VARIABLE} ") is (found == "")
    assert found.isascii()
    assert found == "" or found.isprintable()
    assert found == found.strip()


def _secret_or_refusal(text: str) -> tuple[str, str]:
    try:
        return secret(ENV, here(META_TOKEN=text)), ""
    except MissingSecret as missing:
        return "", str(missing)


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        ("a\nb", "holds a line break"),
        ("a\r\nX-Evil: 1", "holds a line break"),
        ("\na", "holds a line break"),
        ("a\tb", "holds a tab"),
        ("a\x00b", UNFIT),
        ("a\x7f", UNFIT),
        ("tökén", UNFIT),
        ("\ufeffEAAG", "holds a character that cannot be seen (U+FEFF)"),
        ("EAAG\u200b", "holds a character that cannot be seen (U+200B)"),
        ("EA\u00a0AG", "holds a character that cannot be seen (U+00A0)"),
        ("\u201cEAAG\u201d", "stands in quotation marks"),
        ("\u201eEAAG", "stands in quotation marks"),
        ("EAAG\u00bb", "stands in quotation marks"),
        ("caf\udce9", UNFIT),
        (" EAAG", "begins or ends with a space"),
        ("EAAG ", "begins or ends with a space"),
        ("EAAG \n", "begins or ends with a space"),
    ],
)
def test_what_no_header_can_carry_is_refused_and_not_repeated(value: str, reason: str) -> None:
    with pytest.raises(UnusableSecret) as refused:
        secret(ENV, here(META_TOKEN=value))
    assert str(refused.value) == f"{VARIABLE} {reason}"


HEADER = "begins with the header's name"
IN_QUOTES = "stands in quotation marks, and only what is between them is wanted"


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        ('"EAAGhush"', IN_QUOTES),
        ("'EAAGhush'", IN_QUOTES),
        ("`EAAGhush`", IN_QUOTES),
        ('"EAAGhush', IN_QUOTES),
        ("EAAGhush'", IN_QUOTES),
        ("Bearer EAAGhush", "begins with `Bearer `, and only what follows is wanted"),
        ("bearer EAAGhush", "begins with `bearer `, and only what follows is wanted"),
        ("OAuth EAAGhush", "begins with `OAuth `, and only what follows is wanted"),
        ("authorization: Bearer EAAGhush", f"{HEADER} `authorization`, and only what follows is wanted"),
        ("D360-API-KEY:EAAGhush", f"{HEADER} `D360-API-KEY`, and only what follows is wanted"),
        ("api-key : EAAGhush", f"{HEADER} `api-key`, and only what follows is wanted"),
        ("META_TOKEN=EAAGhush", "begins with its own name `META_TOKEN=`, and only what follows is wanted"),
        ("EAAG hush", "holds a space"),
        ("EAAG\nhush", "holds a line break"),
        (" EAAGhush", "begins or ends with a space"),
    ],
)
def test_what_was_copied_along_with_a_providers_secret_is_named_and_the_secret_is_not(value: str, reason: str) -> None:
    with pytest.raises(UnusableSecret) as refused:
        issued(ENV, here(META_TOKEN=value))
    assert str(refused.value) == f"{VARIABLE} {reason}"
    assert "hush" not in str(refused.value)


@pytest.mark.parametrize("value", ["EAAG", "EAAG\n", "bearerEAAG", "Bearer", "api-keyEAAG", "OTHER=EAAG==", "a'b\"c"])
def test_a_providers_secret_without_anything_else_is_taken(value: str) -> None:
    assert issued(ENV, here(META_TOKEN=value)) == value.strip()


def test_the_name_of_a_variable_means_nothing_in_a_file(folder: Path) -> None:
    (folder / "META_TOKEN").write_text("=EAAG")
    assert issued(FILE, here(folder)) == "=EAAG"


def test_the_secret_of_a_webhook_may_be_what_a_provider_would_never_make() -> None:
    """The server that it is for decides its form: `Authorization` takes a scheme."""
    assert secret(ENV, here(META_TOKEN='Bearer "a b"')) == 'Bearer "a b"'


def test_a_secret_is_kept_back_from_when_it_is_looked_up() -> None:
    context = here(META_TOKEN="EAAG-very-secret")
    assert context.secrets.without("EAAG-very-secret") == "EAAG-very-secret"
    secret(ENV, context)
    assert context.secrets.matcher.named_in("eaag-very-secret") == "META_TOKEN"


def test_every_secret_of_a_webhook_that_is_at_hand_is_kept_back() -> None:
    context = here(WEBHOOK_TOKEN="verify-me-please")
    headers = (Header("X-A", SecretRef(env="WEBHOOK_NONE")),)
    hook = Webhook("https://a.example", SecretRef(env="WEBHOOK_TOKEN"), headers)
    webhook_secrets([desired(webhook=hook), desired(about="Hi")], context)
    assert context.secrets.matcher.named_in("verify-me-please") == "WEBHOOK_TOKEN"


@pytest.mark.parametrize("environ", [{}, {"META_TOKEN": ""}, {"META_TOKEN": "\n"}, {"meta_token": "EAAG"}])
def test_a_variable_that_is_not_set_or_empty_is_missing(environ: dict[str, str]) -> None:
    assert why(ENV, here(**environ)) == f"{VARIABLE} is not set"


# Files


@pytest.mark.parametrize("content", [b"", b"\n", b"\r\n\r\n"])
def test_an_empty_file_is_said_to_be_empty(folder: Path, content: bytes) -> None:
    (folder / "META_TOKEN").write_bytes(content)
    assert why(FILE, here(folder)) == f"{SECRET_FILE} is empty"


@pytest.mark.parametrize("content", [b"caf\xe9", b"\xff\xfeE\x00", "é".encode(), b"a\x00b"])
def test_a_file_with_bytes_that_no_header_can_carry_is_refused(folder: Path, content: bytes) -> None:
    (folder / "META_TOKEN").write_bytes(content)
    assert why(FILE, here(folder)) == f"{SECRET_FILE} {UNFIT}"


def test_a_file_that_does_not_exist_is_missing(folder: Path) -> None:
    assert why(FILE, here(folder)) == f"{SECRET_FILE} does not exist"


def test_without_a_folder_the_usual_one_is_looked_into() -> None:
    context = Context(NOWHERE, {})
    assert why(SecretRef(file="META_NO_SUCH_SECRET"), context) == "the secret file META_NO_SUCH_SECRET does not exist"


def test_secrets_are_often_mounted_as_links(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "..data").mkdir()
    (tmp_path / "..data" / "META_TOKEN").write_text("EAAG")
    (folder / "META_TOKEN").symlink_to(tmp_path / "..data" / "META_TOKEN")
    assert secret(FILE, here(folder)) == "EAAG"


def test_a_link_to_nowhere_is_a_file_that_does_not_exist(folder: Path) -> None:
    (folder / "META_TOKEN").symlink_to("gone")
    assert why(FILE, here(folder)) == f"{SECRET_FILE} does not exist"


def test_a_link_to_itself_cannot_be_read(folder: Path) -> None:
    (folder / "META_TOKEN").symlink_to("META_TOKEN")
    assert why(FILE, here(folder)) == f"{SECRET_FILE} cannot be read: Too many levels of symbolic links"


@pytest.mark.parametrize("writer", [False, True])
def test_a_pipe_is_not_waited_for(folder: Path, writer: bool) -> None:
    os.mkfifo(folder / "META_TOKEN")
    held = os.open(folder / "META_TOKEN", os.O_RDWR) if writer else None
    assert why(FILE, here(folder)) == f"{SECRET_FILE} is not a regular file"
    if held is not None:
        os.close(held)


def test_a_folder_is_no_secret_and_is_closed_again(folder: Path) -> None:
    (folder / "META_TOKEN").mkdir()
    before = len(list(Path("/dev/fd").iterdir()))
    assert why(FILE, here(folder)) == f"{SECRET_FILE} is not a regular file"
    assert len(list(Path("/dev/fd").iterdir())) == before


def test_a_file_that_may_not_be_read_says_so() -> None:
    with open_folder() as folder:
        (folder / "META_TOKEN").touch(mode=0)
        with unprivileged():
            found = why(FILE, here(folder))
    assert found == f"{SECRET_FILE} cannot be read: Permission denied"


def test_a_large_file_is_no_secret_and_is_never_cut_short(folder: Path) -> None:
    (folder / "META_TOKEN").write_bytes(b"a" * 65536)
    assert secret(FILE, here(folder)) == "a" * 65536
    (folder / "META_TOKEN").write_bytes(b"a" * 65537)
    assert why(FILE, here(folder)) == f"{SECRET_FILE} is larger than 65536 bytes"


# All at once


def test_every_missing_secret_is_named_at_once_and_once(folder: Path) -> None:
    refs = [SecretRef(env="META_TOKEN"), FILE, SecretRef(env="META_PLAN_TOKEN"), ENV, SecretRef(env="META_OK")]
    with pytest.raises(InvalidInput) as wrong:
        require([(ref, "berlin") for ref in refs], here(folder, META_OK="yes", META_PLAN_TOKEN="höchst geheim"))
    assert wrong.value.diagnostics == (
        error(
            "missing-secret",
            f"the environment variable META_PLAN_TOKEN {UNFIT} (for berlin)",
            hint="set META_PLAN_TOKEN anew, with nothing but the secret in it",
        ),
        error("missing-secret", f"{VARIABLE} is not set (for berlin)", hint="set META_TOKEN in the environment"),
        error(
            "missing-secret",
            f"{SECRET_FILE} does not exist (for berlin)",
            hint="put META_TOKEN below RECONCILER_SECRETS_DIR",
        ),
    )
    assert "geheim" not in f"{wrong.value} {wrong.value.diagnostics!r}"


def test_when_none_is_missing_there_is_nothing_to_say() -> None:
    assert [_problems(here(**held)) for held in ({"META_TOKEN": "EAAG"}, {})] == [0, 1]


def _problems(context: Context) -> int:
    try:
        require([(ENV, "berlin")], context)
    except InvalidInput as wrong:
        return len(wrong.diagnostics)
    return 0


@pytest.mark.parametrize("value", ["hush\nhush", " hush", "hüsh hush"])
def test_nothing_tells_a_secret_that_cannot_be_used(value: str) -> None:
    with pytest.raises(MissingSecret) as missing:
        secret(ENV, here(META_TOKEN=value))
    told = f"{missing.value!r} {missing.value.__cause__!r} {missing.value.__context__!r}"
    assert "hush" not in told
