"""The page of `quizbook progress --html`: alone in one file, sound, readable by all, and right about the figures."""

from __future__ import annotations

import json
import re
import xml.etree.ElementTree as ET
from dataclasses import dataclass, field
from datetime import UTC, datetime
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from half_a_year import half_a_year
from program import Home

from quizbook.bank.library import load_bank
from quizbook.study.store import open_log

VOID = {"meta", "br", "hr", "img", "link", "input"}
HOSTILE = "Chapter </svg><script>alert(1)</script> & \"more\" 'too'"
BANK = """\
chapter: 9
title: {title}
questions:
  - id: mine.sum
    kind: numeric
    section: "9.1"
    prompt: How much is two and two?
    answer: 4
    explain: Count.
"""


@dataclass
class Page(HTMLParser):
    """A page as it was read: its tags in order, what is open at its end, its tables by their section's heading."""

    source: str
    tags: list[tuple[str, dict[str, str | None]]] = field(default_factory=list)
    open: list[str] = field(default_factory=list)
    tables: list[tuple[str, list[list[str]]]] = field(default_factory=list)
    heading: str = ""

    def __post_init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.feed(self.source)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)
        if tag == "h2":
            self.heading = ""
        elif tag == "table":
            self.tables.append((self.heading, []))
        elif tag == "tr":
            self.tables[-1][1].append([])
        elif tag in ("td", "th"):
            self.tables[-1][1][-1].append("")

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag, (tag, self.getpos())

    def handle_data(self, data: str) -> None:
        if self.open and self.open[-1] == "h2":
            self.heading += data
        elif self.open and self.open[-1] in ("td", "th"):
            self.tables[-1][1][-1][-1] += data

    def table(self, heading: str, number: int = 0) -> dict[str, list[str]]:
        """The rows of a section's table, by their first cell."""
        _, rows = [one for one in self.tables if one[0] == heading][number]
        return {first: rest for first, *rest in rows[1:]}


@dataclass(frozen=True)
class Written:
    source: str
    page: Page
    document: dict[str, Any]


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Home:
    folder = tmp_path_factory.mktemp("page")
    bank = folder / "ch09.yaml"
    bank.write_text(BANK.format(title=json.dumps(HOSTILE)))
    home = Home(folder / "home", {"QUIZBOOK_BANK": str(bank)})
    with open_log(home.path) as log:
        log.append(*half_a_year(load_bank(), datetime.now(UTC)))
    return home


@pytest.fixture(scope="module")
def written(home: Home) -> Written:
    path = home.path.parent / "progress.html"
    done = home.run("progress", "--html", str(path))
    assert (done.returncode, done.stdout) == (0, f"The page is written: {path}\n"), done.stderr
    source = path.read_text()
    return Written(source, Page(source), home.document("progress", "--json", code=0))


def test_every_tag_is_closed_and_no_id_is_given_twice(written: Written) -> None:
    assert written.page.open == []
    ids = [attributes["id"] for _, attributes in written.page.tags if "id" in attributes]
    assert len(ids) == len(set(ids)) > 20


def test_nothing_comes_from_elsewhere_and_nothing_runs(written: Written) -> None:
    named = {tag for tag, _ in written.page.tags}
    assert not named & {"script", "link", "img", "iframe", "object", "embed", "base", "form", "style src"}
    for tag, attributes in written.page.tags:
        assert not {"src", "href", "xlink:href", "srcset", "action", "style"} & set(attributes), tag
        assert not [name for name in attributes if name.startswith("on")], tag
    assert not re.findall(r"url\(|@import", written.source)
    addresses = set(re.findall(r"https?://[^\"'\s<]+", written.source))
    assert addresses == {"http://www.w3.org/2000/svg"}  # the name of a namespace, which nobody fetches
    assert "default-src 'none'" in written.source


def test_every_picture_is_sound_xml_with_a_title_and_a_description(written: Written) -> None:
    pictures = re.findall(r"<svg.*?</svg>", written.source, re.DOTALL)
    assert len(pictures) > 20
    for text in pictures:
        root = ET.fromstring(text)
        title, description = root[0], root[1]
        assert title.tag.endswith("}title")
        assert description.tag.endswith("}desc")
        assert (title.text or "").strip()
        assert (description.text or "").strip()
        assert root.get("role") == "img"
        assert root.get("aria-labelledby") == f"{title.get('id')} {description.get('id')}"


def test_every_picture_comes_for_a_screen_and_for_a_phone(written: Written) -> None:
    sizes = re.findall(r'<svg class="(\w+)" viewBox="0 0 (\d+)', written.source)
    assert sizes.count(("narrow", "350")) == len(sizes) / 2
    assert {width for name, width in sizes if name == "wide"} == {"520", "1080"}
    assert '<meta name="viewport" content="width=device-width, initial-scale=1">' in written.source
    assert "prefers-color-scheme: dark" in written.source


def test_no_shape_leaves_its_picture(written: Written) -> None:
    for text in re.findall(r"<svg.*?</svg>", written.source, re.DOTALL):
        root = ET.fromstring(text)
        _, _, width, height = map(float, root.attrib["viewBox"].split())
        for shape in root.iter():
            for name, most in (
                ("x", width),
                ("cx", width),
                ("x1", width),
                ("x2", width),
                ("y", height),
                ("cy", height),
            ):
                if name in shape.attrib:
                    assert -1 <= float(shape.attrib[name]) <= most + 1, (root[0].text, shape.attrib)
            if "width" in shape.attrib:
                assert float(shape.attrib["width"]) > 0
                assert float(shape.attrib["x"]) + float(shape.attrib["width"]) <= width + 1


def test_behind_every_figure_stands_a_table(written: Written) -> None:
    headings = re.findall(r"<h2>(.*?)</h2>", written.source)
    assert headings == list(dict.fromkeys(heading for heading, _ in written.page.tables))
    assert len(headings) == 9
    for heading, rows in written.page.tables:
        assert len({len(row) for row in rows}) == 1, heading


def percent(share: float | None) -> str:
    return "-" if share is None else f"{share * 100:.0f} %"


def test_the_numbers_of_the_tables_are_those_of_json(written: Written) -> None:
    page, document = written.page, written.document
    due = page.table("Coming due")
    assert due == {day: [str(count)] for day, count in document["forecast"].items()}
    months = page.table("Remembered, by month")
    assert {month: row[-1] for month, row in months.items()} == {
        month: str(told["reviews"]) for month, told in document["retention"]["by_month"].items()
    }
    intervals = page.table("Remembered, by the days since the last time")
    assert sum(int(row[-1]) for row in intervals.values()) == document["retention"]["reviews"] > 1000
    sure = page.table("How sure, and how right")
    for name, told in document["calibration"].items():
        assert sure[name] == [
            *(percent(told[key]) for key in ("mean_score", "low", "high")), str(told["attempts"])
        ]  # fmt: skip
    for number, name in enumerate(("chapters", "sections")):
        rows = page.table("Chapters", number)
        assert set(rows) == set(document["mastery"][name])
        for one, told in document["mastery"][name].items():
            counts = [str(told[key]) for key in ("items", "seen", "learning", "mature", "due")]
            assert rows[one][:6] == [*counts, percent(told["latest_score"])]
    days = page.table("Answers a day")
    assert sum(int(cell) for row in days.values() for cell in row[:7] if cell) == document["attempts"]
    gains = page.table("Before and after reading")
    for chapter, told in document["gain"].items():
        assert gains[f"{chapter}, all"][:2] == [percent(told["before"]), percent(told["after"])]
        for section, one in told["sections"].items():
            assert gains[f"{chapter}, {section}"][-1] == str(one["items"])


def test_titles_of_a_course_are_shown_and_never_taken_for_tags(written: Written) -> None:
    assert "alert(1)" in written.source
    assert "<script" not in written.source
    assert "&lt;script&gt;" in written.source


def test_the_page_of_an_empty_log_says_how_to_begin(tmp_path: Path) -> None:
    Home(tmp_path / "home").run("progress", "--html", str(tmp_path / "p.html"))
    source = (tmp_path / "p.html").read_text()
    assert Page(source).open == []
    assert "<code>quizbook quiz --chapter 1</code> begins" in source


def test_with_json_the_document_alone_is_on_stdout(home: Home, tmp_path: Path) -> None:
    done = home.run("progress", "--json", "--html", str(tmp_path / "p.html"))
    assert json.loads(done.stdout)["attempts"] > 1000
    assert f"The page is written: {tmp_path / 'p.html'}" in done.stderr


def test_a_page_is_replaced_whole_and_leaves_nothing_beside_it(home: Home, tmp_path: Path) -> None:
    path = tmp_path / "p.html"
    path.write_text("old")
    for _ in range(2):
        assert home.run("progress", "--html", str(path)).returncode == 0
    assert path.read_text().endswith("</html>\n")
    assert [file.name for file in tmp_path.iterdir()] == ["p.html"]


@pytest.mark.parametrize(
    ("name", "said"),
    [
        (
            "nowhere/p.html",
            "cannot be written to {} (No such file or directory). Name a file in a folder where you may",
        ),
        ("", "{} is a folder: name a file in it, such as {}/progress.html."),
        ("p" * 300, "(File name too long)"),
    ],
)
def test_a_page_that_cannot_be_written_is_said_in_a_sentence(home: Home, tmp_path: Path, name: str, said: str) -> None:
    path = tmp_path / name
    done = home.run("progress", "--html", str(path))
    assert done.returncode == 2
    assert said.format(path, path) in done.stderr
    assert "Traceback" not in done.stderr
    assert [file.name for file in tmp_path.iterdir()] == []
