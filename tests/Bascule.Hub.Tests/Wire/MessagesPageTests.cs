using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;

namespace Bascule.Hub.Tests;

/// <summary>contract/messages.md and its schema say what the parser reads and the writers write.</summary>
public sealed partial class MessagesPageTests
{
    private static readonly string Folder = FindContract();
    private static readonly JsonElement Definitions = JsonDocument.Parse(File.ReadAllText(Path.Combine(Folder, "messages.schema.json"))).RootElement.GetProperty("$defs");

    public static TheoryData<string, string> Examples
    {
        get
        {
            var data = new TheoryData<string, string>();
            foreach (var (definition, text) in All())
                data.Add(definition, text);
            return data;
        }
    }

    public static TheoryData<string, string> Written
    {
        get
        {
            var data = new TheoryData<string, string>();
            foreach (var (definition, text) in WrittenExamples.All())
                data.Add(definition, text);
            return data;
        }
    }

    [Theory]
    [MemberData(nameof(Examples))]
    public void Each_example_is_as_the_schema_demands(string definition, string text) => Assert.Equal([], SchemaCheck.Faults(Definitions, definition, text));

    [Theory]
    [MemberData(nameof(Examples))]
    public void Each_example_of_a_client_can_be_read(string definition, string text)
    {
        if (!definition.StartsWith("client", StringComparison.Ordinal))
            return;
        Assert.True(ClientMessage.TryParse(Encoding.UTF8.GetBytes(text), out var message, out var fault), fault?.Text);
        Assert.Equal(definition["client".Length..], message!.Kind.ToString());
    }

    [Theory]
    [MemberData(nameof(Written))]
    public void What_is_written_is_as_the_schema_demands(string definition, string text) => Assert.Equal([], SchemaCheck.Faults(Definitions, definition, text));

    [Theory]
    [MemberData(nameof(Written))]
    public void What_is_written_stands_among_the_examples(string definition, string text) =>
        Assert.Contains(All(), e => e.Definition == definition && Ordered(e.Text) == Ordered(text));

    [Fact]
    public void Each_message_has_an_example_and_each_example_of_a_server_is_written()
    {
        var defined = Definitions.EnumerateObject().Select(d => d.Name).Where(n => n.StartsWith("client", StringComparison.Ordinal) || n.StartsWith("server", StringComparison.Ordinal));
        var shown = All().Select(e => e.Definition);

        Assert.Equal(defined.Order(StringComparer.Ordinal), shown.Distinct().Order(StringComparer.Ordinal));
        Assert.Equal(
            shown.Where(n => n.StartsWith("server", StringComparison.Ordinal)).Distinct().Order(StringComparer.Ordinal),
            WrittenExamples.All().Select(e => e.Definition).Distinct().Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Each_error_code_and_each_reason_of_a_gap_is_explained()
    {
        var page = File.ReadAllText(Path.Combine(Folder, "messages.md"));

        Assert.All(ClientFault.Codes, code => Assert.Contains($"`{code}`", page, StringComparison.Ordinal));
        Assert.All(Enum.GetValues<GapReason>(), reason => Assert.Contains($"`{GapReasons.NameOf(reason)}`", page, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("clientPing", """{"type":"pong"}""")]
    [InlineData("clientPublish", """{"type":"publish","id":1,"topic":"a"}""")]
    [InlineData("serverSubscribed", """{"type":"subscribed","topic":"a","cursor":"AQ","resume":"maybe"}""")]
    [InlineData("serverWelcome", """{"type":"welcome"}""")]
    [InlineData("serverPresence", """{"type":"presence","topic":"a","event":"state","count":"2"}""")]
    public void The_check_finds_what_is_wrong(string definition, string text) => Assert.NotEmpty(SchemaCheck.Faults(Definitions, definition, text));

    /// <summary>Each example with the name of its definition: that of its side and its heading.</summary>
    private static IEnumerable<(string Definition, string Text)> All()
    {
        var side = "";
        var name = "";
        foreach (Match match in Parts().Matches(File.ReadAllText(Path.Combine(Folder, "messages.md"))))
        {
            if (match.Groups["side"].Success)
                side = match.Groups["side"].Value;
            else if (match.Groups["name"].Success)
                name = match.Groups["name"].Value;
            else
                yield return (side + char.ToUpperInvariant(name[0]) + name[1..], match.Groups["json"].Value.Trim());
        }
    }

    /// <summary>The order of fields means nothing.</summary>
    private static string Ordered(string text)
    {
        using var parsed = JsonDocument.Parse(text);
        return string.Join(',', parsed.RootElement.EnumerateObject().OrderBy(p => p.Name, StringComparer.Ordinal).Select(p => $"{p.Name}={p.Value.GetRawText()}"));
    }

    private static string FindContract()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(folder!.FullName, "Bascule.slnx")))
            folder = folder.Parent;
        return Path.Combine(folder.FullName, "contract");
    }

    [GeneratedRegex("^## From the (?<side>client|server)$|^### (?<name>[a-z]+)$|^```json\n(?<json>.*?)^```$", RegexOptions.Multiline | RegexOptions.Singleline)]
    private static partial Regex Parts();
}
