"""Tables of text: every form in which programs and countries write them is read, or a sentence."""

import datetime as dt

import pytest

from music_assets.landing.delimited import (
    ARTIST,
    DATE,
    RANK,
    STREAMS,
    TITLE,
    Column,
    DelimitedError,
    day_of,
    first_in,
    read_delimited,
    whole_number_of,
)

COLUMNS = [
    Column("rank", RANK),
    Column("title", TITLE),
    Column("artist", ARTIST, needed=False),
    Column("streams", STREAMS),
]
PLAIN = 'rank,track_name,streams\n1,"Dönme, ñ","1,234"\n2,Other,5\n'
READ = [
    (2, {"rank": "1", "title": "Dönme, ñ", "artist": None, "streams": "1,234"}),
    (3, {"rank": "2", "title": "Other", "artist": None, "streams": "5"}),
]


def read(content: bytes | str) -> list[tuple[int, dict[str, str | None]]]:
    content = content.encode() if isinstance(content, str) else content
    return list(read_delimited(content, "chart.csv", COLUMNS))


def titles(content: bytes | str) -> list[str | None]:
    return [record["title"] for _, record in read(content)]


@pytest.mark.parametrize(
    "encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "latin-1", "cp1252"]
)
def test_every_encoding_gives_the_same_texts(encoding: str) -> None:
    assert read(PLAIN.encode(encoding)) == READ


@pytest.mark.parametrize("separator", [",", ";", "\t", "|"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_every_separator_and_end_of_line_gives_the_same_texts(separator: str, end: str) -> None:
    lines = [["rank", "track_name", "streams"], ["1", '"Dönme, ñ"', '"1,234"'], ["2", "Other", "5"]]
    assert read(end.join(separator.join(line) for line in lines)) == READ


@pytest.mark.parametrize(
    "header",
    [
        "Platz;Titel;Künstler;Wiedergaben",
        "Classement;Titre;Artiste;Écoutes",
        "Posición;Canción;Artista;Reproducciones",
        "Posição;Música;Artistas;Reproduções",
        "posicao;musica;artistas;reproducoes",
        "\u202fRANK ; Track-Name;Artist Names;STREAMS",
        '"Posizione";"Titolo";"Artisti";"Ascolti"',
    ],
)
def test_headers_of_other_languages_and_in_other_spellings_are_read(header: str) -> None:
    [(line, record)] = read(f"{header}\n3;T;A;1.234\n")
    assert (line, list(record.values())) == (2, ["3", "T", "A", "1.234"])


def test_a_line_that_names_the_separator_and_a_note_stand_above_the_header() -> None:
    note = "sep=;\nTop songs of the week; as of Thursday\n\n"
    assert read(f"{note}rank;title;streams\n1;T;5\n")[0][0] == 5


def test_columns_stand_in_any_order_among_others() -> None:
    [(_, record)] = read("uri,streams,label,title,rank\nu,5,l,T,1\n")
    assert record == {"rank": "1", "title": "T", "artist": None, "streams": "5"}


def test_the_best_word_counts_where_two_columns_bear_one() -> None:
    [(_, record)] = read("title,track_name,rank,streams\nan album,T,1,5\n")
    assert record["title"] == "T"


def test_a_missing_column_is_named_with_those_that_are_there() -> None:
    with pytest.raises(DelimitedError) as raised:
        read("rank,uri,\x00artist_names,,track_name\n1,u,A,,T\n")
    assert str(raised.value) == (
        "chart.csv has no column for streams (streams); its columns are rank, uri, artist_names, "
        "'', track_name."
    )


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "chart.csv is empty"),
        (b"\xef\xbb\xbf\r\n \r\n", "chart.csv is empty"),
        (b"<!DOCTYPE html><html><title>Log in</title>", "holds a web page"),
        (b"PK\x03\x04\x14\x00\x06\x00xl/workbook.xml", "is an archive or a workbook"),
        (b'[{"rank": 1}]', "no column for rank (rank) and none for title"),
        (bytes(3_000), "has no column for"),
    ],
)
def test_what_is_no_table_is_a_sentence(content: bytes, said: str) -> None:
    with pytest.raises(DelimitedError, match=r"^chart\.csv .*\.$") as raised:
        read(content)
    assert said in str(raised.value)


def test_a_header_alone_gives_no_record() -> None:
    assert read("rank,title,streams\r\n") == []


def test_blank_lines_are_passed_over_and_a_total_row_is_given() -> None:
    found = read("rank,title,streams\n\n1,T,5\n,,\n,Total,5\n")
    assert [(line, record["title"]) for line, record in found] == [(3, "T"), (5, "Total")]


def test_a_short_record_lacks_its_last_texts_and_a_long_one_all() -> None:
    found = read("rank,title,streams\n1,T\n2,T,1,234\n3,T,5,\n")
    assert [list(record.values()) for _, record in found] == [
        ["1", "T", None, None],
        [None, None, None, None],
        ["3", "T", None, "5"],
    ]


@pytest.mark.parametrize(
    ("line", "title"),
    [
        ('2,"""Heroes""",5', '"Heroes"'),
        ('2,12" Mix,5', '12" Mix'),
        ('2,"Heroes" (live),5', "Heroes (live)"),
        ('2,"two\nlines",5', "two\nlines"),
        ("2,a\u2028b\x85c\x0cd,5", "a\u2028b\x85c\x0cd"),
    ],
)
def test_quotes_and_rare_characters_in_a_title_are_read(line: str, title: str) -> None:
    assert titles(f"rank,title,streams\n1,A,5\n{line}\n3,C,5\n") == ["A", title, "C"]


@pytest.mark.parametrize("broken", ['2,"B', '2,"B,5', '2,"B,"5"x"', f"2,{'B' * 200_000},5"])
def test_a_broken_record_costs_no_other(broken: str) -> None:
    others = '3,"C","5"\n' * 30
    found = titles(f"rank,title,streams\n1,A,5\n{broken}\n{others}")
    assert (found[0], found[2:]) == ("A", ["C"] * 30)


def test_lines_whose_quotes_do_not_fit_together_are_records_of_their_own() -> None:
    assert titles('rank,title,streams\n1,A,5\n2,"B\n3,"C\n4,D,5\n') == ["A", "B", "C", "D"]


def test_a_cut_file_and_one_bad_byte_leave_the_other_letters_as_they_are() -> None:
    content = "rank,title,streams\n1,Dönmeñ,5\n2,ü".encode()
    assert titles(content[:-1])[0] == "Dönmeñ"
    assert titles(content.replace(b"2,", b"2,\xff"))[0] == "Dönmeñ"


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("1234", 1234),
        ("1,234,567", 1234567),
        ("1.234.567", 1234567),
        ("1 234", 1234),
        ("1\u00a0234\u00a0567", 1234567),
        ("1\u202f234", 1234),
        ("1'234", 1234),
        ("'1234", 1234),
        ('"1,234"', 1234),
        ('="1234"', 1234),
        ("1234.0", 1234),
        ("1.234,00", 1234),
        ("1.00", 1),
        ("-1", -1),
        ("\u22121", -1),
        ("0", 0),
        ("1,234.567", None),
        ("12,34", None),
        ("1.5", None),
        ("1.2E+06", None),
        ("", None),
        (None, None),
        ("-", None),
        ("abc", None),
        ("\u0661", None),
        ("9" * 5_000, None),
    ],
)
def test_whole_numbers_are_read_as_people_write_them(text: str | None, number: int | None) -> None:
    assert whole_number_of(text) == number


@pytest.mark.parametrize(
    "text",
    ["2026-03-25", "2026/3/25", "2026-03-25T10:00:00Z", "25.03.2026", "25/03/2026", "3/25/2026"],
)
def test_a_day_that_is_plain_needs_no_other(text: str) -> None:
    assert day_of(text) == dt.date(2026, 3, 25)


@pytest.mark.parametrize("text", [None, "", "Total", "2026-13-01", "31/31/2026", "2026-03", "5/26"])
def test_what_is_no_day_is_none(text: str | None) -> None:
    assert day_of(text) is None


def test_a_day_that_may_be_two_is_a_sentence_unless_the_file_tells() -> None:
    with pytest.raises(DelimitedError, match="may be 2026-03-05 or 2026-05-03, and nothing else"):
        day_of("05/03/2026", first_in(["05/03/2026", "06/03/2026"], "song.csv"))
    assert day_of("05/05/2026") == dt.date(2026, 5, 5)
    assert day_of("05.03.2026") == dt.date(2026, 3, 5)


def test_another_day_of_the_file_tells_which_part_comes_first() -> None:
    assert first_in(["05/03/2026", None, "Total", "13/03/2026"]) == "day"
    assert first_in(["05/03/2026", "03/13/2026"]) == "month"
    assert day_of("05/03/2026", "day") == dt.date(2026, 3, 5)
    assert day_of("05/03/2026", "month") == dt.date(2026, 5, 3)
    with pytest.raises(DelimitedError, match=r"Some days of a\.csv begin with the day, and others"):
        first_in(["13/03/2026", "03/13/2026"], "a.csv")


def test_the_days_in_the_name_of_a_file_tell_which_part_comes_first() -> None:
    assert first_in(["05/03/2026"], "regional-global-daily-2026-03-05.csv") == "day"
    assert first_in(["05/03/2026"], "regional-global-daily-2026-05-03.csv") == "month"
    days = ["05/03/2026", "06/03/2026"]
    assert first_in(days, "song-2026-03-01_2026-03-31.csv") == "day"
    assert first_in(days, "song-2026-05-01_2026-08-31.csv") == "month"
    assert first_in(days, "song-2026-01-01_2026-12-31.csv") is None


@pytest.mark.parametrize("word", ["date", "Datum", "Fecha", "DATA", "Día", "Jour", "Day"])
def test_days_are_known_by_their_word_in_any_language(word: str) -> None:
    [(_, record)] = read_delimited(f"{word};x\n5;6\n".encode(), "a.csv", [Column("date", DATE)])
    assert record == {"date": "5"}
