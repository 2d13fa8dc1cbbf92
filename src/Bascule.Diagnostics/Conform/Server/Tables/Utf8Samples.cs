namespace Bascule.Diagnostics;

/// <summary>What is UTF-8 and what is not (RFC 3629): the borders of every row of its table, from both sides.</summary>
internal static class Utf8Samples
{
    internal static readonly (string Id, string What, byte[] Bytes)[] Valid =
    [
        ("nul", "U+0000", [0x00]),
        ("ascii", "printable ASCII", "Hello, world!"u8.ToArray()),
        ("007f", "U+007F, the last in one byte", [0x7F]),
        ("0080", "U+0080, the first in two bytes", [0xC2, 0x80]),
        ("07ff", "U+07FF, the last in two bytes", [0xDF, 0xBF]),
        ("0800", "U+0800, the first in three bytes", [0xE0, 0xA0, 0x80]),
        ("0fff", "U+0FFF", [0xE0, 0xBF, 0xBF]),
        ("d7ff", "U+D7FF, the last before the surrogates", [0xED, 0x9F, 0xBF]),
        ("e000", "U+E000, the first after the surrogates", [0xEE, 0x80, 0x80]),
        ("fdd0", "U+FDD0, a noncharacter", [0xEF, 0xB7, 0x90]),
        ("feff", "U+FEFF, a byte order mark", [0xEF, 0xBB, 0xBF, 0x61]),
        ("fffd", "U+FFFD", [0xEF, 0xBF, 0xBD]),
        ("fffe", "U+FFFE, a noncharacter", [0xEF, 0xBF, 0xBE]),
        ("ffff", "U+FFFF, the last in three bytes, a noncharacter", [0xEF, 0xBF, 0xBF]),
        ("10000", "U+10000, the first in four bytes", [0xF0, 0x90, 0x80, 0x80]),
        ("1f309", "U+1F309, plane 1", [0xF0, 0x9F, 0x8C, 0x89]),
        ("1ffff", "U+1FFFF, a noncharacter", [0xF0, 0x9F, 0xBF, 0xBF]),
        ("20000", "U+20000, plane 2", [0xF0, 0xA0, 0x80, 0x80]),
        ("40000", "U+40000, plane 4", [0xF1, 0x80, 0x80, 0x80]),
        ("e0001", "U+E0001, plane 14", [0xF3, 0xA0, 0x80, 0x81]),
        ("f0000", "U+F0000, plane 15", [0xF3, 0xB0, 0x80, 0x80]),
        ("10ffff", "U+10FFFF, the last of all", [0xF4, 0x8F, 0xBF, 0xBF]),
        ("combining", "a letter with a combining mark, not composed on the way", [0x65, 0xCC, 0x81]),
        ("mixed", "characters of all four lengths", [0x61, 0xC3, 0xA9, 0xE4, 0xB8, 0x96, 0xF0, 0x9F, 0x8C, 0x89, 0x7A]),
    ];

    internal static readonly (string Id, string What, byte[] Bytes)[] Invalid =
    [
        ("lone-80", "a continuation byte alone", [0x80]),
        ("lone-bf", "the last continuation byte alone", [0xBF]),
        ("lone-run", "many continuation bytes", [0x80, 0xBF, 0x80, 0xBF, 0x80]),
        ("lone-after", "a continuation byte too many after a character", [0xC3, 0xA9, 0xA9]),
        ("cut-2", "the first byte of two", [0x61, 0xC3]),
        ("cut-3-1", "the first byte of three", [0xE4]),
        ("cut-3-2", "the first two bytes of three", [0xE4, 0xB8]),
        ("cut-4-1", "the first byte of four", [0xF0]),
        ("cut-4-3", "the first three bytes of four", [0xF0, 0x9F, 0x8C]),
        ("cut-inside", "a character cut short in the middle of a text", [0x61, 0xE4, 0xB8, 0x62]),
        ("overlong-2-nul", "U+0000 in two bytes", [0xC0, 0x80]),
        ("overlong-2-slash", "the slash in two bytes", [0xC0, 0xAF]),
        ("overlong-2-7f", "U+007F in two bytes", [0xC1, 0xBF]),
        ("overlong-3-slash", "the slash in three bytes", [0xE0, 0x80, 0xAF]),
        ("overlong-3-7ff", "U+07FF in three bytes", [0xE0, 0x9F, 0xBF]),
        ("overlong-4-slash", "the slash in four bytes", [0xF0, 0x80, 0x80, 0xAF]),
        ("overlong-4-ffff", "U+FFFF in four bytes", [0xF0, 0x8F, 0xBF, 0xBF]),
        ("surrogate-d800", "the first surrogate", [0xED, 0xA0, 0x80]),
        ("surrogate-dbff", "the last high surrogate", [0xED, 0xAF, 0xBF]),
        ("surrogate-dc00", "the first low surrogate", [0xED, 0xB0, 0x80]),
        ("surrogate-dfff", "the last surrogate", [0xED, 0xBF, 0xBF]),
        ("surrogate-pair", "a character beyond U+FFFF as two surrogates", [0xED, 0xA0, 0xBC, 0xED, 0xBC, 0x89]),
        ("110000", "U+110000, one more than there are", [0xF4, 0x90, 0x80, 0x80]),
        ("13ffff", "U+13FFFF", [0xF4, 0xBF, 0xBF, 0xBF]),
        ("f5", "a byte that begins nothing (F5)", [0xF5, 0x80, 0x80, 0x80]),
        ("five", "five bytes for one character", [0xF8, 0x88, 0x80, 0x80, 0x80]),
        ("six", "six bytes for one character", [0xFC, 0x84, 0x80, 0x80, 0x80, 0x80]),
        ("fe", "the byte FE", [0xFE]),
        ("ff", "the byte FF", [0xFF]),
        ("utf16", "UTF-16 with its byte order mark", [0xFF, 0xFE, 0x61, 0x00]),
        ("latin1", "Latin-1", [0x47, 0x72, 0xFC, 0xDF, 0x65]),
        ("at-the-end", "a long good text with one bad byte at its end", [.. Enumerable.Repeat((byte)'a', 300), 0xFF]),
    ];
}
