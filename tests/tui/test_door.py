"""Who may come in to `quizbook serve`."""

import dataclasses

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quizbook.tui.door import Door, Knock, refusal

DOOR = Door(frozenset({"localhost", "127.0.0.1"}), 8123)
HOST = "127.0.0.1:8123"
FIRST = Knock("GET", "/", hosts=(HOST,), token=DOOR.token)
LATER = Knock("GET", f"/{DOOR.place}/", hosts=(HOST,), cookies=(f"quizbook={DOOR.key}",))
SOCKET = dataclasses.replace(LATER, path=f"/{DOOR.place}/ws/dark", upgrade=True, origins=(f"http://{HOST}",))
texts = st.text(max_size=60)


@pytest.mark.parametrize("knock", [FIRST, LATER, SOCKET])
def test_the_right_key_under_the_right_name_opens(knock: Knock) -> None:
    assert refusal(DOOR, knock) is None
    assert refusal(DOOR, dataclasses.replace(knock, method="HEAD")) is None


@pytest.mark.parametrize("knock", [FIRST, LATER, SOCKET])
@pytest.mark.parametrize(
    "hosts",
    [
        (),
        ("",),
        ("evil.example",),
        ("evil.example:8123",),
        ("127.0.0.1",),
        ("127.0.0.1:80",),
        ("127.0.0.1:8123.",),
        ("127.0.0.1.:8123",),
        ("localhost:8123.evil.example",),
        ("evil.example@127.0.0.1:8123",),
        (HOST, HOST),
        (HOST, "evil.example"),
    ],
)
def test_any_other_host_is_refused_whatever_the_key(knock: Knock, hosts: tuple[str, ...]) -> None:
    ours = tuple(f"http://{host}" for host in hosts) if knock.origins else ()
    assert refusal(DOOR, dataclasses.replace(knock, hosts=hosts, origins=ours)) is not None


@pytest.mark.parametrize("knock", [FIRST, LATER, SOCKET, dataclasses.replace(LATER, method="POST")])
@pytest.mark.parametrize(
    "origins",
    [
        ("null",),
        ("",),
        ("http://evil.example",),
        ("http://127.0.0.1",),
        ("http://127.0.0.1:8124",),
        ("http://localhost:8123",),  # ours too, but not the one that was asked
        (f"https://{HOST}",),
        (f"http://{HOST}/",),
        (f"http://{HOST}", f"http://{HOST}"),
        (f"http://{HOST}", "http://evil.example"),
    ],
)
def test_a_page_of_somebody_else_is_refused_whatever_the_key(knock: Knock, origins: tuple[str, ...]) -> None:
    assert refusal(DOOR, dataclasses.replace(knock, origins=origins)) is not None


def test_a_websocket_and_whatever_changes_things_has_to_say_where_it_comes_from() -> None:
    assert refusal(DOOR, dataclasses.replace(SOCKET, origins=())) is not None
    for method in ("POST", "PUT", "DELETE", "OPTIONS", "PATCH", "CONNECT", "get"):
        assert refusal(DOOR, dataclasses.replace(LATER, method=method)) is not None


@given(token=st.none() | texts)
def test_no_other_token_opens(token: str | None) -> None:
    assert refusal(DOOR, dataclasses.replace(FIRST, token=token)) is not None


def test_not_even_a_token_that_is_nearly_right() -> None:
    for token in (DOOR.token[:-1], DOOR.token + "A", DOOR.token.swapcase(), DOOR.key, DOOR.place):
        assert refusal(DOOR, dataclasses.replace(FIRST, token=token)) is not None


@given(value=texts)
@pytest.mark.parametrize("name", ["quizbook", "Quizbook", "quizbook2", ""])
def test_no_other_cookie_opens(name: str, value: str) -> None:
    assert refusal(DOOR, dataclasses.replace(LATER, cookies=(f"{name}={value}",))) is not None


@given(path=texts.map("/{}".format).filter(lambda path: path != "/"))
def test_the_token_opens_the_first_page_only_and_the_cookie_all_but_it(path: str) -> None:
    assert refusal(DOOR, dataclasses.replace(FIRST, path=path)) is not None
    assert refusal(DOOR, dataclasses.replace(LATER, path=path)) is None
    assert refusal(DOOR, dataclasses.replace(LATER, path="/")) is not None


def test_a_cookie_of_the_same_name_that_somebody_else_set_is_in_nobodys_way() -> None:
    ours = f"quizbook={DOOR.key}"
    for cookies in ((f"quizbook=x; {ours}",), (f"{ours}; quizbook=x",), ("a=b", ours), (f"a;b=c;{ours}",)):
        assert refusal(DOOR, dataclasses.replace(LATER, cookies=cookies)) is None


def test_the_address_that_a_request_arrives_at_is_a_name_too() -> None:
    for arrived_at, host in (("192.0.2.7", "192.0.2.7:8123"), ("2001:db8::1", "[2001:db8::1]:8123")):
        knock = dataclasses.replace(FIRST, hosts=(host,))
        assert refusal(DOOR, knock) is not None
        assert refusal(DOOR, dataclasses.replace(knock, arrived_at=arrived_at)) is None


def test_on_port_80_browsers_leave_the_port_out() -> None:
    door = dataclasses.replace(DOOR, port=80)
    assert refusal(door, dataclasses.replace(SOCKET, hosts=("localhost",), origins=("http://localhost",))) is None
    assert refusal(door, dataclasses.replace(FIRST, hosts=("localhost:80",))) is not None
    assert door.address("localhost") == f"http://localhost/?token={DOOR.token}"


def test_each_start_draws_new_keys_of_256_bits_and_does_not_show_them() -> None:
    doors = [Door(frozenset({"localhost"}), 8123) for _ in range(20)]
    keys = {key for door in doors for key in (door.token, door.key, door.place)}
    assert len(keys) == 60
    assert {len(key) for key in keys} == {43}
    assert not any(key in repr(doors) for key in keys)


def test_the_cookie_stays_with_the_place_and_out_of_reach_of_scripts_and_other_sites() -> None:
    assert DOOR.cookie() == f"quizbook={DOOR.key}; Path=/{DOOR.place}/; HttpOnly; SameSite=Strict"
