from __future__ import annotations

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from research import errors
from research.parsing import kind_of, parse
from research.parsing.decoding import decode
from research.parsing.html import parse_html
from research.parsing.markdown import parse_markdown
from research.parsing.plain import parse_plain
from research.parsing.structure import MarkKind, ParsedDocument, from_json, to_json
from tests.research.pdf_samples import encrypted, pdf_of

KINDS = ("markdown", "text", "html", "transcript", "pdf")


def outline(document: ParsedDocument) -> list[tuple[str, int, str]]:
    return [(b.kind.value, b.level, document.text[b.start : b.end]) for b in document.blocks]


def marked(document: ParsedDocument, kind: MarkKind) -> list[tuple[str, str]]:
    return [(document.text[m.start : m.end], m.target) for m in document.marks if m.kind == kind]


# --- HTML ------------------------------------------------------------------------------------------

SPHINX = """<html lang="en"><head><title>5. Stones — Cairn 3 docs</title></head><body>
<div class="related" role="navigation"><a href="i.html">index</a></div>
<div class="body" role="main"><section id="stones"><span id="tut-stones"></span>
<h1><span class="section-number">5. </span>Stones<a class="headerlink" href="#stones">¶</a></h1>
<p>A <em>stone</em> rests on <a class="reference" href="base.html#bed">bed<code>rock()</code></a>
and <a href="#piles">piles</a> <a class="footnote-reference" href="#f1">[1]</a>.</p>
<div class="highlight"><pre><span>&gt;&gt;&gt; </span>x = 1

<span>y</span> = 2
</pre></div>
<section id="piles"><h2>Piles<a href="#piles">#</a></h2>
<dl><dt>pile</dt><dd><p>Stones on stones.</p><ul><li>tall</li></ul></dd></dl>
<ul><li><p>one</p><ol><li>inner</li></ol></li><li>two</li></ul>
<table><caption>Sizes</caption><tr><th>name</th><th>m</th></tr><tr><td>big</td><td>2</td></tr></table>
<blockquote><div><p>Mind the gap.</p></div></blockquote>
<p>x<sup>2</sup> but 1<sup>st</sup></p></section></section>
<div class="toctree-wrapper"><ul><li><a href="next.html">Next</a></li></ul></div></div>
<div class="sphinxsidebar"><h3>Previous topic</h3></div><div class="footer">Copyright</div></body></html>"""


def test_a_documentation_page_comes_out_clean_with_its_structure() -> None:
    document = parse_html(SPHINX, base_url="http://docs.example/t/stones.html")
    assert document.title == "Stones"
    assert document.language == "en"
    assert outline(document) == [
        ("heading", 1, "Stones"),
        ("paragraph", 0, "A stone rests on bedrock() and piles ."),
        ("code", 0, ">>> x = 1\n\ny = 2"),
        ("heading", 2, "Piles"),
        ("term", 0, "pile"),
        ("definition", 0, "Stones on stones."),
        ("list_item", 1, "tall"),
        ("list_item", 1, "one"),
        ("list_item", 2, "inner"),
        ("list_item", 1, "two"),
        ("caption", 0, "Sizes"),
        ("table", 0, "name | m\nbig | 2"),
        ("quote", 0, "Mind the gap."),
        ("paragraph", 0, "x^2 but 1st"),
    ]
    assert marked(document, MarkKind.EMPHASIS) == [("stone", "")]
    assert marked(document, MarkKind.LINK) == [
        ("bedrock()", "http://docs.example/t/base.html#bed"),
        ("piles", "#piles"),
    ]
    assert [target for _, target in marked(document, MarkKind.ANCHOR)] == ["stones", "tut-stones", "piles"]


def test_a_page_without_a_named_main_is_cut_to_its_main_text() -> None:
    sentence = "A cairn is a pile of stones that people build to mark a path over bare hills. "
    story = "".join(f"<p>{number}. {sentence * 3}</p>" for number in range(6))
    page = (
        "<html><body><div class='sidebar'><ul>"
        + "<li><a href='/x'>Buy boots now</a></li>" * 30
        + "</ul></div>"
        f"<div><div id='story'><h1>Cairns</h1>{story}</div></div>"
        "<div class='menu'>About us</div></body></html>"
    )
    document = parse_html(page)
    assert "Buy boots" not in document.text
    assert "About us" not in document.text
    assert outline(document)[0] == ("heading", 1, "Cairns")
    assert document.text.count("marks") + document.text.count("mark a path") == 18


def test_scripts_comments_and_hidden_words_are_no_text() -> None:
    page = "<p>Seen<!-- not --><script>no()</script><span hidden>no</span></p><style>p{}</style>"
    assert parse_html(page).text == "Seen"


def test_links_that_run_code_are_not_kept() -> None:
    document = parse_html("<p><a href='javascript:x()'>a</a> <a href='DATA:text/html,x'>b</a></p>")
    assert marked(document, MarkKind.LINK) == []


# --- Markdown --------------------------------------------------------------------------------------


def test_markdown_keeps_its_structure() -> None:
    source = (
        "---\ntitle: Of stones\n---\n# A *big* title\n\nWith `code` and [a link](b.md#c),\nwrapped.\n\n"
        "- one\n  - two\n\n> said\n\nPile\n: Stones on stones.\n\n| a | b |\n|---|---|\n| 1 | 2 |\n\n"
        "```python\nx = 1\n\ny = 2\n```\n"
    )
    document = parse_markdown(source, base_url="https://e.example/d/a.md")
    assert document.title == "Of stones"
    assert outline(document) == [
        ("heading", 1, "A big title"),
        ("paragraph", 0, "With code and a link, wrapped."),
        ("list_item", 1, "one"),
        ("list_item", 2, "two"),
        ("quote", 0, "said"),
        ("term", 0, "Pile"),
        ("definition", 0, "Stones on stones."),
        ("table", 0, "a | b\n1 | 2"),
        ("code", 0, "x = 1\n\ny = 2"),
    ]
    assert marked(document, MarkKind.LINK) == [("a link", "https://e.example/d/b.md#c")]
    assert marked(document, MarkKind.EMPHASIS) == [("big", "")]


def test_raw_html_in_markdown_is_read_as_text_and_never_as_code_to_run() -> None:
    document = parse_markdown("Before.\n\n<div>Inside <b>bold</b><script>alert(1)</script></div>\n\nA<br>b")
    assert [row[2] for row in outline(document)] == ["Before.", "Inside bold", "A\nb"]


# --- plain text ------------------------------------------------------------------------------------


def test_plain_text_shows_paragraphs_headings_lists_and_code() -> None:
    source = (
        "STONES\n\n1.2 Kinds of stone\n\nSlate splits into plates that lie flat on each\nother and hold.\n\n"
        "- one\n- two that is\n  long\n\n    x = 1\n    y = 2\n\nTitle\n-----\nBody.\n"
    )
    assert outline(parse_plain(source)) == [
        ("heading", 1, "STONES"),
        ("heading", 2, "1.2 Kinds of stone"),
        ("paragraph", 0, "Slate splits into plates that lie flat on each other and hold."),
        ("list_item", 1, "one"),
        ("list_item", 1, "two that is long"),
        ("code", 0, "x = 1\ny = 2"),
        ("heading", 2, "Title"),
        ("paragraph", 0, "Body."),
    ]


# --- PDF -------------------------------------------------------------------------------------------

BODY = [
    (11, "A cairn is a pile of stones that marks a path over bare hills where"),
    (11, "no other sign would stand for long, and each stone rests on oth-"),
    (11, "ers."),
]


def test_a_pdf_gives_headings_paragraphs_and_pages_without_running_heads() -> None:
    pages = [
        [
            (9, "Cairns, a handbook"),
            (20, f"Chapter {word}"),
            *BODY,
            (11, ""),
            (11, f"Part after {word}."),
            (9, str(n)),
        ]
        for n, word in enumerate(["one", "two", "three", "four"], start=1)
    ]
    document = parse("pdf", pdf_of(pages, title="Handbook"))
    assert document.title == "Handbook"
    assert outline(document)[:3] == [
        ("heading", 1, "Chapter one"),
        (
            "paragraph",
            0,
            "A cairn is a pile of stones that marks a path over bare hills where "
            "no other sign would stand for long, and each stone rests on others.",
        ),
        ("paragraph", 0, "Part after one."),
    ]
    assert [block.page for block in document.blocks] == [1, 1, 1, 2, 2, 2, 3, 3, 3, 4, 4, 4]
    assert "handbook" not in document.text


def test_a_pdf_with_an_empty_password_is_read() -> None:
    assert "cairn" in parse("pdf", encrypted(pdf_of([BODY]), password="")).text


@pytest.mark.parametrize(
    ("data", "error"),
    [
        (encrypted(pdf_of([BODY]), password="secret"), errors.PdfIsEncrypted),
        (pdf_of([[], []]), errors.PdfIsScanned),
        (pdf_of([BODY] * 1001), errors.PdfHasTooManyPages),
        (pdf_of([BODY])[:200], errors.PdfIsBroken),
        (b"%PDF-1.4\nnothing", errors.PdfIsBroken),
        (b"not a pdf", errors.PdfIsBroken),
    ],
)
def test_a_pdf_that_cannot_be_read_says_why(data: bytes, error: type[errors.SourceUnreadable]) -> None:
    with pytest.raises(error):
        parse("pdf", data)


# --- bytes and hostile input -----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("data", "charset", "text"),
    [
        (b"\xef\xbb\xbfH\xc3\xb6he", "", "Höhe"),
        ("Höhe".encode("utf-16"), "latin-1", "Höhe"),
        (b"H\xf6he", "iso-8859-1", "Höhe"),
        (b"\x93quoted\x94", "ascii", "“quoted”"),
        ("Höhe".encode(), "no-such-charset", "Höhe"),
        ("Höhe".encode(), "ascii", "HÃ¶he"),
        (b"word " * 100 + b"\xff", "", "word " * 100 + "\ufffd"),
    ],
)
def test_bytes_become_text(data: bytes, charset: str, text: str) -> None:
    assert decode(data, charset=charset) == text


def test_an_html_page_names_its_own_encoding() -> None:
    page = '<meta charset="windows-1251"><p>Камень</p>'.encode("cp1251")
    assert parse("html", page).text == "Камень"


def test_latin_1_text_without_a_name_is_guessed() -> None:
    text = "Über den Höhenzügen stehen Steinmännchen; größer als gewöhnlich, für müde Füße. " * 5
    assert decode(text.encode("latin-1")) == text


@pytest.mark.parametrize(
    "data", [bytes(range(256)) * 10, b"\x00\x01\x02" * 500, b"\x89PNG\r\n\x1a\n" + b"\x00" * 99]
)
def test_binary_data_is_not_text(data: bytes) -> None:
    with pytest.raises(errors.TextNotDecodable):
        parse("text", data)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("data", [b"", b" \n\t\n "])
def test_nothing_is_said_to_be_nothing(kind: str, data: bytes) -> None:
    with pytest.raises(errors.NothingToRead):
        parse(kind, data)


@pytest.mark.parametrize(
    ("kind", "data", "error"),
    [
        ("html", b"<div>" * 50_000 + b"x", errors.DocumentTooDeep),
        ("html", b"<b>" * 50_000 + b"x", errors.DocumentTooDeep),
        ("markdown", b"> " * 5000 + b"x", errors.DocumentTooDeep),
        ("markdown", b"[" * 60_000, errors.DocumentTooLarge),
        ("text", b"stone " * 9_000_000, errors.DocumentTooLarge),
        ("pdf", b"%PDF-" + b"0" * 61_000_000, errors.DocumentTooLarge),
        ("text", b"a" * 6_000_000, errors.DocumentTooLarge),
        ("transcript", b"no times here", errors.NothingToRead),
        ("html", b"<html><body><script>x</script>", errors.NothingToRead),
        ("docx", b"x", errors.UnknownDocumentKind),
    ],
)
def test_hostile_input_ends_in_a_named_error(
    kind: str, data: bytes, error: type[errors.SourceUnreadable]
) -> None:
    began = time.monotonic()
    with pytest.raises(error):
        parse(kind, data)
    assert time.monotonic() - began < 8


@pytest.mark.parametrize(
    ("kind", "data"),
    [
        ("html", b"<p>" * 5_000 + b"x"),
        ("html", b"<p>" + b"<i>x</i>" * 5_000),
        ("html", b"<table><tr>" + b"<td>x" * 5_000),
        ("html", b"<!--" * 5_000 + b"--><p>x</p>"),
        ("html", b"<p>\x00\x01x</p><p " + b"a=b " * 5000 + b">y</p>"),
        ("markdown", b"*a " * 15_000),
        ("markdown", b"![[" * 10_000),
        ("text", b"a\n" * 20_000),
        ("text", b"- a\n" * 5_000),
        ("transcript", b"[00:01] stone\n" * 5_000),
        ("transcript", b"00:00:01.000 --> 00:00:02.000\n<v A><v A>" * 5_000),
    ],
)
def test_odd_input_is_read_in_bounded_time(kind: str, data: bytes) -> None:
    began = time.monotonic()
    assert parse(kind, data).text
    assert time.monotonic() - began < 8


def parsed_or_refused(kind: str, data: bytes) -> tuple[ParsedDocument | None, errors.SourceUnreadable | None]:
    try:
        return parse(kind, data, base_url="https://e.example/"), None
    except errors.SourceUnreadable as refusal:
        return None, refusal


@settings(max_examples=150, deadline=None)
@given(
    st.sampled_from(KINDS),
    st.one_of(
        st.binary(max_size=200),
        st.text(max_size=200).map(lambda text: text.encode("utf-8", "surrogatepass")),
        st.text(alphabet="<>/pulitdhr123*_`#|-:[]()\n ab=\"'&;", max_size=200).map(str.encode),
    ),
)
def test_whatever_comes_in_a_sound_document_or_a_named_error_comes_out(kind: str, data: bytes) -> None:
    document, refusal = parsed_or_refused(kind, data)
    if document is None:
        assert refusal is not None
        assert refusal.outcome
        assert str(refusal)
        return
    # ParsedDocument itself refuses blocks that overlap or leave words out.
    assert document.text == "\n\n".join(document.text[b.start : b.end] for b in document.blocks)
    assert "\x00" not in document.text
    document.text.encode()
    assert from_json(to_json(document)) == document


@pytest.mark.parametrize(
    ("name", "content_type", "data", "kind"),
    [
        ("a.md", "", b"", "markdown"),
        ("a.md", "text/plain; charset=utf-8", b"", "markdown"),
        ("talk.VTT", "application/octet-stream", b"", "transcript"),
        ("page", "text/html", b"", "html"),
        ("page.md", "text/html", b"", "html"),
        ("a.txt", "", b"%PDF-1.7", "pdf"),
        ("a.txt", "", b"WEBVTT\n", "transcript"),
        ("a.srt", "application/x-subrip", b"", "transcript"),
    ],
)
def test_the_kind_is_told_by_bytes_type_and_name(
    name: str, content_type: str, data: bytes, kind: str
) -> None:
    assert kind_of(name=name, content_type=content_type, data=data) == kind


def test_an_unknown_kind_is_named() -> None:
    with pytest.raises(errors.UnknownDocumentKind, match="docx"):
        kind_of(name="a.docx")
