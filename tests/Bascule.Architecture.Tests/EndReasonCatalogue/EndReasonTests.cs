using System.Reflection;
using System.Text;
using System.Text.RegularExpressions;
using Bascule.Model;

namespace Bascule.Architecture.Tests;

/// <summary>What holds for every row of the catalogue of end reasons.</summary>
public sealed partial class EndReasonTests
{
    private const int CloseReasonBytes = 123; // RFC 6455 §5.5: 125 bytes of a control frame less 2 for the code

    /// <summary>RFC 6455 §7.4.1, without those that may not be sent and those that older clients cannot take (1012 to 1014).</summary>
    private static readonly int[] StandardCodes = [1000, 1001, 1002, 1007, 1009, 1011];

    /// <summary>44xx and 45xx: 4000 and the HTTP status. See ARCHITECTURE.md, «End reasons».</summary>
    private static readonly int[] MirrorCodes = [4400, 4401, 4403, 4404, 4408, 4409, 4410, 4413, 4429, 4500, 4502, 4503, 4504];

    /// <summary>46xx: the life of a connection. No HTTP status fits.</summary>
    private static readonly int[] LifeCodes = [4600, 4601, 4602, 4603, 4604, 4605, 4606, 4607, 4608, 4609];

    /// <summary>A handshake that is no proper request for a WebSocket is 4400, whichever status HTTP has for the fault.</summary>
    private static readonly int[] StatusesOf4400 = [400, 405, 426, 501];

    [Fact]
    public void The_list_holds_every_field_once_and_in_the_order_of_the_file()
    {
        var fields = typeof(EndReasons).GetFields(BindingFlags.Public | BindingFlags.Static)
            .Where(f => f.FieldType == typeof(EndReason))
            .OrderBy(f => f.MetadataToken)
            .Select(f => ((EndReason)f.GetValue(null)!).Label);
        Assert.Equal(fields, EndReasons.All.Select(r => r.Label));
    }

    [Fact]
    public void Labels_are_unique_and_in_snake_case() =>
        Faults.None(
            EndReasons.All.Where(r => !SnakeCase().IsMatch(r.Label)).Select(r => r.Label)
                .Concat(EndReasons.All.GroupBy(r => r.Label, StringComparer.Ordinal).Where(g => g.Count() > 1).Select(g => $"{g.Key}, {g.Count()} times")),
            "A label is the name of the row everywhere: lower case, words joined by underscores.");

    [Fact]
    public void A_label_is_the_name_of_its_field_in_snake_case() =>
        Faults.None(
            from field in typeof(EndReasons).GetFields(BindingFlags.Public | BindingFlags.Static)
            where field.GetValue(null) is EndReason reason && !reason.Label.Replace("_", "", StringComparison.Ordinal).Equals(field.Name, StringComparison.OrdinalIgnoreCase)
            select $"{field.Name}: {field.GetValue(null)}",
            "Whoever reads a label in a log must find the field by it.");

    [Fact]
    public void Every_row_says_what_happened_and_what_to_do() =>
        Faults.None(
            EndReasons.All.Where(r => !IsSentence(r.Text) || !IsSentence(r.Advice)).Select(r => r.Label),
            "Text and advice are whole sentences for a person, without line breaks.");

    [Fact]
    public void The_close_text_of_every_row_fits_a_close_frame() =>
        Faults.None(
            from reason in EndReasons.All
            let text = reason.CloseText(new AttemptId(ulong.MaxValue, ulong.MaxValue))
            where Encoding.UTF8.GetByteCount(text) > CloseReasonBytes
            select $"{text} ({Encoding.UTF8.GetByteCount(text)} bytes)",
            $"A close reason has at most {CloseReasonBytes} bytes: shorten the label.");

    [Fact]
    public void Facts_stand_in_the_close_text_where_there_is_room()
    {
        var attempt = new AttemptId(ulong.MaxValue, ulong.MaxValue);
        var room = CloseReasonBytes - EndReasons.MessageRate.CloseText(attempt).Length - "; ".Length;

        var full = EndReasons.MessageRate.CloseText(attempt, new string('x', room));
        Assert.Equal(CloseReasonBytes, full.Length);
        Assert.Equal($"message_rate; {new string('x', room)}; retry=backoff; attempt={attempt}", full);
        Assert.Equal(EndReasons.MessageRate.CloseText(attempt), EndReasons.MessageRate.CloseText(attempt, new string('x', room + 1)));
    }

    [Fact]
    public void Close_codes_come_from_the_known_sets() =>
        Faults.None(
            EndReasons.All.Where(r => r.Code != 0 && !StandardCodes.Concat(MirrorCodes).Concat(LifeCodes).Contains(r.Code)).Select(r => $"{r.Label}: {r.Code}"),
            "A new code needs a line in ARCHITECTURE.md first, and a place in the sets of this test.");

    [Fact]
    public void A_code_that_mirrors_HTTP_mirrors_the_status_of_its_row() =>
        Faults.None(
            from reason in EndReasons.All
            where reason.Status != 0 && MirrorCodes.Contains(reason.Code)
            where reason.Code == 4400 ? !StatusesOf4400.Contains(reason.Status) : reason.Code - 4000 != reason.Status
            select $"{reason.Label}: {reason.Code} and {reason.Status}",
            "4401 goes with 401, 4503 with 503, and so on; 4400 with any status that says that the handshake itself is faulty.");

    [Fact]
    public void A_row_with_a_status_can_be_told_by_a_close_frame_too() =>
        Faults.None(
            EndReasons.All.Where(r => r.Status != 0 && (r.Code == 0 || LifeCodes.Contains(r.Code) || r.Status is < 400 or > 599)).Select(r => $"{r.Label}: {r.Code} and {r.Status}"),
            "A refusal is sent as a status or as a close frame: it needs a status of 400 to 599 and a code that is not one of a connection's life.");

    [Fact]
    public void Only_a_row_that_says_when_to_retry_has_seconds() =>
        Faults.None(
            EndReasons.All.Where(r => r.Retry == Retry.After ? r.RetryAfterSeconds is < 1 or > 300 : r.RetryAfterSeconds != 0).Select(r => $"{r.Label}: {r.RetryText}"),
            "Retry.After needs 1 to 300 seconds; the other classes have none.");

    private static bool IsSentence(string text) =>
        text.Length > 10 && text == text.Trim() && text[^1] == '.' && !text.Contains('\n', StringComparison.Ordinal);

    [GeneratedRegex("^[a-z][a-z0-9]*(_[a-z0-9]+)*$")]
    private static partial Regex SnakeCase();
}
