"""How a file is written, found out."""

import gzip

import pytest

from crm.domain.attributes import AttributeType
from crm.domain.csv_dialect import UnusableFile, detect
from crm.domain.csv_rows import Sheet, headings
from crm.domain.csv_types import look_through


def read(path, **overrides):
    with Sheet(path, detect(path, **overrides)) as sheet:
        return sheet.header, [(record.cells, record.fault) for record in sheet.rows()]


def found(path, country="GB"):
    with Sheet(path, detect(path)) as sheet:
        findings = look_through(sheet.rows(), len(sheet.header), country=country)
        return findings, dict(zip(sheet.header, findings.types, strict=True))


TEXT = 'Name;Ort\r\n"Größer";"Köln, alt"\r\nJosé;"zwei\nZeilen"\r\n'
ROWS = [(["Größer", "Köln, alt"], ""), (["José", "zwei\nZeilen"], "")]


@pytest.mark.parametrize(
    ("content", "encoding"),
    [
        (TEXT.encode("utf-8"), "utf-8"),
        (TEXT.encode("utf-8-sig"), "utf-8-sig"),
        (TEXT.encode("cp1252"), "cp1252"),
        (b"\xff\xfe" + TEXT.encode("utf-16-le"), "utf-16-le"),
        (b"\xfe\xff" + TEXT.encode("utf-16-be"), "utf-16-be"),
        (TEXT.encode("utf-16-le"), "utf-16-le"),
        (TEXT.encode("utf-16-be"), "utf-16-be"),
        (gzip.compress(TEXT.encode("utf-8-sig"), mtime=0), "utf-8-sig"),
    ],
)
def test_encodings(written, content, encoding):
    path = written(content)
    assert detect(path).encoding == encoding
    assert read(path) == (["Name", "Ort"], ROWS)


@pytest.mark.parametrize("sign", [",", ";", "\t", "|"])
def test_delimiters(written, sign):
    path = written(f"a{sign}b{sign}c\n1{sign}2{sign}3\n")
    assert detect(path).delimiter == sign
    assert read(path) == (["a", "b", "c"], [(["1", "2", "3"], "")])


def test_the_line_by_which_excel_names_its_delimiter_is_no_heading(written):
    assert read(written("sep=;\r\na;b\r\n1,5;2\r\n")) == (["a", "b"], [(["1,5", "2"], "")])


def test_a_quoted_heading_behind_a_mark(written):
    assert read(written(b'\xef\xbb\xbf"a b",c\n1,2\n'))[0] == ["a b", "c"]


def test_each_bad_row_has_its_reason_and_harms_no_other(written):
    path = written(b'a,b\n1,2\n"open,3\n4,5\n"x,y",6\n\x00,1\n"Bob" Smith,2\n1,2,3\n1,2,\n1\n\n   \nlast,"q')
    assert read(path)[1] == [
        (["1", "2"], ""),
        (['"open,3'], "unclosed_quote"),
        (["4", "5"], ""),
        (["x,y", "6"], ""),
        (["\x00", "1"], "bad_characters"),
        (["Bob Smith", "2"], ""),
        (["1", "2", "3"], "too_many_columns"),
        (["1", "2"], ""),
        (["1"], ""),
        (['last,"q'], "unclosed_quote"),
    ]


def test_a_few_broken_bytes_in_utf8_are_broken_bytes(written):
    rows = "".join(f"Zoë {number},é\n" for number in range(50)).encode()
    path = written(b"a,b\n" + rows + b"\xff,1\n")
    assert detect(path).encoding == "utf-8"
    assert read(path)[1][-1][1] == "bad_characters"


def test_a_quote_that_never_closes_costs_one_row_and_little_memory(written):
    path = written('a,b\n"open,1\n' + "".join(f"{number},x\n" for number in range(300_000)))
    rows = read(path)[1]
    assert rows[0][1] == "unclosed_quote"
    assert len(rows) == 300_001
    assert not any(fault for _, fault in rows[1:])


@pytest.mark.parametrize(
    ("content", "word"),
    [
        (b"", "empty"),
        (b"\r\n\r\n", "empty"),
        (b"PK\x03\x04rest", "Excel"),
        (b"%PDF-1.7", "PDF"),
        (gzip.compress(b"a,b\n" * 1000, mtime=0)[:-20], "cannot be read"),
        (b"\x1f\x8bnot gzip at all", "cannot be read"),
        (b",".join([b"a"] * 1001) + b"\n", "columns"),
    ],
)
def test_what_cannot_be_used_says_so(written, content, word):
    with pytest.raises(UnusableFile, match=word):
        read(written(content))


def test_headings_are_unique_and_never_empty():
    assert headings(["a", " a ", "", "b\n c"]) == ["a", "a (2)", "Column 3", "b c"]


def test_types_come_from_all_rows(written):
    plain = "".join(f"0{number},{number},true,2024-01-{number % 28 + 1:02},x\n" for number in range(3000))
    findings, types = found(
        written("postcode,n,flag,day,late\n" + plain.replace("x\n", "1\n") + "1,1,true,2024-01-01,a\n")
    )
    assert types == {
        "postcode": AttributeType.TEXT,
        "n": AttributeType.NUMBER,
        "flag": AttributeType.YES_NO,
        "day": AttributeType.DATE,
        "late": AttributeType.TEXT,
    }
    assert findings.rows == 3001


def test_yes_and_no_stay_words_and_zeros_numbers(written):
    _, types = found(written("a,b,c,d\nYes,0,ja,+49170\nNo,1,nein,+49171\n"))
    assert types == {"a": "text", "b": "number", "c": "text", "d": "text"}


@pytest.mark.parametrize(
    ("dates", "country", "order", "sure"),
    [
        (["3/4/2024", "25/12/2023"], "US", "dmy", True),
        (["3/4/2024", "12/25/2023"], "GB", "mdy", True),
        (["3/4/2024", "1/2/2024"], "GB", "dmy", False),
        (["3/4/2024", "1/2/2024"], "US", "mdy", False),
        (["3.4.2024", "1.2.2024"], "US", "dmy", True),
        (["2024-04-03"], "GB", "ymd", True),
        (["25/12/2023", "13/01/2024", "31/02/2024", "12/13/1990"], "GB", "dmy", True),
    ],
)
def test_date_orders(written, dates, country, order, sure):
    findings, types = found(written("d\n" + "\n".join(dates) + "\n"), country)
    assert (findings.date_order, findings.sure_of_order) == (order, sure)
    assert types["d"] == AttributeType.DATE
