"""`quizbook serve` as browsers and their enemies meet it: a real server, real requests, real processes."""

import asyncio
import os
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

pytest.importorskip("textual_serve", reason="the extra `web` is not installed: pip install 'quizbook[web]'")

import aiohttp
from headless_chromium import CHROMIUM, open_tab
from headless_chromium import eventually as soon
from served import REPOSITORY, Browser, Served, browser_of, eventually, gone, quizbook_served, served

HEADERS = {
    "Cache-Control": "no-store",
    "Referrer-Policy": "no-referrer",
    "X-Frame-Options": "DENY",
    "X-Content-Type-Options": "nosniff",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}


@pytest.fixture(scope="module")
def server() -> Iterator[Served]:
    with served() as running:
        yield running


def paths_of(browser: Browser) -> list[str]:
    below = ("", "ws/dark", "static/js/textual.js", "page/page.js", "download/0123", "nothing")
    return ["/", "/?token=", "/?token=wrong", "/nothing", "/download/0123", *(browser.place + path for path in below)]


def test_without_the_token_nothing_is_served(server: Served) -> None:
    async def look() -> None:
        async with browser_of(server) as known, aiohttp.ClientSession() as stranger:
            for path in paths_of(known):
                for method in ("GET", "HEAD", "POST", "OPTIONS"):
                    async with stranger.request(method, server.origin + path) as answer:
                        assert answer.status == 403, (method, path)
                        assert "Set-Cookie" not in answer.headers

    asyncio.run(look())


def test_the_token_in_the_address_becomes_a_cookie_and_leaves_the_address(server: Served) -> None:
    async def look() -> None:
        async with aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar()) as client:
            async with client.get(server.url) as answer:
                text = await answer.text()
                cookie = answer.cookies["quizbook"]
            assert (cookie["httponly"], cookie["samesite"], cookie["domain"]) == (True, "Strict", "")
            assert cookie["path"] != "/"
            assert f'url={cookie["path"]}"' in text
            assert server.url.partition("token=")[2] not in text + cookie.value + cookie["path"]
            for sent, status in ((f"quizbook={cookie.value}", 200), (f"quizbook={cookie.value}x", 403), ("", 403)):
                async with client.get(server.origin + cookie["path"], headers={"Cookie": sent}) as answer:
                    assert answer.status == status

    asyncio.run(look())


def test_another_name_for_this_machine_is_refused_to_whoever_has_the_key(server: Served) -> None:
    port = server.origin.rpartition(":")[2]

    async def look() -> None:
        async with browser_of(server) as browser:
            for host in (f"evil.example:{port}", "evil.example", "127.0.0.1", "127.0.0.1:1", f"0.0.0.0:{port}"):
                for path in paths_of(browser):
                    assert await browser.status(path, Host=host) == 403, (host, path)
                assert await browser.status(server.url.removeprefix(server.origin), Host=host) == 403
                with pytest.raises(aiohttp.WSServerHandshakeError, match="403"):
                    async with browser.session(Host=host, Origin=f"http://{host}"):
                        pass
            assert await browser.status(browser.place, Host=f"localhost:{port}") == 200

    asyncio.run(look())


def test_a_page_of_another_origin_opens_no_session_though_the_browser_sends_our_cookie(server: Served) -> None:
    async def look() -> None:
        async with browser_of(server) as browser:
            neighbour = server.origin[:-1] + ("1" if server.origin[-1] == "0" else "0")
            for origin in ("http://evil.example", neighbour, "null", server.origin.replace("http:", "https:")):
                with pytest.raises(aiohttp.WSServerHandshakeError, match="403"):
                    async with browser.session(Origin=origin):
                        pass
                assert await browser.status(browser.place, Origin=origin) == 403
                assert await browser.status(browser.place, "POST", Origin=origin) == 403
            with pytest.raises(aiohttp.WSServerHandshakeError, match="403"):
                async with browser.client.ws_connect(f"{server.origin}{browser.place}ws/dark"):
                    pass
            assert await browser.status(browser.place, "POST", Origin=server.origin) == 405
            assert server.apps() == []

    asyncio.run(look())


def test_with_the_right_key_the_app_is_drawn_and_takes_keys_and_sizes(server: Served) -> None:
    async def look() -> None:
        async with browser_of(server) as browser, browser.session("width=60&height=20") as session:
            assert "no key yet" in await session.until("<size 60 20>")
            await session.send("stdin", "j")
            await session.until("<key j>")
            await session.send("resize", {"width": 40, "height": 12})
            await session.until("<size 40 12>")
            await session.send("ping", "12")
            assert await session.told("pong") == "12"

    asyncio.run(look())


def test_nonsense_from_a_browser_ends_no_session(server: Served) -> None:
    async def look() -> None:
        async with browser_of(server) as browser, browser.session("width=-3&height=x") as session:
            await session.until("<size 80 24>")
            for text in ("", "{", "[]", "null", '["stdin"]', '["stdin", 3]', '["resize", {"width": "a"}]', "[" * 10**5):
                await session.socket.send_str(text)
            await session.socket.send_bytes(b"\xff\x00")
            await session.send("stdin", "\ud800")
            await session.send("resize", {"width": 10**9, "height": 5})
            await session.until("<size 1000 5>")
            await session.send("resize", {"width": 80, "height": 24})
            await session.send("stdin", "k")
            await session.until("<key k>")

    asyncio.run(look())


def test_every_answer_forbids_caching_framing_sniffing_and_foreign_content(server: Served) -> None:
    async def look() -> None:
        async with browser_of(server) as browser:
            urls = [server.url, server.origin, *(server.origin + path for path in paths_of(browser))]
            answers = [await browser.client.get(url) for url in urls]
            async with browser.session() as session:
                handshake = session.socket._response
            for answer in (*answers, handshake):
                assert {name: answer.headers.get(name) for name in HEADERS} == HEADERS, answer.url
                policy = answer.headers["Content-Security-Policy"]
                assert "default-src 'none'" in policy
                assert "frame-ancestors 'none'" in policy
                assert not re.search(r"https?:|\*|unsafe-eval|script-src[^;]*unsafe", policy)
            assert {200, 400, 403, 404} <= {answer.status for answer in answers}

    asyncio.run(look())


def test_files_of_the_app_are_fetched_through_the_same_door_and_never_shown_as_a_page(server: Served) -> None:
    async def look() -> None:
        async with browser_of(server) as browser, browser.session() as session, aiohttp.ClientSession() as stranger:
            await session.until("<size")
            await session.send("stdin", "d")
            path = f"{browser.place}download/{await session.told('deliver_file_start')}"
            async with stranger.get(server.origin + path) as answer:
                assert answer.status == 403
            async with browser.client.get(server.origin + path) as answer:
                assert answer.status == 200
                assert await answer.read() == b"line one\n"
                assert answer.content_type == "application/octet-stream"
                assert answer.headers["Content-Disposition"] == "attachment; filename*=UTF-8''n%C3%A4me.svg"
                assert "sandbox" in answer.headers["Content-Security-Policy"]
            assert await browser.status(path) == 404

    asyncio.run(look())


def test_the_app_gets_no_token_and_no_wish_for_plain_lines() -> None:
    async def look(server: Served) -> None:
        async with browser_of(server) as browser, browser.session() as session:
            assert "<TERM xterm-256color> <plain False>" in await session.until("<colours 15;0>")
            [app] = server.apps()
            known = Path(f"/proc/{app}/environ").read_bytes() + Path(f"/proc/{app}/cmdline").read_bytes()
            secrets = [server.url.partition("token=")[2], browser.place.strip("/")]
            secrets += [cookie.value for cookie in browser.client.cookie_jar]
            assert len(secrets) == 3
            assert not any(secret.encode() in known for secret in secrets)
        async with browser_of(server) as browser, browser.session(look="light") as session:
            await session.until("<colours 0;15>")

    with served(environment={"TERM": "dumb", "QUIZBOOK_PLAIN": "1"}) as server:
        asyncio.run(look(server))


def test_a_closed_tab_ends_its_app_and_no_other(server: Served) -> None:
    async def look() -> None:
        async with browser_of(server) as browser, browser.session() as staying:
            await staying.until("<size")
            [kept] = server.apps()
            async with browser.session() as closed:
                await closed.until("<size")
                [ended] = set(server.apps()) - {kept}
            assert await soon(lambda: gone(ended))
            assert server.apps() == [kept]
            await staying.send("stdin", "j")
            await staying.until("<key j>")
        assert await soon(lambda: gone(kept))

    asyncio.run(look())


def test_an_app_that_ends_says_so_in_the_browser(server: Served) -> None:
    async def look() -> None:
        async with browser_of(server) as browser:
            for key, told in (
                ("q", "quizbook has ended. What you answered is kept."),
                ("x", "quizbook: the store is damaged; quizbook doctor says more"),
            ):
                async with browser.session() as session:
                    await session.until("<size")
                    await session.send("stdin", key)
                    assert await session.told("ended") == told
                    assert await session.code() == 1000
            assert await soon(lambda: server.apps() == [])

    asyncio.run(look())


def test_an_app_that_cannot_start_says_why_in_the_browser(tmp_path: Path) -> None:
    async def look(server: Served, told: str) -> None:
        async with browser_of(server) as browser, browser.session() as session:
            assert told in await session.told("ended")
            assert await soon(lambda: server.apps() == [])

    with served(tmp_path / "no_such_program") as server:
        asyncio.run(look(server, "cannot be started"))
    with served(sys.executable, "-c", "import sys; sys.exit('no bank here')") as server:
        asyncio.run(look(server, "no bank here"))


@pytest.mark.slow
def test_there_are_never_more_apps_than_the_limit() -> None:
    async def look(server: Served) -> None:
        async with browser_of(server) as browser:
            async with browser.session() as first, browser.session() as second:
                await first.until("<size")
                await second.until("<size")
                async with browser.session() as third:
                    assert await third.told("ended") == (
                        "2 sessions are open, and no more are allowed. Close one of their tabs."
                    )
                    assert await third.code() == 1013
                assert len(server.apps()) == 2
            async with browser.session() as fourth:  # as when a page is loaded anew: its old app is still ending
                await fourth.until("<size")
            assert len(server.apps()) <= 2

    with served(most_sessions=2) as server:
        asyncio.run(look(server))


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_server_that_is_stopped_ends_its_apps_and_says_so(number: signal.Signals) -> None:
    async def look(server: Served) -> list[int]:
        async with browser_of(server) as browser, browser.session() as one, browser.session() as two:
            await one.until("<size")
            await two.until("<size")
            apps = server.apps()
            server.process.send_signal(number)
            assert await one.told("ended") == "`quizbook serve` was stopped. What you answered is kept."
            assert await two.code() == 1001
            return apps

    with served() as server:
        apps = asyncio.run(look(server))
        assert server.process.wait(60) == 0
        assert len(apps) == 2
        assert all(map(gone, apps))


@pytest.mark.slow
def test_an_app_that_is_deaf_to_everything_is_ended_too() -> None:
    async def look(server: Served) -> None:
        async with browser_of(server) as browser, browser.session() as session:
            await session.until("<size")
            await session.send("stdin", "h")
            [app] = server.apps()
            assert await soon(lambda: ignores_sigterm(app))
        assert await soon(lambda: gone(app))

    with served() as server:
        asyncio.run(look(server))


def ignores_sigterm(process: int) -> bool:
    [mask] = re.findall(r"SigIgn:\s*(\w+)", Path(f"/proc/{process}/status").read_text())
    return bool(int(mask, 16) >> (signal.SIGTERM - 1) & 1)


def test_apps_do_not_outlive_a_server_that_was_killed() -> None:
    async def look(server: Served) -> int:
        async with browser_of(server) as browser, browser.session() as session:
            await session.until("<size")
            [app] = server.apps()
            server.process.kill()
            return app

    with served() as server:
        app = asyncio.run(look(server))
        assert eventually(lambda: gone(app))


def quizbook_serve(*words: str, before: str = "pass") -> subprocess.CompletedProcess[str]:
    code = f"import sys; {before}; from quizbook.cli.main import main; sys.exit(main())"
    return subprocess.run(
        [sys.executable, "-c", code, "serve", *words],
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONPATH": str(REPOSITORY)},
        timeout=60,
    )


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("--host", "0.0.0.0"), "'0.0.0.0' can be reached from other machines"),
        (("--host", "192.0.2.1"), "'192.0.2.1' can be reached from other machines"),
        (("--host", "::"), "'::' can be reached from other machines"),
        (("--host", "192.0.2.1", "--i-know"), "'192.0.2.1' is no address of this machine."),
        (("--host", "no such host"), "'no such host' is no address that is known here."),
        (("--host", "", "--i-know"), "'' is no address that is known here."),
        (("--host", "a" * 3000), "is no address that is known here."),
        (("--host", "\x1b[31m"), r"'\x1b[31m' is no address that is known here."),
        (("--i-know",), "--i-know belongs to --host"),
        (("--port", "65536"), "65536 is no port"),
        (("--port", "x"), "'x' is no whole number"),
    ],
)
def test_what_cannot_be_served_is_one_sentence(words: tuple[str, ...], sentence: str) -> None:
    done = quizbook_serve(*words)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("quizbook: ")
    assert done.stderr.count("\n") == 1
    assert len(done.stderr) < 400
    assert sentence in done.stderr


def test_a_port_that_is_taken_is_one_sentence() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        done = quizbook_serve("--port", str(port))
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == (f"quizbook: Port {port} is taken. Name another, or leave out --port to get a free one.\n")


@pytest.mark.parametrize("missing", ["textual_serve", "aiohttp"])
def test_without_the_extra_it_says_how_to_get_it(missing: str) -> None:
    done = quizbook_serve(before=f"sys.modules[{missing!r}] = None")
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == "quizbook: Serving needs one more package: pip install 'quizbook[web]'\n"


def test_a_named_port_is_served_again_right_after_its_server_ended() -> None:
    with served() as first:
        port = int(first.origin.rpartition(":")[2])
        asyncio.run(_drawn(first))
    with served(port=port) as second:
        asyncio.run(_drawn(second))
        assert second.origin == first.origin
        assert second.url != first.url


async def _drawn(server: Served) -> None:
    async with browser_of(server) as browser, browser.session() as session:
        await session.until("<size")


def test_on_all_addresses_the_door_is_as_narrow() -> None:
    async def look(server: Served) -> None:
        port = server.origin.rpartition(":")[2]
        async with aiohttp.ClientSession() as client:
            query = server.url.removeprefix(server.origin)
            for host, status in (
                (f"127.0.0.1:{port}", 200),
                (f"localhost:{port}", 200),
                (f"{socket.gethostname()}:{port}", 200),
                (f"evil.example:{port}", 403),
                (f"192.0.2.1:{port}", 403),
                (f"0.0.0.0:{port}", 403),
            ):
                async with client.get(f"http://127.0.0.1:{port}{query}", headers={"Host": host}) as answer:
                    assert answer.status == status, host

    with served(host="0.0.0.0", anywhere=True) as server:
        assert socket.gethostname().lower() in server.url
        asyncio.run(look(server))


def test_quizbook_serve_serves_quizbook(tmp_path: Path) -> None:
    async def look(server: Served) -> None:
        async with browser_of(server) as browser, browser.session() as session:
            await session.until("Review")
            await session.send("stdin", "q")
            assert await session.told("ended") == "quizbook has ended. What you answered is kept."

    with quizbook_served(tmp_path) as server:
        asyncio.run(look(server))


needs_chromium = pytest.mark.skipif(CHROMIUM is None, reason="there is no chromium here (apt-get install chromium)")


@pytest.mark.slow
@needs_chromium
def test_a_real_browser_shows_quizbook_itself(tmp_path: Path) -> None:
    async def look(server: Served) -> None:
        async with open_tab(tmp_path, server.url) as tab:
            assert await soon(lambda: "Review" in tab.drawn())
            before = await tab.screenshot()
            await tab.press("?")
            assert await tab.differs_from(before)
            assert tab.complaints == []

    with quizbook_served(tmp_path / "home") as server:
        asyncio.run(look(server))


@pytest.mark.slow
@needs_chromium
def test_a_real_browser_shows_the_app_takes_keys_and_asks_nobody_else(tmp_path: Path) -> None:
    async def look(server: Served) -> None:
        async with open_tab(tmp_path, server.url) as tab:
            assert await soon(lambda: "no key yet" in tab.drawn())
            assert await tab.evaluate("document.fonts.check('16px \"Roboto Mono\"')")
            before = await tab.screenshot()
            await tab.press("j")
            assert await soon(lambda: "<key j>" in tab.drawn())
            assert await tab.differs_from(before)
            assert "token" not in await tab.evaluate("location.href")
            assert await tab.evaluate("document.cookie") == ""
            await tab.do("Browser.setDownloadBehavior", behavior="allow", downloadPath=str(tmp_path / "downloads"))
            await tab.press("d")
            assert await soon(lambda: (tmp_path / "downloads" / "näme.svg").exists())

            await tab.press("q")
            assert await soon(lambda: server.apps() == [])
            assert await tab.comes_true("document.getElementById('why').textContent.startsWith('quizbook has ended.')")
            assert {url.partition(":")[2].split("/")[2] for url in tab.requested} == {server.origin.split("/")[2]}
            assert tab.complaints == []

    with served() as server:
        asyncio.run(look(server))
