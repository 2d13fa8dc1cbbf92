using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace Bascule.Terminal.Tests;

/// <summary>contract/terminal.md says what the code does.</summary>
public sealed partial class ContractPageTests
{
    private static readonly string Page = File.ReadAllText(Path.Combine(Root(), "contract", "terminal.md"));

    [Fact]
    public void Every_channel_has_its_row()
    {
        var rows = ChannelRow().Matches(Page).Select(m => byte.Parse(m.Groups["number"].ValueSpan)).ToHashSet();
        var channels = typeof(TermChannel).GetFields().Select(f => (byte)f.GetRawConstantValue()!).Where(c => c != TermChannel.Status);

        Assert.Equal(channels.Order(), rows.Order());
    }

    [Fact]
    public void Every_cause_of_an_end_is_named()
    {
        foreach (var cause in Enum.GetValues<EndCause>())
            Assert.Contains($"`{EndCauses.LabelOf(cause)}`", Page, StringComparison.Ordinal);
    }

    [Fact]
    public void Every_refusal_stands_in_the_table_of_close_codes()
    {
        HostRefusal[] refusals = [HostRefusal.NotAuthenticated(""), HostRefusal.Forbidden(""), HostRefusal.NotFound, HostRefusal.Over, HostRefusal.TooManyViewers, HostRefusal.Stopping];
        foreach (var refusal in refusals)
            Assert.Contains($"| {refusal.Code} | `{refusal.Label}` | {refusal.Retry} |", Page, StringComparison.Ordinal);
        WireFault[] faults = [WireFault.BadFrame(""), WireFault.HelloMissing(""), WireFault.TooBig];
        foreach (var fault in faults)
            Assert.Contains($"| {fault.Code} | `{fault.Label}` | never |", Page, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(typeof(OrderDocument), "\"scrollbackBytes\"")]
    [InlineData(typeof(TerminalDocument), "\"lastActivityAt\"")]
    [InlineData(typeof(ResultDocument), "\"stdoutBytes\"")]
    [InlineData(typeof(ChangesDocument), "\"lost\"")]
    public void The_examples_of_documents_have_the_fields_of_the_code(Type type, string inIt)
    {
        var example = Example(inIt);
        var named = JsonNode.Parse(example)!.AsObject().Select(p => p.Key).Order(StringComparer.Ordinal);
        var fields = type.GetProperties().Select(p => JsonNamingPolicy.CamelCase.ConvertName(p.Name)).Order(StringComparer.Ordinal);

        Assert.Equal(fields, named);
        Assert.NotNull(JsonSerializer.Deserialize(example, type, JsonSerializerOptions.Web));
    }

    [Fact]
    public void The_defaults_of_an_order_are_those_of_the_page()
    {
        var order = JsonSerializer.Deserialize<OrderDocument>(Example("\"scrollbackBytes\""), JsonSerializerOptions.Web)!;
        var bare = new OrderDocument { Command = order.Command, Environment = order.Environment, Limits = order.Limits };

        Assert.Equal(bare, order);
    }

    private static string Example(string inIt) => Fenced().Matches(Page).Select(m => m.Groups["json"].Value).Single(json => json.Contains(inIt, StringComparison.Ordinal));

    private static string Root()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(folder.FullName, "Bascule.slnx")))
            folder = folder.Parent!;
        return folder.FullName;
    }

    [GeneratedRegex(@"^\| (?<number>[0-9]+) \| [a-z]+ \| (client|server|both) \|", RegexOptions.Multiline | RegexOptions.ExplicitCapture)]
    private static partial Regex ChannelRow();

    [GeneratedRegex("```json\n(?<json>.*?)\n```", RegexOptions.Singleline)]
    private static partial Regex Fenced();
}
