"""TABLE_CODES: the messages about tables of numbers, before it is known what their cells mean."""

from __future__ import annotations

from reconciler.core.explaining import Explanation

_TABLE = "profiles/shops.csv"
_HEAD = "name,account,number,phone_number_id"
_ROW = "berlin,shops,+493012345678,106540352242922"

TABLE_CODES = (
    Explanation(
        "table-cell",
        "A cell says something that its column cannot hold, or it has no column.",
        "A text with the separator in it, and without quotes, becomes two cells. The second one would be lost.",
        "Put the text in quotes, or give the column a title.",
        wrong=f"{_HEAD},about\n{_ROW},Fresh bread, every day",
        right=f'{_HEAD},about\n{_ROW},"Fresh bread, every day"',
        file=_TABLE,
    ),
    Explanation(
        "table-character",
        "The table holds a character that no text can have, such as a NUL.",
        "Programs read it in different ways, and people do not see it.",
        "Delete it. It usually comes along when text is pasted.",
        says="profiles/shops.csv:2:7: error: U+0000, a NUL character, may not stand in a table [table-character]",
    ),
    Explanation(
        "table-column",
        "The header names a column that does not exist, names one twice, or has no column `name`.",
        "A misspelt title would make all of its cells count for nothing.",
        "Correct the title. The page on many numbers lists them all.",
        wrong=f"{_HEAD},abuot\n{_ROW},Fresh bread",
        right=f"{_HEAD},about\n{_ROW},Fresh bread",
        file=_TABLE,
    ),
    Explanation(
        "table-formula",
        "A cell holds a formula, or the error that a spreadsheet writes where a formula fails.",
        "The file has the formula and not its result. Each program that opens it may compute another one.",
        "Write the value itself. If the text is meant to begin so, put an apostrophe in front of it.",
        wrong=f"{_HEAD},about\n{_ROW},=1+1",
        right=f"{_HEAD},about\n{_ROW},'=1+1 is 2",
        file=_TABLE,
    ),
    Explanation(
        "table-name",
        "A row has no name, or one that no profile can have.",
        "The name of the table and that of the row are together the name of the profile.",
        "Give the row a name such as `berlin`, without slashes.",
        wrong=f"{_HEAD},about\n{_ROW.replace('berlin', 'de/berlin')},Fresh bread",
        right=f"{_HEAD},about\n{_ROW},Fresh bread",
        file=_TABLE,
    ),
    Explanation(
        "table-not-utf-8",
        "The table is saved in another encoding than UTF-8.",
        "In another encoding the same bytes are other letters: `Köln` would be published as `KÃ¶ln`.",
        "Save it again as `CSV UTF-8`, which spreadsheets offer where they ask for the kind of file.",
        says="profiles/shops.csv:2:2: error: the byte 0xF6 at offset 40 is not UTF-8 [table-not-utf-8]",
    ),
    Explanation(
        "table-number",
        "A spreadsheet turned a long number into its short form, such as `4.91E+12`.",
        "The digits that are missing are in no file any more.",
        "Format the column as text, and write the number again with all its digits.",
        wrong=f"{_HEAD},about\n{_ROW.replace('+493012345678', '4.93012E+11')},Fresh bread",
        right=f"{_HEAD},about\n{_ROW},Fresh bread",
        file=_TABLE,
    ),
    Explanation(
        "table-quotes",
        "The quotes of a cell do not close, close too early, or have a space in front of them.",
        "Where a cell ends decides to which column all cells behind it belong.",
        "Close the quotes, and write each quote inside of them twice.",
        wrong=f'{_HEAD},about\n{_ROW},"Fresh "warm" bread"',
        right=f'{_HEAD},about\n{_ROW},"Fresh ""warm"" bread"',
        file=_TABLE,
    ),
    Explanation(
        "table-too-big",
        "The table has more than 4 MiB, more than 20,000 rows, or more than 1,000 columns.",
        "A file of any size would make a run take any time.",
        "Split it into several tables. They may extend the same templates.",
        says="profiles/shops.csv: error: the file is 5242880 bytes, 1048576 over the limit [table-too-big]",
    ),
)
